"""The SQL tables of the write path, in one place; `migrations/` creates them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def _now(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


topic_epochs = Table(
    "topic_epochs",
    metadata,
    Column("epoch", Integer, Identity(), primary_key=True),
    Column("topic_id", Text, nullable=False, unique=True, comment="Kafka's own id of the topic, and its partitions"),
    _now("created_at"),
)

indexes = Table(
    "indexes",
    metadata,
    Column("name", Text, primary_key=True, comment="also the name of the collection in Milvus"),
    Column("model", Text, nullable=False),
    Column("dimensions", Integer, nullable=False),
    Column("embeddings_base_url", Text, nullable=False),
    Column("query_prefix", Text, nullable=False),
    Column("document_prefix", Text, nullable=False),
    Column("state", Text, nullable=False, comment="building, active or retired"),
    _now("created_at"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("index_name", Text, primary_key=True),
    Column("document_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default=""),
    Column("title", Text, nullable=False, server_default=""),
    Column("url", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("metadata", JSONB, nullable=False, server_default="{}"),
    Column(
        "state", Text, nullable=False, comment="pending, shown, rejected (latest change), dropped (by rule) or deleted"
    ),
    Column("seen_version", BigInteger, nullable=False, comment="newest version received"),
    Column("seen_readers", ARRAY(Text), nullable=False, comment="readers of the newest version received"),
    Column("deleted_version", BigInteger, nullable=False, server_default="0", comment="newest delete received"),
    Column("version", BigInteger, nullable=False, server_default="0", comment="newest version applied"),
    Column("shown_readers", ARRAY(Text), nullable=False, server_default="{}", comment="readers of the version shown"),
    Column(
        "index_version",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="version whose chunks are shown; 0: nothing is",
    ),
    Column("chunks", Integer, nullable=False, server_default="0"),
    Column("change_hash", Text, nullable=False, server_default="", comment="of the change as it came, and its pack"),
    Column("generation", Integer, nullable=False, server_default="0"),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column(
        "unswept", Boolean, nullable=False, server_default="false", comment="older versions' chunks may still be stored"
    ),
    Index("ix_ledger_source", "index_name", "tenant", "source", "document_id"),
    Index("ix_ledger_unswept", "index_name", "document_id", postgresql_where=text("unswept")),
)

document_texts = Table(
    "document_texts",
    metadata,
    Column("document_id", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("readers", ARRAY(Text), nullable=False, comment="readers of this version"),
    _now("created_at"),
    Index("ix_document_texts_created_at", "created_at"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("stage", Text, nullable=False, comment="read, clean, chunk or index"),
    Column("reason", Text, nullable=False),
    Column("payload", LargeBinary, nullable=True),
    Column("state", Text, nullable=False, server_default="open", comment="open, replayed or dropped"),
    _now("created_at"),
    Index("uq_dead_letters_change", "tenant", "source", "key", "version", "stage", unique=True),
)

sources = Table(
    "sources",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("contract", Text, nullable=False, comment="the YAML as its owner wrote it"),
    Column("generation", Integer, nullable=False, comment="rises with each change of the contract"),
    Column("desired", Text, nullable=False, server_default="active", comment="active, paused or removed"),
    Column("status", JSONB, nullable=False, server_default="{}", comment="written by the controller"),
    Column(
        "memory", JSONB, nullable=False, server_default="{}", comment="what the controller must remember, for itself"
    ),
    _now("created_at"),
    _now("updated_at"),
)

source_progress = Table(
    "source_progress",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("as_of", DateTime(timezone=True), nullable=False, comment="the index had followed the source up to here"),
)

cleaning_packs = Table(
    "cleaning_packs",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False, comment="YAML"),
    Column("version", Integer, nullable=False),
    Column("author", Text, nullable=False, server_default=""),
    _now("updated_at"),
)

cleaning_pack_versions = Table(
    "cleaning_pack_versions",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, comment="from 1; never given twice, not even after a removal"),
    Column("body", Text, nullable=False, comment="YAML"),
    Column("author", Text, nullable=False, server_default=""),
    _now("created_at"),
)

upload_sessions = Table(
    "upload_sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("received_bytes", BigInteger, nullable=False, server_default="0"),
    Column("about", JSONB, nullable=False, comment="name, path, readers, title, metadata, content type"),
    Column("pieces", ARRAY(Text), nullable=False, server_default="{}", comment="paths in the object store, in order"),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("ix_upload_sessions_expires_at", "expires_at"),
)

system_samples = Table(
    "system_samples",
    metadata,
    Column("at", DateTime(timezone=True), primary_key=True, server_default=text("clock_timestamp()")),
    Column("body", JSONB, nullable=False, comment="sources, queue and memory; a day is kept"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("document_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("key", Text, nullable=False, comment="key of the document in source `files`: its file name, or a path"),
    Column("filename", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("content_type", Text, nullable=False, server_default=""),
    Column("original", Text, nullable=False, comment="path in the object store"),
    Column("title", Text, nullable=False, server_default=""),
    Column("readers", ARRAY(Text), nullable=False),
    Column("metadata", JSONB, nullable=False, server_default="{}"),
    Column("state", Text, nullable=False, comment="queued, parsing, parsed, failed or deleted"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("progress", JSONB, nullable=False, server_default="{}", comment="{stage, page, pages}"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("revision", Integer, nullable=False, server_default="1", comment="rises with each new version of the file"),
    Column("lease_until", DateTime(timezone=True), nullable=True, comment="a worker holds it until then"),
    Column("uploaded_by", Text, nullable=False, server_default=""),
    _now("created_at"),
    _now("updated_at"),
    Index("ix_uploads_state", "state", "lease_until"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("caller", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_sha256", Text, nullable=False),
    Column("response", JSONB, nullable=False),
    _now("created_at"),
)

rule_versions = Table(
    "rule_versions",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, comment="from 1; never given twice, not even after a removal"),
    Column("body", Text, nullable=False, comment="as its author wrote it"),
    Column("format", Text, nullable=False, comment="yaml, csv or jdm"),
    Column("normal", JSONB, nullable=False, comment="the same, checked, for quick loading"),
    Column("author", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    _now("created_at"),
)

rule_states = Table(
    "rule_states",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("active_version", Integer, nullable=True, comment="what judges; null: nothing, 0: the built-in one"),
    Column("shadow_version", Integer, nullable=True, comment="what only counts what it would do"),
    Column("removed", Boolean, nullable=False, server_default="false", comment="a built-in one counts again"),
    Column("changed_by", Text, nullable=False, server_default=""),
    _now("updated_at"),
)

rule_shadow_counts = Table(
    "rule_shadow_counts",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("rule", Text, primary_key=True, comment="empty: everything judged, and where the effect would differ"),
    Column("count", BigInteger, nullable=False, comment="how often it fitted; with an empty rule: how often it judged"),
    Column("differed", BigInteger, nullable=False, server_default="0", comment="the turn would have gone otherwise"),
)
