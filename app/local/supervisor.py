"""One part under watch: started or adopted, probed, restarted with back-off, stopped."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import structlog

from app.local.logs import log_path, rotate, tail
from app.local.part import LocalError, NotReadyError, Part
from app.local.processes import Record, check_port, end, find, fingerprint, read_record, record_path, spawn

log = structlog.get_logger()


class State(StrEnum):
    """Where a part stands."""

    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    DONE = "done"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    DOWN = "down"


@dataclass(frozen=True)
class Patience:
    """How long things may take, in seconds; tests use shorter ones."""

    poll: float = 0.1
    probe: float = 0.25
    probe_timeout: float = 10.0
    health: float = 10.0
    silence: float = 90.0
    first_delay: float = 0.5
    longest_delay: float = 30.0
    settled: float = 60.0
    adoption: float = 5.0
    early_deaths: int = 3


def backoff(restarts_in_a_row: int, patience: Patience) -> float:
    """Seconds before the next start: doubled each time, up to the longest."""
    return float(min(patience.longest_delay, patience.first_delay * 2.0 ** max(0, restarts_in_a_row - 1)))


async def uninterrupted(work: Callable[[], None]) -> None:
    """Do blocking work in a thread; a cancellation takes effect only after it, so nothing starts behind its back."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise


Probe = Callable[[], Awaitable[None]]
"""Returns where the answer is yes, raises where it is not."""


class Supervisor:
    """Keeps one part alive until told to stop.

    `ready` is set while the part answers. `failure` holds the LocalError of a first start that came to nothing.
    """

    def __init__(self, part: Part, home: Path, patience: Patience) -> None:
        self.part = part
        self.home = home
        self.patience = patience
        self.state = State.WAITING
        self.detail = ""
        self.ready = asyncio.Event()
        self.failure: LocalError | None = None
        self.adopted = False
        self.restarts = 0
        self.seconds_to_ready: float | None = None
        self.record: Record | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._in_a_row = 0

    async def run(self) -> None:
        """Start or adopt, then watch, for ever; returns only when the first start fails."""
        if not await self._adopt():
            try:
                await self._first_start()
            except LocalError as error:
                self.failure, self.state, self.detail = error, State.DOWN, error.message
                return
        while True:
            up_since = time.monotonic()
            reason = await self._watch()
            if time.monotonic() - up_since > self.patience.settled:
                self._in_a_row = 0
            await self._restart(reason)

    async def stop(self) -> None:
        """End the process and whatever it started."""
        self.state = State.STOPPING
        self.ready.clear()
        record = self.record or read_record(self.home, self.part.name)
        if record is not None:
            await end(record, self.part.stop_signal, self.part.grace_seconds)
            if self._child is not None:
                self._child.poll()
            record_path(self.home, self.part.name).unlink(missing_ok=True)
        self.state, self.detail = State.DOWN, ""

    async def _adopt(self) -> bool:
        """Take over a healthy process that an earlier runner left; clean up one that is not what is wanted."""
        record = read_record(self.home, self.part.name)
        if record is None:
            return False
        began = time.monotonic()
        leader = find(record)
        if leader is not None and record.fingerprint == fingerprint(self.part):
            self.state, self.detail = State.STARTING, "asking what an earlier run left"
            while time.monotonic() - began < self.patience.adoption and leader.is_running():
                if await self._answers():
                    self.record, self.adopted = record, True
                    self.restarts = record.restarts
                    self._now_ready(began)
                    return True
                await asyncio.sleep(self.patience.probe)
        self.state, self.detail = State.STARTING, "ending what an earlier run left"
        await end(record, self.part.stop_signal, self.part.grace_seconds)
        return False

    async def _first_start(self) -> None:
        deaths = 0
        began = time.monotonic()
        for port in self.part.ports:
            await asyncio.to_thread(check_port, self.part.name, port)
        while True:
            self.state, self.detail = State.STARTING, ""
            await self._launch()
            outcome = await self._until_ready()
            if outcome is None:
                self._now_ready(began)
                return
            deaths += 1
            if deaths >= self.patience.early_deaths or self._alive():
                await self._clear()
                raise LocalError(self._complaint(outcome))
            await self._clear()
            await asyncio.sleep(backoff(deaths, self.patience))

    async def _launch(self) -> None:
        self.adopted = False
        path = log_path(self.home, self.part.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        await uninterrupted(self.part.prepare)

        def start() -> None:
            self._child, self.record = spawn(self.part, self.home, path, self.restarts)

        await uninterrupted(start)

    async def _until_ready(self, probe: Probe | None = None) -> str | None:
        """Probe until the part answers; otherwise what went wrong, in words."""
        deadline = time.monotonic() + self.part.start_seconds
        pause = self.patience.probe
        while time.monotonic() < deadline:
            if not self._alive():
                return f"ended with status {self._child.returncode}" if self._child else "ended"
            if await self._answers(probe):
                return None
            await asyncio.sleep(pause)
            pause = min(pause * 1.3, 4 * self.patience.probe)  # asking costs what the part could start with
        return f"did not answer within {self.part.start_seconds:.0f} s ({self.detail})"

    async def _watch(self) -> str:
        """Return, with the reason, when the process ended or kept silent for too long."""
        last_answer = next_probe = time.monotonic()
        while True:
            if not self._alive():
                status = f" with status {self._child.returncode}" if self._child else ""
                return f"ended{status}"
            if time.monotonic() >= next_probe:
                rotate(log_path(self.home, self.part.name))
                if await self._answers(self.part.lives):
                    last_answer = time.monotonic()
                    self.detail = ""
                elif time.monotonic() - last_answer > self.patience.silence:
                    return f"gave no answer for {self.patience.silence:.0f} s"
                next_probe = time.monotonic() + self.patience.health
            await asyncio.sleep(self.patience.poll)

    async def _restart(self, reason: str) -> None:
        """Start again, as often as it takes."""
        self.ready.clear()
        while True:
            self._in_a_row += 1
            self.restarts += 1
            self.state, self.detail = State.RESTARTING, reason
            log.warning("part_restarts", part=self.part.name, reason=reason, restarts=self.restarts)
            began = time.monotonic()
            await self._clear()
            await asyncio.sleep(backoff(self._in_a_row, self.patience))
            try:
                await self._launch()
            except LocalError as error:
                reason = error.message
                continue
            outcome = await self._until_ready(self.part.lives)
            if outcome is None:
                self._now_ready(began)
                log.info("part_back", part=self.part.name, seconds=round(time.monotonic() - began, 1))
                return
            reason = outcome

    async def _clear(self) -> None:
        """End what is left of the last process, children included."""
        if self.record is not None:
            await end(self.record, self.part.stop_signal, min(3.0, self.part.grace_seconds))
        if self._child is not None:
            self._child.poll()

    async def _answers(self, probe: Probe | None = None) -> bool:
        """Whether `probe` succeeds; without one, whether the part is ready."""
        try:
            async with asyncio.timeout(self.patience.probe_timeout):  # wait_for may swallow a cancellation
                await (probe or self.part.ready)()
        except NotReadyError as error:
            self.detail = error.message
        except TimeoutError:
            self.detail = "no answer"
        except Exception as error:  # noqa: BLE001 - a probe's client may raise whatever it likes: not ready
            self.detail = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        else:
            return True
        return False

    def _alive(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        return self.record is not None and find(self.record) is not None

    def _now_ready(self, began: float) -> None:
        self.state, self.detail = State.RUNNING, ""
        self.seconds_to_ready = time.monotonic() - began
        if self.record is not None:
            self.record = replace(self.record, restarts=self.restarts, answered=True)
            self.record.save(self.home)
        self.ready.set()

    def _complaint(self, outcome: str) -> str:
        path = log_path(self.home, self.part.name)
        last = tail(path)
        return f"{self.part.name} {outcome}. Its log is {path}" + (f", and ends:\n{last}" if last else ".")
