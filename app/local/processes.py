"""Processes that outlive their runner: started in sessions of their own, found again, stopped without a rest."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from app.local.part import LocalError, Part, Port
from app.settings import child_environment

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Record:
    """What is written down about a started part, in FRESHET_HOME/run/<part>.json."""

    name: str
    pid: int
    created: float
    fingerprint: str
    restarts: int = 0
    answered: bool = False

    def save(self, home: Path) -> None:
        """Write it so that no reader ever sees half of it."""
        path = record_path(home, self.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(path)


def record_path(home: Path, name: str) -> Path:
    """Where the record of one part lies."""
    return home / "run" / f"{name}.json"


def read_record(home: Path, name: str) -> Record | None:
    """The record of one part; None when there is none or it cannot be read."""
    try:
        return Record(**json.loads(record_path(home, name).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def fingerprint(part: Part) -> str:
    """Changes when a running process of this part would no longer be what the description says."""
    described = json.dumps([part.command, sorted(part.environment.items()), str(part.folder), part.user])
    return hashlib.sha256(described.encode()).hexdigest()[:16]


def spawn(part: Part, home: Path, log: Path, restarts: int) -> tuple[subprocess.Popen[bytes], Record]:
    """Start a part in a session of its own, its output appended to `log`. Raises LocalError."""
    part.folder.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        try:
            process = subprocess.Popen(
                part.command,
                cwd=part.folder,
                env=child_environment(**part.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **identity(part.user),
            )
        except OSError as error:
            message = f"{part.name} cannot be started: {error.strerror or error} ({part.command[0]})."
            raise LocalError(message) from error
    record = Record(part.name, process.pid, _created(process.pid), fingerprint(part), restarts)
    record.save(home)
    return process, record


def identity(user: str | None) -> dict[str, Any]:
    """What makes a subprocess run as `user` with that user's group alone; nothing when it is None."""
    if user is None:
        return {}
    import pwd

    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _created(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return 0.0


def find(record: Record) -> psutil.Process | None:
    """The living process that a record names; None when it ended or its number belongs to another one now."""
    try:
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.created) < 0.05 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return None
    return process if same else None


def family(record: Record) -> list[psutil.Process]:
    """Every living process of a part: its own, its descendants, and those that stayed in its session."""
    members: dict[int, psutil.Process] = {}
    leader = find(record)
    if leader is not None:
        members[leader.pid] = leader
        try:
            members |= {child.pid: child for child in leader.children(recursive=True)}
        except psutil.Error:
            leader = None
    for process in psutil.process_iter():
        try:
            in_session = os.getsid(process.pid) == record.pid and process.create_time() >= record.created - 0.05
        except (OSError, psutil.Error):
            continue
        if in_session:
            members[process.pid] = process
    return [process for process in members.values() if _alive(process)]


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


async def end(record: Record, stop_signal: signal.Signals, grace_seconds: float) -> None:
    """Ask a part to stop, wait for it, then kill whatever of it is left."""
    members = await asyncio.to_thread(family, record)
    leader = find(record)
    if leader is not None:
        _signal([leader], stop_signal)
        await _wait_until_gone([leader], grace_seconds)
    left = {process.pid: process for process in [*members, *await asyncio.to_thread(family, record)]}
    if leader is not None and not _alive(leader):
        await _wait_until_gone(left.values(), min(2.0, grace_seconds))
    _signal(left.values(), signal.SIGKILL)
    await _wait_until_gone(left.values(), 10.0)


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


async def _wait_until_gone(processes: Iterable[psutil.Process], seconds: float) -> None:
    for _ in range(round(seconds / POLL_SECONDS)):
        if not any(_alive(process) for process in processes):
            return
        await asyncio.sleep(POLL_SECONDS)


def check_port(part_name: str, port: Port) -> None:
    """Raises LocalError, naming port, setting and (where the system tells) process, when somebody listens there."""
    import socket

    with socket.socket(socket.AF_INET6 if ":" in port.host else socket.AF_INET) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((port.host, port.number))
        except OSError as error:
            holder = _listener(port.number)
            message = (
                f"{part_name} cannot use port {port.number}: {holder or error.strerror}. "
                f"End that, or give another port with {port.setting.upper()}."
            )
            raise LocalError(message) from error


def _listener(port: int) -> str:
    """Who listens on a port, in words; empty when the system does not tell."""
    try:
        for connection in psutil.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                name = psutil.Process(connection.pid).name()
                return f"{name} (process {connection.pid}) already listens there"
    except psutil.Error:
        return ""
    return ""


def memory_bytes(processes: Iterable[psutil.Process]) -> int:
    """Memory of these processes, shared pages counted in proportion (PSS), as Linux says; resident size elsewhere."""
    total = 0
    for process in processes:
        try:
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
            total += next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
        except (OSError, StopIteration):
            try:
                total += process.memory_info().rss
            except psutil.Error:
                continue
    return total
