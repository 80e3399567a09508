"""Parses strangers' files in a process of their own, with limits on time and memory and nothing to steal."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import structlog

from ingestion.parsing.model import Limits, Parsed, Progress
from retrieval.errors import RejectedError, UnavailableError

log = structlog.get_logger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_PIECE_BYTES = 1 << 16
_MAX_ANSWER_BYTES = 256 * 1024 * 1024
_GRACE_SECONDS = 5.0
_PAGE_LIMITS = Limits(seconds=20, memory_mb=1536, expanded_mb=64)
_TAIL_BYTES = 4000
_MEMORY_WORDS = ("memory", "bad_alloc", "Cannot allocate")


def parse_isolated(
    path: Path, filename: str, limits: Limits | None = None, on_progress: Progress | None = None
) -> Parsed:
    """The file at `path` as Markdown, parsed in a fresh process; what `on_progress` raises stops it.

    Raises:
        RejectedError: the file cannot be read, takes too long, needs too much memory, or breaks the parser.
        UnavailableError: no process could be started.
    """
    answer = _isolated("worker", {"path": str(path.resolve()), "filename": filename}, limits or Limits(), on_progress)
    parsed = answer["parsed"]
    return Parsed(**{**parsed, "warnings": tuple(parsed["warnings"])})


def page_isolated(path: Path, filename: str, number: int, width: int) -> dict[str, Any]:
    """What `ingestion.parsing.page_worker` tells of a page of the PDF at `path`, read in a fresh process.

    Raises:
        RejectedError: it is no PDF, has no such page, takes too long, needs too much memory, or breaks the reader.
        UnavailableError: no process could be started.
    """
    request = {"path": str(path.resolve()), "filename": filename, "number": number, "width": width}
    page: dict[str, Any] = _isolated("page_worker", request, _PAGE_LIMITS, None)["page"]
    return page


def _isolated(module: str, request: dict[str, Any], limits: Limits, on_progress: Progress | None) -> dict[str, Any]:
    """The answer of a worker that is started for this request; RejectedError and UnavailableError as above."""
    filename = str(request["filename"])
    request = {**request, "limits": asdict(limits)}
    with tempfile.TemporaryDirectory(prefix="freshet-parser-") as folder, tempfile.TemporaryFile() as errors:
        process = _start(module, folder, errors)
        try:
            answer = _answer(process, request, limits.seconds, on_progress)
        except TimeoutError:
            raise RejectedError(f"{filename} took longer than {limits.seconds} seconds to read") from None
        finally:
            _end(process)
        if answer is None:
            raise _crash(filename, limits, process.returncode, errors)
    if "rejected" in answer:
        raise RejectedError(answer["rejected"])
    return answer


def _start(module: str, folder: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """The worker, in a session of its own, without this process's environment (secrets live there)."""
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": str(_ROOT),
        "LC_ALL": "C.UTF-8",
        "HOME": folder,
        "TMPDIR": folder,
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "1",
    }
    try:
        return subprocess.Popen(
            [sys.executable, "-m", f"ingestion.parsing.{module}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise UnavailableError("parser", f"no process can be started to parse files: {error}") from error


def _answer(
    process: subprocess.Popen[bytes], request: dict[str, Any], seconds: float, on_progress: Progress | None
) -> dict[str, Any] | None:
    """The worker's last line; None when it ended without one.

    Raises:
        TimeoutError: it took too long.
    """
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.close()
    for line in _lines(process, time.monotonic() + seconds):
        message: dict[str, Any] = json.loads(line)
        if "progress" not in message:
            return message
        if on_progress:
            stage, page, pages = message["progress"]
            on_progress(stage, page, pages)
    return None


def _lines(process: subprocess.Popen[bytes], deadline: float) -> Iterator[bytes]:
    assert process.stdout is not None
    pending: list[bytes] = []
    size = 0
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise TimeoutError
            piece = os.read(process.stdout.fileno(), _PIECE_BYTES)
            size += len(piece)
            if not piece or size > _MAX_ANSWER_BYTES:
                return
            first, *rest = piece.split(b"\n")
            pending.append(first)
            for following in rest:
                yield b"".join(pending)
                pending = [following]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of its session stays, whatever it started; its own exit status is awaited where it is ending."""
    if process.stdout is not None:
        process.stdout.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.2 if process.poll() is None else _GRACE_SECONDS)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _crash(filename: str, limits: Limits, status: int, errors: IO[bytes]) -> RejectedError:
    """A sentence for a worker that ended without an answer."""
    errors.seek(0, os.SEEK_END)
    errors.seek(max(errors.tell() - _TAIL_BYTES, 0))
    tail = errors.read().decode("utf-8", "replace")
    log.warning("parsing.crashed", filename=filename, status=status, output=tail[-1000:])
    if status == -signal.SIGXCPU:
        return RejectedError(f"{filename} took longer than {limits.seconds} seconds to read")
    if status == -signal.SIGKILL or any(word in tail for word in _MEMORY_WORDS):
        return RejectedError(f"{filename} needs more than {limits.memory_mb:,} MB of memory to be read")
    return RejectedError(f"{filename} cannot be read: its content breaks the parser")
