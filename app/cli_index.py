"""`freshet verify` and `freshet reindex`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from retrieval.errors import RejectedError


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("verify")(verify_command)
    app.command("reindex")(reindex_command)


def verify_command(
    source: Annotated[str, typer.Option(help="only this source")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document")] = False,
) -> None:
    """Hold `knowledge` against the ledger and Milvus; exit 1 when anything is missing, stale or orphaned."""
    from app.indexing import embedding_of, make_engine
    from app.settings import load_settings
    from ingestion.indexes import ensure_active
    from ingestion.knowledge import ensure_topic, epoch_of, read_topic
    from ingestion.verify import verify
    from retrieval.milvus import MilvusWriter

    settings = load_settings()
    servers = settings.kafka_bootstrap_servers or ""
    identity = ensure_topic(servers, settings.knowledge_partitions)
    token = settings.milvus_token.get_secret_value() if settings.milvus_token else ""
    with make_engine(settings).begin() as connection:
        index = ensure_active(connection, embedding_of(settings))
        writer = MilvusWriter(settings.milvus_uri or "", token, index.name, index.embedding.dimensions)
        writer.ensure()
        reports = verify(read_topic(servers), epoch_of(connection, identity), connection, writer, index.name)
    chosen = [report for report in reports if not source or report.source == source]
    if as_json:
        sys.stdout.write(json.dumps({"index": index.name, "sources": [asdict(one) for one in chosen]}) + "\n")
    else:
        heads = ("tenant", "source", "documents", "missing", "stale", "orphaned", "dead")
        sys.stdout.write("  ".join(f"{head:>12}" for head in heads) + "\n")
        for report in chosen:
            sys.stdout.write("  ".join(f"{asdict(report)[head]:>12}" for head in heads) + "\n")
    if not all(report.sound for report in chosen):
        raise typer.Exit(1)


def reindex_command(
    source: Annotated[str, typer.Option(help="only this source: its documents are embedded again in place")] = "",
) -> None:
    """Build the index again from `knowledge` with the embedding model of the settings; the old one serves meanwhile."""
    from app.indexing import embedding_of, make_engine
    from app.settings import load_settings
    from ingestion.indexes import start_rebuild
    from ingestion.knowledge import KnowledgePublisher
    from ingestion.republish import republish

    settings = load_settings()
    servers = settings.kafka_bootstrap_servers or ""
    if source:
        count = republish(servers, KnowledgePublisher(servers), source)
        if not count:
            raise RejectedError(f"the source {source!r} has no documents")
        sys.stdout.write(f"{count} documents of {source} are being embedded again\n")
        return
    with make_engine(settings).begin() as connection:
        index = start_rebuild(connection, embedding_of(settings))
    sys.stdout.write(f"{index.name} is being built; `freshet status` shows how far, the old index serves until then\n")
