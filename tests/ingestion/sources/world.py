"""Kafka, Connect and Flink as a source keeper sees them, without the servers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Engine, text

from ingestion.knowledge import OutgoingRecord, StoredRecord
from ingestion.sources.connect_api import ConnectorState
from ingestion.sources.flink_api import Job
from ingestion.sources.flink_sql import Addresses
from ingestion.sources.keeping import SourceKeeper
from ingestion.sources.measuring import KnowledgeProgress
from ingestion.sources.plan import JobPlan
from ingestion.sources.reconcile import Tools
from ingestion.sources.rows import Rows, SourceRow
from ingestion.sources.submission import Explained
from retrieval.errors import RejectedError, UnavailableError

RUNNING = ConnectorState("RUNNING", "RUNNING", "")


def declare(engine: Engine, name: str, contract: str, desired: str = "active") -> None:
    statement = text("""
        INSERT INTO sources (tenant, name, contract, generation, desired) VALUES ('default', :n, :c, 1, :d)
        ON CONFLICT (tenant, name) DO UPDATE
        SET contract = excluded.contract, desired = excluded.desired, generation = sources.generation + 1""")
    with engine.begin() as connection:
        connection.execute(statement, {"n": name, "c": contract, "d": desired})


@dataclass
class World:
    """What is there; tests change it and look at it."""

    rows: Rows
    clock: float = 1000.0
    topics: dict[str, int] = field(default_factory=dict)
    committed: dict[tuple[str, int], int] = field(default_factory=dict)
    messages: dict[str, list[bytes]] = field(default_factory=dict)
    connectors: dict[str, dict[str, str]] = field(default_factory=dict)
    states: dict[str, ConnectorState] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    plans: list[JobPlan] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    published: list[OutgoingRecord] = field(default_factory=list)
    knowledge: list[tuple[str, bytes]] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    groups_dropped: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    failure: str = ""

    def keeper(self) -> SourceKeeper:
        """A keeper of this world."""
        tools = Tools(
            rows=self.rows,
            connect=cast("Any", _Connect(self)),
            flink=cast("Any", _Flink(self)),
            topics=cast("Any", _Topics(self)),
            submitter=cast("Any", _Submitter(self)),
            publisher=cast("Any", _Publisher(self)),
            read_knowledge=self.read_knowledge,
            addresses=Addresses("kafka:9092", {}),
            environment=self.environment,
            checkpoints=None,
            now=lambda: self.clock,
        )
        return SourceKeeper(tools, lambda: KnowledgeProgress({("knowledge", 0): 5}, {("knowledge", 0): 5}))

    def read_knowledge(self) -> Iterator[StoredRecord]:
        """The topic `knowledge`, with what was published meanwhile."""
        written = [(f"{one.tenant}/{one.source}/{one.key}", one.value) for one in self.published]
        plain = [(key, None if value is None else json.dumps(dict(value)).encode()) for key, value in written]
        for offset, (key, value) in enumerate([*self.knowledge, *plain]):
            yield StoredRecord(key.encode(), value, 0, offset, 0)

    def step(self, keeper: SourceKeeper, times: int = 1) -> SourceRow:
        """Some steps of the only source, half a minute apart; its row after them."""
        for _ in range(times):
            rows = self.rows.all()
            if rows:
                keeper.step(rows[0])
            self.clock += 31
        return self.row()

    def row(self) -> SourceRow:
        """The only source."""
        [row] = self.rows.all()
        return row

    def state(self) -> tuple[str, str]:
        """What the status says."""
        status = self.row().status
        return str(status.get("state")), str(status.get("message"))

    def ask(self, service: str) -> None:
        """Raise UnavailableError where a service is silent."""
        if service in self.silent:
            raise UnavailableError(service)

    def end_job(self, name: str, state: str = "CANCELED") -> None:
        """End the jobs of a name."""
        self.jobs = [
            Job(job.id, job.name, state, job.started_milliseconds) if job.name == name and not job.ended else job
            for job in self.jobs
        ]

    def alive(self) -> list[str]:
        """Names of the jobs that run."""
        return [job.name for job in self.jobs if not job.ended]


@dataclass
class _Part:
    world: World


class _Connect(_Part):
    def has_plugin(self, class_name: str) -> bool:
        self.world.ask("Kafka Connect")
        return "oracle" not in class_name

    def settings(self, name: str) -> dict[str, str]:
        return self.world.connectors.get(name, {})

    def state(self, name: str) -> ConnectorState | None:
        self.world.ask("Kafka Connect")
        return self.world.states.get(name, RUNNING) if name in self.world.connectors else None

    def put(self, name: str, settings: Mapping[str, str]) -> None:
        self.world.connectors[name] = dict(settings)

    def delete(self, name: str) -> None:
        self.world.connectors.pop(name, None)

    def restart(self, name: str) -> None:
        self.world.restarted.append(name)


class _Flink(_Part):
    def jobs(self) -> list[Job]:
        self.world.ask("Flink")
        return sorted(self.world.jobs, key=lambda job: -job.started_milliseconds)

    def cancel(self, job_id: str) -> None:
        for job in list(self.world.jobs):
            if job.id == job_id:
                self.world.end_job(job.name)

    def checkpoint(self, job_id: str) -> str:
        return f"s3://checkpoints/{job_id}"

    def task_names(self, job_id: str) -> list[str]:
        return [f"Source: freshet_raw_0[{job_id}]"]

    def failure(self, _job_id: str) -> str:
        return self.world.failure


class _Topics(_Part):
    def ensure(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        self.world.ask("Kafka")
        for name in wanted:
            self.world.topics.setdefault(name, 0)

    def names(self) -> frozenset[str]:
        return frozenset(self.world.topics)

    def drop(self, names: Iterable[str]) -> None:
        for name in list(names):
            self.world.topics.pop(name, None)

    def ends(self, names: Iterable[str]) -> dict[tuple[str, int], int]:
        return {(name, 0): self.world.topics[name] for name in names if name in self.world.topics}

    def committed(self, _group: str) -> dict[tuple[str, int], int]:
        return self.world.committed

    def read(self, name: str) -> list[bytes]:
        return self.world.messages.get(name, [])

    def drop_group(self, group: str) -> None:
        self.world.groups_dropped.append(group)


class _Submitter(_Part):
    def submit(self, plan: JobPlan) -> str:
        self.world.ask("Flink")
        refused = [self.world.refused[rule.kind] for rule in plan.documents if rule.kind in self.world.refused]
        if refused:
            raise RejectedError("\n".join(refused))
        job = Job(f"job{len(self.world.plans)}", plan.name, "RUNNING", len(self.world.plans))
        self.world.plans.append(plan)
        self.world.jobs.append(job)
        return job.id

    def explain(self, plan: JobPlan) -> Explained:
        kinds = [rule.kind for rule in plan.documents]
        problems = {kind: self.world.refused[kind] for kind in kinds if kind in self.world.refused}
        return Explained({kind: [] for kind in kinds if kind not in problems}, problems)


class _Publisher(_Part):
    def publish(self, records: Sequence[OutgoingRecord]) -> None:
        self.world.published += records
