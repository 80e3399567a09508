"""Small parts in real processes, for tests of the runner."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from app.local.part import NotReadyError, Part
from app.local.supervisor import Patience

QUICK = Patience(
    poll=0.02,
    probe=0.02,
    probe_timeout=1.0,
    health=0.05,
    silence=0.5,
    first_delay=0.05,
    longest_delay=0.2,
    settled=60.0,
    adoption=2.0,
    early_deaths=3,
)
# Writes its process id once it is up, and ends on SIGTERM as any program does.
SERVE = "import os, pathlib, time; pathlib.Path('{up}').write_text(str(os.getpid())); time.sleep(600)"
WITH_CHILD = (
    "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); " + SERVE
)
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WITH_CHILD


def up_file(home: Path, name: str) -> Path:
    return home / f"{name}.up"


def fake_part(home: Path, name: str, code: str = SERVE, **fields: object) -> Part:
    """A Python process that is ready once it wrote its up-file."""
    up = up_file(home, name)

    async def ready() -> None:
        if not up.exists() or not up.read_text():
            message = "not up yet"
            raise NotReadyError(message)

    values: dict[str, object] = {
        "name": name,
        "command": (sys.executable, "-c", code.format(up=up)),
        "ready": ready,
        "folder": home,
        "prepare": lambda: up.unlink(missing_ok=True),
        "grace_seconds": 1.0,
        "start_seconds": 20.0,
    }
    return Part(**{**values, **fields})  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and that nobody asked about does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Return when the condition holds; fails the test when it never does."""
    import asyncio

    for _ in range(round(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    message = "what the test waits for did not happen"
    raise AssertionError(message)
