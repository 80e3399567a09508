"""The composition root on a Flink worker: what each pipeline of the indexing job applies to its batches."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Engine, create_engine

from ingestion.database import sync_url
from ingestion.indexing import Indexer
from ingestion.jobs.config import IndexingConfig
from ingestion.jobs.operators import Pipeline, wait_for
from ingestion.knowledge import StoredRecord
from ingestion.ledger import Ledger
from ingestion.notices import Notices
from ingestion.pack_shelf import PackShelf
from ingestion.receiving import read_changes, take_effect
from ingestion.sweeping import Sweeper
from retrieval.embeddings import Embedder
from retrieval.milvus import MilvusWriter
from retrieval.terms import terms

_QUIET_SECONDS = 0.5


def connect_access(config: IndexingConfig) -> Pipeline:
    """Deletes and changed readers of known documents take effect in the ledger; nothing else happens."""
    engine = _engine(config)
    ledger = Ledger(engine, config.index_name)

    def apply(records: Sequence[StoredRecord]) -> None:
        changes = read_changes(records, config.epoch).changes
        standing = ledger.standing([change.document_id for change in changes])
        known = [change for change in changes if change.document_id in standing]
        take_effect(ledger, [one for one in known if one.version > standing[one.document_id].seen_version], standing)

    def leave(record: StoredRecord, error: Exception) -> None:
        """The other pipeline meets the same record, and puts it aside."""

    return Pipeline(apply, leave, engine.dispose)


def connect_index(config: IndexingConfig) -> Pipeline:
    """The whole write path."""
    engine = _engine(config)
    ledger = Ledger(engine, config.index_name)
    writer, sweeping = (
        MilvusWriter(config.milvus_uri, config.milvus_token, config.index_name, config.embeddings_dimensions)
        for _ in range(2)
    )
    embedder = Embedder(
        config.embeddings_base_url,
        config.embeddings_model,
        api_key=config.embeddings_api_key,
        document_prefix=config.embeddings_document_prefix,
    )
    notices = Notices(config.redis_url)
    indexer = Indexer(ledger, writer, embedder, PackShelf(engine).pack, notices.changed)
    wait_for(writer.ensure)
    terms("预热")  # loads the dictionary now: the first change shall not wait for it
    worked = [time.monotonic()]
    sweeper = Sweeper(ledger, sweeping, lambda: time.monotonic() - worked[0] < _QUIET_SECONDS)
    sweeper.start()

    def apply(records: Sequence[StoredRecord]) -> None:
        worked[0] = time.monotonic()
        indexer.index(records, config.epoch)
        worked[0] = time.monotonic()

    def quarantine(record: StoredRecord, error: Exception) -> None:
        indexer.quarantine(record, config.epoch, error)

    def close() -> None:
        sweeper.stop()
        sweeper.join()
        for client in (writer, sweeping, embedder):
            client.close()
        engine.dispose()

    return Pipeline(apply, quarantine, close)


def _engine(config: IndexingConfig) -> Engine:
    return create_engine(sync_url(config.database_url), pool_size=2, pool_pre_ping=True)
