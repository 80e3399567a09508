"""The indexing jobs: one per index that serves or is building; a new index takes over once it is complete."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import structlog
from sqlalchemy import Engine

from ingestion import indexes
from ingestion.indexes import Embedding, Index
from ingestion.jobs.config import IndexingConfig, job_name
from ingestion.knowledge import TOPIC, KnowledgePublisher, ensure_topic, epoch_of
from ingestion.sources.flink_api import FlinkApi
from ingestion.sources.jobs import JobKeeper, JobMemory, StateLostError
from ingestion.sources.measuring import KnowledgeProgress
from ingestion.sources.submission import Submitter
from ingestion.sources.topics import Topics

_log = structlog.get_logger(__name__)
_TOPIC_SECONDS = 30.0
_PROGRESS_SECONDS = 0.9


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """What indexes are made with. `configure`: settings of an index's job; `create`, `drop`: its collection."""

    embedding: Embedding
    partitions: int
    configure: Callable[[Index, int], IndexingConfig]
    create: Callable[[Index], None]
    drop: Callable[[Index], None]


class IndexKeeper:
    """Keeps indexing jobs running; what it must remember lies in a file."""

    def __init__(
        self,
        engine: Engine,
        flink: FlinkApi,
        topics: Topics,
        submitter: Submitter,
        publisher: KnowledgePublisher,
        plan: IndexPlan,
    ) -> None:
        self._engine = engine
        self._flink = flink
        self._topics = topics
        self._submitter = submitter
        self._publisher = publisher
        self._plan = plan
        self._epoch = 0
        self._identity = ""
        self._topic_due = 0.0
        self._progress: tuple[float, KnowledgeProgress] | None = None

    def step(self, folder: Path, checkpoints: Path | None) -> None:
        """See that every index has its job; promote one that is complete; take retired ones down.

        Raises:
            UnavailableError: Kafka, Flink or PostgreSQL does not answer.
            RejectedError: Flink refuses the job.
        """
        self._look_at_topic()
        with self._engine.begin() as connection:
            indexes.ensure_active(connection, self._plan.embedding)
            wanted, retired = indexes.running(connection), indexes.retired(connection)
        for index in wanted:
            self._ensure(index, folder, JobKeeper(self._flink, checkpoints))
            if index.state == "building" and self._is_complete(index):
                with self._engine.begin() as connection:
                    indexes.promote(connection, index.name)
                _log.info("index_promoted", index=index.name)
        for index in retired:
            self._take_down(index, folder)

    def _look_at_topic(self) -> None:
        if time.monotonic() < self._topic_due:
            return
        self._identity = ensure_topic(self._topics.bootstrap_servers, self._plan.partitions)
        with self._engine.begin() as connection:
            self._epoch = epoch_of(connection, self._identity)
        self._topic_due = time.monotonic() + _TOPIC_SECONDS

    def _ensure(self, index: Index, folder: Path, keeper: JobKeeper) -> None:
        file = folder / f"{index.name}.json"
        memory, epoch = _load(file)
        config = self._plan.configure(index, self._epoch)
        if epoch not in {0, self._epoch}:
            for job in self._flink.jobs():
                if job.name == job_name(index.name) and not job.ended:
                    self._flink.cancel(job.id)
            memory = JobMemory()
        if not file.exists():
            self._plan.create(index)  # until the first document a search finds nothing, instead of no collection
        before = replace(memory, ids=list(memory.ids))
        try:
            keeper.ensure(
                job_name(index.name),
                memory,
                lambda path: self._submitter.submit_indexing(replace(config, restore_from=path)),
            )
        except StateLostError as error:
            _log.warning("index_reads_from_the_beginning", index=index.name, reason=error.message)
            memory = JobMemory()
        if memory.ids != before.ids:
            self._publisher.ping()
        if memory != before or epoch != self._epoch:
            _save(file, memory, self._epoch)

    def _is_complete(self, index: Index) -> bool:
        """Whether the job has noted everything that `knowledge` holds at this moment."""
        ends = self._knowledge_ends()
        done = self._topics.committed(f"freshet-{index.name}-index")
        return all(done.get(partition, 0) >= end for partition, end in ends.items() if end)

    def _take_down(self, index: Index, folder: Path) -> None:
        name = job_name(index.name)
        alive = [job for job in self._flink.jobs() if job.name == name and not job.ended]
        for job in alive:
            self._flink.cancel(job.id)
        if alive:
            return
        self._plan.drop(index)
        with self._engine.begin() as connection:
            indexes.forget(connection, index.name)
        (folder / f"{index.name}.json").unlink(missing_ok=True)
        _log.info("index_dropped", index=index.name)

    def _knowledge_ends(self) -> dict[tuple[str, int], int]:
        partitions = int(self._identity.rpartition(":")[2])
        return self._topics.partition_ends((TOPIC, number) for number in range(partitions))

    def progress(self) -> KnowledgeProgress:
        """How far the index that serves has followed `knowledge`; asked at most about once a second."""
        now = time.monotonic()
        if self._progress is None or now - self._progress[0] > _PROGRESS_SECONDS:
            self._progress = (now, self._measure())
        return self._progress[1]

    def _measure(self) -> KnowledgeProgress:
        if not self._identity:
            self._look_at_topic()
        with self._engine.begin() as connection:
            active = indexes.ensure_active(connection, self._plan.embedding)
        return KnowledgeProgress(self._knowledge_ends(), self._topics.committed(f"freshet-{active.name}-index"))


def _load(file: Path) -> tuple[JobMemory, int]:
    if not file.exists():
        return JobMemory(), 0
    values = json.loads(file.read_text(encoding="utf-8"))
    return JobMemory(**values["job"]), int(values["epoch"])


def _save(file: Path, memory: JobMemory, epoch: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps({"job": asdict(memory), "epoch": epoch}), encoding="utf-8")
    draft.replace(file)
