"""`freshet stop`: ask the runner, or end what a killed runner left."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import psutil

from app.local.part import LocalError
from app.local.parts import infrastructure, service_parts
from app.local.processes import end, read_record, record_path
from app.local.runner import runner_pid
from app.settings import Settings

PATIENCE_SECONDS = 120.0


async def stop(settings: Settings) -> None:
    """Return when no part runs any more; raises LocalError when the runner does not end."""
    pid = runner_pid(settings.freshet_home)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while runner_pid(settings.freshet_home) == pid and psutil.pid_exists(pid):
            if asyncio.get_running_loop().time() > deadline:
                message = f"The runner (process {pid}) does not end; its log is in {settings.freshet_home / 'logs'}."
                raise LocalError(message)
            await asyncio.sleep(0.2)
    ended = []
    for part in reversed([*infrastructure(settings), *service_parts(settings)]):
        record = read_record(settings.freshet_home, part.name)
        if record is not None:
            await end(record, part.stop_signal, part.grace_seconds)
            record_path(settings.freshet_home, part.name).unlink(missing_ok=True)
            ended.append(part.name)
    if pid is None and not ended:
        sys.stdout.write(f"Nothing runs in {settings.freshet_home}.\n")
    else:
        sys.stdout.write("Everything is stopped.\n")
