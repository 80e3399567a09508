"""Keeps one indexing job per index on the Flink cluster, promotes a rebuilt index, and clears retired ones away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine

from ingestion.indexes import Embedding, Index, ensure_active, forget, promote, retired, running
from ingestion.jobs.config import job_name
from ingestion.knowledge import ensure_topic, epoch_of
from ingestion.lag import index_lag
from ingestion.sources.flink_api import FlinkApi
from ingestion.sources.jobs import single

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IndexTools:
    """What keeping indexes takes. `submit` sends an index's job to Flink; `drop` removes its collection."""

    engine: Engine
    bootstrap_servers: str
    partitions: int
    flink: FlinkApi
    embedding: Embedding
    submit: Callable[[Index, int], str]
    drop: Callable[[Index], None]


class IndexKeeper:
    """`step` about once a second brings what runs nearer to what the table `indexes` says."""

    def __init__(self, tools: IndexTools) -> None:
        self._tools = tools
        self._epoch: int | None = None

    def step(self) -> None:
        """Submit what is missing, switch to a rebuilt index that has caught up, end what is retired.

        Raises:
            UnavailableError: Kafka, PostgreSQL, Flink or Milvus does not answer; the next step tries again.
        """
        tools = self._tools
        if self._epoch is None:
            identity = ensure_topic(tools.bootstrap_servers, tools.partitions)
            with tools.engine.begin() as connection:
                self._epoch = epoch_of(connection, identity)
        with tools.engine.begin() as connection:
            ensure_active(connection, tools.embedding)
            wanted, unwanted = running(connection), retired(connection)
        for index in wanted:
            self._keep(index, self._epoch)
        for index in unwanted:
            self._clear(index)

    def _keep(self, index: Index, epoch: int) -> None:
        tools = self._tools
        alive = single(tools.flink, [job for job in tools.flink.jobs() if job.name == job_name(index.name)])
        if alive is None:
            job_id = tools.submit(index, epoch)
            log.info("indexing_job_submitted", index=index.name, job_id=job_id)
        elif (
            index.state == "building"
            and alive.state == "RUNNING"
            and not index_lag(tools.bootstrap_servers, index.name)
        ):
            with tools.engine.begin() as connection:
                promote(connection, index.name)
            log.info("index_promoted", index=index.name, model=index.embedding.model)

    def _clear(self, index: Index) -> None:
        tools = self._tools
        alive = single(tools.flink, [job for job in tools.flink.jobs() if job.name == job_name(index.name)])
        if alive is not None:
            tools.flink.cancel(alive.id)
            return
        tools.drop(index)
        with tools.engine.begin() as connection:
            forget(connection, index.name)
        log.info("index_cleared", index=index.name)
