"""Generations of a source: checked, started, and taken down again.

A contract's generation owns a connector, a replication slot, topics and a SQL job. A new generation is checked first
(the old one goes on until then), then the old job ends and the new one starts from a fresh snapshot; once it has caught
up, documents that only older generations made are removed, and the older generations' things are dropped.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import structlog

from ingestion.knowledge import KnowledgePublisher
from ingestion.sources.columns import Discovery, SourceTable
from ingestion.sources.connect_api import ConnectApi
from ingestion.sources.connection import DatabaseAddress, read_address
from ingestion.sources.connector import connector_class, connector_settings, topics
from ingestion.sources.contract import read_contract
from ingestion.sources.discover import discover
from ingestion.sources.environment import resolve
from ingestion.sources.flink_api import FlinkApi, Job
from ingestion.sources.flink_sql import Addresses, plan_job
from ingestion.sources.jobs import JobKeeper, JobMemory
from ingestion.sources.model import Contract, DatabaseOrigin, LogOrigin, TopicOrigin
from ingestion.sources.names import SourceNames
from ingestion.sources.retirement import ReadTopic, retire
from ingestion.sources.rows import Rows, SourceRow
from ingestion.sources.slots import drop_slot
from ingestion.sources.snapshots import from_plain, to_plain
from ingestion.sources.submission import Submitter
from ingestion.sources.topics import Topics
from retrieval.errors import RejectedError, UnavailableError

_log = structlog.get_logger(__name__)
_read = lru_cache(256)(read_contract)
"""Every source's contract is looked at every few seconds."""
_RESTORE = "execution.state-recovery.path"
_LINES_TOPIC = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "2147483648",
    "max.message.bytes": "8388608",
}


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything that a source needs to reach. `checkpoints`: Flink's folder, where it is on this machine."""

    rows: Rows
    connect: ConnectApi
    flink: FlinkApi
    topics: Topics
    submitter: Submitter
    publisher: KnowledgePublisher
    read_knowledge: ReadTopic
    addresses: Addresses
    environment: Mapping[str, str]
    checkpoints: Path | None
    now: Callable[[], float] = time.time


class Builder:
    """Makes generations, and takes them down again."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._jobs = JobKeeper(tools.flink, tools.checkpoints)

    def build(self, row: SourceRow) -> None:
        """Check the wanted generation and start it; the memory then says that it is built.

        Raises:
            RejectedError: the contract cannot be followed as things are.
            UnavailableError: something that it takes does not answer.
        """
        memory = row.memory
        contract = self.contract(row.contract)
        accepted = memory.accepted == fingerprint(row.contract)
        found = self._discover(row, contract)
        if found.problems or (found.missing and not accepted):
            raise RejectedError("\n".join([*found.missing, *found.problems]))
        broken = self._broken(row, contract, found.tables, lenient=accepted) if memory.generation else {}
        if memory.generation and memory.generation != row.generation:
            self._end_job(row)
        kept = tuple(rule.kind for rule in contract.documents if rule.kind not in broken)
        self._tools.topics.ensure(self._wanted_topics(row.names, contract, found.tables))
        self._start(row, contract, found, kept)
        memory.broken = broken
        memory.why = memory.why if broken else ""
        memory.accepted = fingerprint(row.contract)
        self._tools.rows.remember(row)
        _log.info("source_built", source=row.source, generation=row.generation, broken=sorted(broken))

    def _start(self, row: SourceRow, contract: Contract, found: Discovery, kinds: tuple[str, ...]) -> None:
        """Swap the memory over to the new generation, then its job and its connector."""
        memory = row.memory
        before = replace(memory)
        if memory.generation and memory.generation != row.generation:
            memory.leftovers = sorted({*memory.leftovers, memory.generation})
        memory.generation, memory.contract = row.generation, row.contract
        memory.tables, memory.publication, memory.kinds = to_plain(found.tables), found.publication, list(kinds)
        memory.job = JobMemory()
        memory.targets, memory.retired, memory.purged_at = None, False, 0.0
        self._tools.rows.remember(row)
        try:
            self.ensure_job(row, contract)
        except RejectedError:
            for name in ("generation", "contract", "tables", "publication", "kinds", "leftovers", "job"):
                setattr(memory, name, getattr(before, name))
            self._tools.rows.remember(row)
            raise
        if before.generation and before.generation != row.generation:
            self._tools.connect.delete(row.names_of(before.generation).connector)
        self.ensure_connector(row, contract)

    def contract(self, text: str) -> Contract:
        """A contract with `${NAME}` resolved in its topic and files (an address is resolved when it is read)."""
        contract = _read(text)
        origin = contract.origin
        if isinstance(origin, TopicOrigin):
            return replace(contract, origin=replace(origin, topic=resolve(origin.topic, self._tools.environment)))
        if isinstance(origin, LogOrigin):
            files = tuple(resolve(pattern, self._tools.environment) for pattern in origin.files)
            topic = resolve(origin.topic, self._tools.environment)
            return replace(contract, origin=replace(origin, files=files, topic=topic))
        return contract

    def _discover(self, row: SourceRow, contract: Contract) -> Discovery:
        if not isinstance(contract.origin, DatabaseOrigin):
            return Discovery(())
        address = self.address(contract)
        if not self._tools.connect.has_plugin(connector_class(address.dialect)):
            raise RejectedError(f"Kafka Connect has no connector for {address.dialect} databases")
        return discover(address, contract.origin.tables, row.names.publication)

    def address(self, contract: Contract) -> DatabaseAddress:
        """The source database of a contract."""
        assert isinstance(contract.origin, DatabaseOrigin)
        return read_address(contract.origin.connection, self._tools.environment)

    def _broken(
        self, row: SourceRow, contract: Contract, tables: tuple[SourceTable, ...], *, lenient: bool
    ) -> dict[str, str]:
        """Kinds of document that Flink's planner refuses; when not `lenient` there may be none."""
        plan = plan_job(contract, row.names, tables, self._tools.addresses)
        problems = dict(self._tools.submitter.explain(plan).problems)
        if problems and not lenient:
            raise RejectedError("\n".join(problems.values()))
        return problems

    def _end_job(self, row: SourceRow) -> None:
        """Older jobs of the source end before the new one begins: both would write the same documents."""
        for job in [one for one in self.jobs(row) if one.name != row.names.job]:
            self._tools.flink.cancel(job.id)
        if any(job.name != row.names.job for job in self.jobs(row)):
            raise UnavailableError("Flink", "waiting for the older job to end")

    def jobs(self, row: SourceRow) -> list[Job]:
        """The jobs of every generation of the source that have not ended."""
        stem = row.names.job.rpartition("-g")[0]
        return [job for job in self._tools.flink.jobs() if not job.ended and job.name.rpartition("-g")[0] == stem]

    def _wanted_topics(
        self, names: SourceNames, contract: Contract, tables: tuple[SourceTable, ...]
    ) -> dict[str, dict[str, str]]:
        origin = contract.origin
        if isinstance(origin, DatabaseOrigin):
            return topics(tables, names, self.address(contract).dialect)
        if isinstance(origin, LogOrigin):
            return {names.lines: _LINES_TOPIC}
        if origin.topic not in self._tools.topics.names():
            raise RejectedError(f"Kafka has no topic '{origin.topic}'")
        return {}

    def ensure_connector(self, row: SourceRow, contract: Contract) -> None:
        """The connector of the built generation is there, with the settings it must have; with its topics."""
        if not isinstance(contract.origin, DatabaseOrigin):
            return
        tools, names, address = self._tools, row.built, self.address(contract)
        found = Discovery(from_plain(row.memory.tables), publication=row.memory.publication)
        settings = connector_settings(address, found, names, tools.addresses.bootstrap_servers)
        known = tools.connect.settings(names.connector)
        if {name: value for name, value in known.items() if name != "name"} != settings:
            tools.topics.ensure(topics(found.tables, names, address.dialect))
            tools.connect.put(names.connector, settings)

    def ensure_job(self, row: SourceRow, contract: Contract) -> str:
        """The SQL job of the built generation runs, once; its state there ("" when there is nothing it could make)."""
        memory = row.memory
        kept = tuple(rule for rule in contract.documents if rule.kind in memory.kinds)
        if not kept:
            return ""
        limited = replace(contract, documents=kept)
        plan = plan_job(limited, row.built, from_plain(memory.tables), self._tools.addresses)

        def submit(checkpoint: str) -> str:
            options = {**plan.options, _RESTORE: checkpoint} if checkpoint else plan.options
            return self._tools.submitter.submit(replace(plan, options=options))

        return self._jobs.ensure(plan.name, memory.job, submit)

    def retire_older(self, row: SourceRow) -> int:
        """Remove documents that only older generations made; how many there were."""
        tools, memory = self._tools, row.memory
        if memory.generation == 1:
            return 0
        return retire(tools.read_knowledge, tools.publisher, row.built, memory.generation, memory.broken)

    def clean_up(self, row: SourceRow, generations: list[int], contract: Contract | None) -> list[int]:
        """Drop connector, slot, topics and consumer group of generations; those that could not be dropped."""
        left = []
        for generation in generations:
            try:
                self._clean_up(row.names_of(generation), contract)
            except (UnavailableError, RejectedError) as error:
                _log.info("generation_not_cleaned", source=row.source, generation=generation, reason=error.message)
                left.append(generation)
        return left

    def _clean_up(self, names: SourceNames, contract: Contract | None) -> None:
        tools = self._tools
        tools.connect.delete(names.connector)
        if contract is not None and isinstance(contract.origin, DatabaseOrigin):
            address = self.address(contract)
            if address.dialect == "postgresql":
                drop_slot(address, names.slot, names.slot)
        tools.topics.drop(name for name in tools.topics.names() if name.startswith(f"{names.prefix}."))
        tools.topics.drop_group(names.group)


def fingerprint(contract: str) -> str:
    """Tells contracts apart."""
    return hashlib.sha256(contract.encode()).hexdigest()
