"""All parts together: side by side in the order of their needs, stopped the other way round."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.local.part import LocalError, Node, Part, Step, in_order
from app.local.supervisor import Patience, State, Supervisor
from retrieval.errors import FreshetError

NEEDED_FREE_BYTES = 1_500_000_000


@dataclass
class StepProgress:
    """How far a step is; `result` is its one line."""

    step: Step
    state: State = State.WAITING
    result: str = ""
    seconds: float | None = None


@contextmanager
def sole_runner(home: Path) -> Iterator[None]:
    """Hold the home for this process; raises LocalError when another runner has it."""
    path = home / "run" / "runner.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            message = f"Freshet already runs in {home} (process {file.read().strip()}); `freshet stop` ends it."
            raise LocalError(message) from error
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def runner_pid(home: Path) -> int | None:
    """The process that holds the home; None when nobody does."""
    path = home / "run" / "runner.lock"
    if not path.exists():
        return None
    with path.open("r", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = file.read().strip()
            return int(text) if text else None
    return None


def check_disk(home: Path, needed_bytes: int = NEEDED_FREE_BYTES) -> None:
    """Raises LocalError when the disk that holds the home is nearly full."""
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free
    if free < needed_bytes:
        message = (
            f"Only {free / 1e9:.1f} GB are free on the disk of {home}; Freshet wants {needed_bytes / 1e9:.1f} GB. "
            "Make room, or move it with FRESHET_HOME."
        )
        raise LocalError(message)


class Runner:
    """Starts nodes, keeps parts alive, stops them. `supervisors` and `steps` tell how far each is."""

    def __init__(self, nodes: Sequence[Node], home: Path, patience: Patience | None = None) -> None:
        self.home = home
        ordered = in_order(nodes)
        given = patience or Patience()
        self.supervisors = {node.name: Supervisor(node, home, given) for node in ordered if isinstance(node, Part)}
        self.steps = {node.name: StepProgress(node) for node in ordered if isinstance(node, Step)}
        self.order = [node.name for node in ordered]
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Return when every part answers and every step is done; raises the first LocalError otherwise."""
        check_disk(self.home)
        starts = {name: asyncio.Event() for name in self.order}
        waits = [asyncio.create_task(self._start(name, starts)) for name in self.order]
        try:
            await asyncio.gather(*waits)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def stop(self) -> None:
        """Stop every part after those that need it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        dependants = {
            name: [other for other in self.supervisors if name in self._needs_of(other)] for name in self.supervisors
        }
        gone = {name: asyncio.Event() for name in self.supervisors}

        async def stop_one(name: str) -> None:
            for other in dependants[name]:
                await gone[other].wait()
            try:
                await self.supervisors[name].stop()
            finally:
                gone[name].set()

        await asyncio.gather(*(stop_one(name) for name in self.supervisors))

    def _needs_of(self, name: str) -> set[str]:
        """All that a node needs, also by way of others."""
        node = self.supervisors[name].part if name in self.supervisors else self.steps[name].step
        direct = [need for need in node.needs if need in self.order]
        return set(direct).union(*(self._needs_of(need) for need in direct))

    async def _start(self, name: str, starts: dict[str, asyncio.Event]) -> None:
        node = self.supervisors[name].part if name in self.supervisors else self.steps[name].step
        for need in node.needs:
            if need in starts:
                await starts[need].wait()
        if isinstance(node, Part):
            await self._start_part(self.supervisors[name])
        else:
            await self._do_step(self.steps[name])
        starts[name].set()

    async def _start_part(self, supervisor: Supervisor) -> None:
        watching = asyncio.create_task(supervisor.run())
        self._tasks.append(watching)
        ready = asyncio.create_task(supervisor.ready.wait())
        try:
            await asyncio.wait({watching, ready}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if supervisor.failure is not None:
            raise supervisor.failure
        if watching.done():
            watching.result()

    async def _do_step(self, progress: StepProgress) -> None:
        began = time.monotonic()
        progress.state = State.STARTING
        try:
            progress.result = await progress.step.action()
        except FreshetError as error:
            progress.state, progress.result = State.DOWN, error.message
            message = f"{progress.step.name}: {error.message}"
            raise LocalError(message) from error
        progress.state = State.DONE
        progress.seconds = time.monotonic() - began
