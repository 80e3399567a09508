"""The controller: makes sources, jobs and log files be what SQL says they should be. Several may run; one leads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import InterfaceError, OperationalError

from ingestion.database import sync_url
from ingestion.index_keeper import IndexKeeper, IndexPlan
from ingestion.knowledge import KnowledgePublisher, read_topic
from ingestion.sources.connect_api import ConnectApi
from ingestion.sources.flink_api import FlinkApi
from ingestion.sources.flink_sql import DEAD_LETTER_TOPIC, MAX_RECORD_BYTES, Addresses
from ingestion.sources.keeping import SourceKeeper
from ingestion.sources.letters import LetterBox
from ingestion.sources.reconcile import Tools
from ingestion.sources.rows import Rows, SourceRow
from ingestion.sources.submission import Submitter
from ingestion.sources.tailing import LogFollower
from ingestion.sources.topics import Topics
from retrieval.errors import FreshetError

_log = structlog.get_logger(__name__)
_STEP_SECONDS = 1.0
_CHORE_SECONDS = 15.0
_LEADER_LOCK = 7_246_003
_WORKERS = 6
_LETTERS = {"cleanup.policy": "compact", "max.message.bytes": str(MAX_RECORD_BYTES)}


@dataclass(frozen=True, slots=True)
class ControllerConfig:
    """What the controller must reach and know. `home` is a folder of its own; `checkpoints` Flink's, where it is local.

    `environment` resolves `${NAME}` in contracts. `client` starts Flink's client, with `client_environment`. The leader
    does the `chores` every 15 seconds. Log sources may not read what lies in `private_folders`.
    """

    database_url: str
    bootstrap_servers: str
    connect_url: str
    flink_rest_url: str
    home: Path
    checkpoints: Path | None
    environment: Mapping[str, str]
    client: Sequence[str]
    client_environment: Mapping[str, str]
    job_options: Mapping[str, str]
    indexing: IndexPlan
    chores: Sequence[Callable[[], None]] = field(default_factory=tuple)
    private_folders: Sequence[Path] = field(default_factory=tuple)


class Controller:
    """Everything the leader does, in threads of one process."""

    def __init__(self, config: ControllerConfig, engine: Engine) -> None:
        self._config = config
        self._engine = engine
        self._rows = Rows(engine)
        self._topics = Topics(config.bootstrap_servers)
        self._flink = FlinkApi(config.flink_rest_url)
        self._connect = ConnectApi(config.connect_url)
        self._submitter = Submitter(config.client, config.client_environment)
        publisher = KnowledgePublisher(config.bootstrap_servers)
        self._indexes = IndexKeeper(engine, self._flink, self._topics, self._submitter, publisher, config.indexing)
        self._letters = LetterBox(config.bootstrap_servers, engine)
        self._logs = LogFollower(
            config.bootstrap_servers, config.home / "positions", config.environment, config.private_folders
        )
        self._keepers: dict[tuple[str, str], SourceKeeper] = {}
        self._running: dict[object, Future[None]] = {}
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="source")
        self._tools = Tools(
            rows=self._rows,
            connect=self._connect,
            flink=self._flink,
            topics=self._topics,
            submitter=self._submitter,
            publisher=publisher,
            read_knowledge=lambda: read_topic(config.bootstrap_servers),
            addresses=Addresses(config.bootstrap_servers, config.job_options),
            environment=config.environment,
            checkpoints=config.checkpoints,
        )

    def lead(self, stop: threading.Event, lock: Connection) -> None:
        """Work until `stop` is set; raises OperationalError when the lock's connection is lost."""
        self._letters_topic()
        threads = [
            threading.Thread(target=self._letters.run, args=(stop,), name="letters"),
            threading.Thread(target=self._logs.run, args=(stop,), name="logs"),
            threading.Thread(target=self._chores, args=(stop,), name="chores"),
        ]
        for thread in threads:
            thread.start()
        try:
            while not stop.is_set():
                lock.execute(text("SELECT 1"))
                self._tick()
                stop.wait(_STEP_SECONDS)
        finally:
            stop.set()
            self._submitter.close()
            for thread in threads:
                thread.join()
            self._pool.shutdown(cancel_futures=True)

    def _letters_topic(self) -> None:
        try:
            self._topics.ensure({DEAD_LETTER_TOPIC: _LETTERS})
        except FreshetError as error:
            _log.warning("dead_letter_topic", reason=error.message)

    def _tick(self) -> None:
        self._start("indexes", lambda: self._indexes.step(self._config.home / "indexes", self._config.checkpoints))
        try:
            rows = self._rows.all()
        except FreshetError as error:
            _log.warning("sources_not_read", reason=error.message)
            return
        self._logs.follow([row for row in rows if row.desired == "active"])
        for row in rows:
            name = (row.tenant, row.source)
            keeper = self._keepers.setdefault(name, SourceKeeper(self._tools, self._indexes.progress))
            self._start(name, partial(self._step, keeper, *name))
        self._forget_gone(rows)

    def _step(self, keeper: SourceKeeper, tenant: str, source: str) -> None:
        """The row is read when the step begins: the step before may have written to it since the tick read it."""
        row = self._rows.one(tenant, source)
        if row is not None:
            keeper.step(row)

    def _forget_gone(self, rows: Sequence[SourceRow]) -> None:
        there = {(row.tenant, row.source) for row in rows}
        for name in [name for name in self._keepers if name not in there]:
            del self._keepers[name]

    def _start(self, name: object, step: Callable[[], None]) -> None:
        """Run a step in the pool unless the one before is still going on."""
        before = self._running.get(name)
        if before is None or before.done():
            self._running[name] = self._pool.submit(_guarded, name, step)

    def _chores(self, stop: threading.Event) -> None:
        while not stop.wait(_CHORE_SECONDS):
            for chore in self._config.chores:
                _guarded(getattr(chore, "__name__", "chore"), chore)


def _guarded(name: object, step: Callable[[], None]) -> None:
    """The outer edge of every thread: what goes wrong is logged, and tried again with the next step."""
    try:
        step()
    except FreshetError as error:
        _log.warning("step_failed", step=name, reason=error.message)
    except Exception:  # noqa: BLE001 (one broken step may not stop the others)
        _log.exception("step_broken", step=name)


def run_controller(config: ControllerConfig, stop: threading.Event) -> None:
    """Wait for the lead and work until `stop` is set. The lead is a lock in PostgreSQL: it ends with its connection."""
    engine = create_engine(
        sync_url(config.database_url), pool_size=_WORKERS + 4, pool_pre_ping=True, connect_args={"connect_timeout": 10}
    )
    while not stop.is_set():
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                lock = {"lock": _LEADER_LOCK}
                if connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), lock).scalar_one():
                    _log.info("controller_leads")
                    done = threading.Event()
                    watcher = threading.Thread(target=_pass_on, args=(stop, done), daemon=True)
                    watcher.start()
                    Controller(config, engine).lead(done, connection)
        except (OperationalError, InterfaceError, FreshetError) as error:
            _log.warning("controller_pauses", reason=str(getattr(error, "orig", error)))
        stop.wait(_STEP_SECONDS)
    engine.dispose()


def _pass_on(stop: threading.Event, done: threading.Event) -> None:
    """Set `done` when `stop` is set; `done` alone ends one term of leadership."""
    while not done.is_set():
        if stop.wait(_STEP_SECONDS):
            done.set()
