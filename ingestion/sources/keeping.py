"""The life of a source: built, watched, healed, measured, paused and removed; one step about once a second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog

from ingestion.sources.connect_api import reason
from ingestion.sources.contract import read_contract
from ingestion.sources.health import Health, HealthCheck
from ingestion.sources.jobs import StateLostError
from ingestion.sources.measuring import Gauge, KnowledgeProgress, reached
from ingestion.sources.model import Contract, DatabaseOrigin, LogOrigin
from ingestion.sources.reconcile import Builder, Tools
from ingestion.sources.retirement import retire
from ingestion.sources.rows import SourceRow
from retrieval.errors import FreshetError, RejectedError

_log = structlog.get_logger(__name__)
_RENEW_SECONDS = 120.0
_SETTLED_SECONDS = 3.0
_GIVE_UP_SECONDS = 600.0
_WAITING_SECONDS = (1.0, 2.0, 3.0, 5.0)
_REFUSED_SECONDS = (2.0, 5.0, 10.0, 20.0, 30.0)
_RESTART_SECONDS = (2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
_STARTING = frozenset({"CREATED", "INITIALIZING", "RECONCILING"})
_OUT_OF_REACH = (
    "no longer available on the server",
    "can no longer get changes",
    "has been invalidated",
    "Could not find first log file",
    "db history topic is missing",
    "restart connector with schema recovery mode",
)
_POISONED = ("Debezium", "Corrupt", "deserialize")


class SourceKeeper:
    """One source; keeps between steps what need not outlive the process."""

    def __init__(self, tools: Tools, knowledge: Callable[[], KnowledgeProgress]) -> None:
        self._tools = tools
        self._builder = Builder(tools)
        self._gauge = Gauge(tools.topics, tools.flink, knowledge)
        self._health = HealthCheck(tools.now)
        self._attempts = 0
        self._not_before = 0.0
        self._settings_checked = False
        self._restarts = 0
        self._restart_at = 0.0

    def step(self, row: SourceRow) -> None:
        """Bring the source nearer to what its row wants, and write how it is."""
        if self._tools.now() < self._not_before:
            return
        try:
            state, message, figures = self._step(row)
            self._attempts = 0
            self._not_before = self._tools.now() + (_SETTLED_SECONDS if state == "running" else 0.0)
        except FreshetError as error:
            state, message, figures = self._setback(row, error)
        if state:
            self._say(row, state, message, figures)

    def _step(self, row: SourceRow) -> tuple[str, str, dict[str, Any]]:
        if row.desired == "removed":
            return self._remove(row)
        if row.desired == "paused":
            for job in self._builder.jobs(row):
                self._tools.flink.cancel(job.id)
            return "paused", "changes wait in Kafka until the source is resumed", {}
        if row.memory.generation != row.generation:
            self._gauge.reset()
            self._health.reset()
            self._builder.build(row)
            return "snapshot", "reading what is there", {}
        return self._keep(row)

    def _setback(self, row: SourceRow, error: FreshetError) -> tuple[str, str, dict[str, Any]]:
        """A failed step is tried again, later and later; the generation that was built goes on meanwhile."""
        delays = _REFUSED_SECONDS if isinstance(error, RejectedError) else _WAITING_SECONDS
        self._not_before = self._tools.now() + delays[min(self._attempts, len(delays) - 1)]
        self._attempts += 1
        _log.warning("source_step_failed", source=row.source, generation=row.generation, reason=error.message)
        if isinstance(error, StateLostError):
            self._renew(row, error.message)
            return "snapshot", f"{error.message}; starting over from a fresh snapshot", {}
        if isinstance(error, RejectedError):
            return "failed", error.message + self._older_goes_on(row), {}
        return "waiting", error.message, {}

    def _older_goes_on(self, row: SourceRow) -> str:
        memory = row.memory
        if row.desired != "active" or memory.generation in {0, row.generation}:
            return ""
        try:
            self._keep(row)
        except FreshetError as error:
            return f"\nthe earlier contract stays in force, but: {error.message}"
        return "\nthe earlier contract stays in force"

    def _say(self, row: SourceRow, state: str, message: str, figures: dict[str, Any]) -> None:
        before = dict(row.status)
        same = before.get("state") == state and before.get("generation") == row.generation
        status: dict[str, Any] = {
            **({name: value for name, value in before.items() if name in {"documents", "as_of"}}),
            "state": state,
            "message": message,
            "since": before.get("since") if same else datetime.now(UTC).isoformat(timespec="seconds"),
            "generation": row.generation,
            "connector": row.built.connector if row.memory.tables else None,
            "job": row.memory.job.id or None,
            **figures,
        }
        if status != before:
            self._tools.rows.say(row, status)

    # A source that runs.

    def _keep(self, row: SourceRow) -> tuple[str, str, dict[str, Any]]:
        contract = self._builder.contract(row.memory.contract)
        health = self._look(row, contract)
        connector = self._connector(row, contract)
        job = self._job(row, contract)
        progress = self._gauge.progress(row, contract)
        waiting = self._catch_up(row, contract)
        if not waiting and not connector and job == "RUNNING" and health.reachable:
            moment = self._gauge.followed_until(progress)
            if moment is not None:
                self._tools.rows.followed(row, moment)
        self._tools.rows.remember(row)
        counts = self._tools.rows.counts(row)
        figures = {
            "lag": progress.lag,
            "slot_bytes": health.slot_bytes,
            "documents": counts.documents,
            "dead_letters": counts.dead_letters,
            "as_of": counts.as_of,
            "notes": list(health.notes),
        }
        return *self._verdict(row, health, connector, job, waiting), figures

    def _verdict(self, row: SourceRow, health: Health, connector: str, job: str, waiting: str) -> tuple[str, str]:
        if not health.reachable or connector:
            return "waiting", health.message or connector
        if job not in {"", "RUNNING"} | _STARTING:
            cause = self._tools.flink.failure(row.memory.job.id)
            if not health.message and any(word in cause for word in _POISONED):
                self._renew(row, cause)  # a record that no job can read stays in its topic
            return "degraded", f"the job is {job.lower()}: {cause or 'no reason given'}"
        if row.memory.broken:
            why = row.memory.why or "; ".join(row.memory.broken.values())
            kinds = ", ".join(sorted(row.memory.broken))
            return "degraded", f"{why}; documents of kind {kinds} keep their last text until the contract is changed"
        if health.message:
            return "degraded", health.message
        return ("snapshot", waiting) if waiting else ("running", "")

    def _look(self, row: SourceRow, contract: Contract) -> Health:
        """The source database is asked now and then; what has happened to it may take a fresh snapshot."""
        if not isinstance(contract.origin, DatabaseOrigin):
            return Health()
        fresh, health = self._health.look(row, contract.origin, self._builder.address(contract))
        if fresh and health.renew:
            row.memory.why = health.renew
            self._renew(row, health.renew)
        if fresh and row.memory.retired and row.memory.leftovers:
            row.memory.leftovers = self._builder.clean_up(row, row.memory.leftovers, contract)
        return health

    def _connector(self, row: SourceRow, contract: Contract) -> str:
        """Empty when the connector runs; otherwise why it does not. Brings it back where it is gone or has failed."""
        if not isinstance(contract.origin, DatabaseOrigin):
            return ""
        tools, name = self._tools, row.built.connector
        state = tools.connect.state(name)
        if state is None or not self._settings_checked:
            self._builder.ensure_connector(row, contract)
            self._settings_checked = True
        if state is None:
            return "the connector is being registered"
        if "FAILED" not in (state.connector, state.task):
            self._restarts = 0
            return "" if state.task == "RUNNING" else "the connector is starting"
        words = reason(state.trace)
        if any(known in state.trace for known in _OUT_OF_REACH):
            self._renew(row, words)
        elif tools.now() >= self._restart_at:
            tools.connect.restart(name)
            self._restart_at = tools.now() + _RESTART_SECONDS[min(self._restarts, len(_RESTART_SECONDS) - 1)]
            self._restarts += 1
        return f"the connector has failed and is started again: {words}"

    def _job(self, row: SourceRow, contract: Contract) -> str:
        before = list(row.memory.job.ids)
        state = self._builder.ensure_job(row, contract)
        if row.memory.job.ids != before:
            self._tools.rows.remember(row)
        return state

    def _renew(self, row: SourceRow, why: str) -> None:
        """Ask for a fresh snapshot, but not again and again."""
        if self._tools.now() - row.memory.renewed_at < _RENEW_SECONDS or row.memory.generation != row.generation:
            return
        row.memory.renewed_at = self._tools.now()
        self._tools.rows.remember(row)
        _log.warning("source_starts_over", source=row.source, generation=row.generation, reason=why)
        self._tools.rows.renew(row)

    def _catch_up(self, row: SourceRow, contract: Contract) -> str:
        """Empty once the generation has caught up with what was there when it began; otherwise what it waits for."""
        memory = row.memory
        if memory.retired:
            return ""
        progress = self._gauge.progress(row, contract)
        if memory.targets is None:
            memory.targets = self._gauge.targets(row, contract, progress)
        if memory.targets is None:
            return "reading what is there"
        if memory.kinds and not reached(memory.targets, progress.done):
            return "making documents of what is there"
        gone = self._builder.retire_older(row)
        memory.leftovers = self._builder.clean_up(row, memory.leftovers, contract)
        memory.retired = True
        _log.info("source_caught_up", source=row.source, generation=memory.generation, retired=gone)
        return ""

    # The end.

    def _remove(self, row: SourceRow) -> tuple[str, str, dict[str, Any]]:
        tools, memory = self._tools, row.memory
        jobs = self._builder.jobs(row)
        for job in jobs:
            tools.flink.cancel(job.id)
        if jobs:
            return "removing", "waiting for the job to end", {}
        if not memory.purged_at:
            retire(tools.read_knowledge, tools.publisher, row.names, row.generation + 1)
            memory.purged_at = tools.now()
            tools.rows.remember(row)
        contract = self._known_contract(row)
        generations = sorted({*memory.leftovers, memory.generation} - {0})
        memory.leftovers, memory.generation = self._builder.clean_up(row, generations, contract), 0
        tools.rows.remember(row)
        slots = ", ".join(row.names_of(generation).slot for generation in memory.leftovers)
        if slots and tools.now() - memory.purged_at < _GIVE_UP_SECONDS:
            return "removing", f"the documents are gone; still to be dropped in the source database: {slots}", {}
        if slots:
            _log.warning("slots_left_behind", source=row.source, slots=slots)
        if contract is None or isinstance(contract.origin, LogOrigin):
            tools.topics.drop([row.names.lines])
        tools.rows.forget(row)
        _log.info("source_removed", source=row.source)
        return "", "", {}

    def _known_contract(self, row: SourceRow) -> Contract | None:
        try:
            return read_contract(row.memory.contract or row.contract)
        except RejectedError:
            return None
