"""From settings to what the indexing job, `verify` and `reindex` need."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import Engine, create_engine

from app.settings import Settings
from ingestion.database import sync_url
from ingestion.indexes import Embedding, Index
from ingestion.jobs.config import IndexingConfig
from retrieval.errors import UnavailableError


def embedding_of(settings: Settings) -> Embedding:
    """The embedding model that settings ask for."""
    return Embedding(
        base_url=settings.embeddings_base_url or "",
        model=settings.embeddings_model,
        dimensions=settings.embeddings_dimensions,
        query_prefix=settings.embeddings_query_prefix,
        document_prefix=settings.embeddings_document_prefix,
    )


def make_engine(settings: Settings) -> Engine:
    """A synchronous engine on the product's database."""
    return create_engine(sync_url(_secret(settings.database_url)), pool_pre_ping=True)


def indexing_config(settings: Settings, index: Index, epoch: int, jars: Sequence[Path]) -> IndexingConfig:
    """What the indexing job of `index` must know; `jars`: what the cluster does not have itself."""
    flink = urlsplit(settings.flink_rest_url or "")
    return IndexingConfig(
        bootstrap_servers=settings.kafka_bootstrap_servers or "",
        database_url=_secret(settings.database_url),
        redis_url=_secret(settings.redis_url),
        milvus_uri=settings.milvus_uri or "",
        milvus_token=_secret(settings.milvus_token),
        embeddings_base_url=index.embedding.base_url,
        embeddings_api_key=_secret(settings.embeddings_api_key),
        embeddings_model=index.embedding.model,
        embeddings_dimensions=index.embedding.dimensions,
        embeddings_document_prefix=index.embedding.document_prefix,
        index_name=index.name,
        epoch=epoch,
        parallelism=settings.indexing_parallelism,
        flink_host=flink.hostname or "",
        flink_rest_port=flink.port or 8081,
        jars=tuple(str(jar) for jar in (*jars, flink_python_jar())),
        python=sys.executable,
    )


def flink_python_jar() -> Path:
    """Flink's half of PyFlink, which lies in the wheel and goes with every Python job.

    Raises:
        UnavailableError: PyFlink is not installed as its wheel lays it out.
    """
    found = find_spec("pyflink")
    folder = Path(found.origin).parent / "opt" if found and found.origin else Path()
    jars = sorted(folder.glob("flink-python-*.jar"))
    if not jars:
        raise UnavailableError("PyFlink", f"PyFlink's own jar is not in {folder}: run `make setup`")
    return jars[0]


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
