"""The process that parses one stranger's file: `python -m ingestion.parsing.worker`, started by `sandbox`.

Reads a request as JSON from standard input, limits itself, and writes JSON lines to the pipe it was given as standard
output: `{"progress": [stage, page, pages]}` any number of times, then `{"parsed": {…}}` or `{"rejected": sentence}`.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

_MB = 1024 * 1024
_DIE_WITH_PARENT = 1
_RECURSION = 4000
_BEHIND = 5
"""Niceness: where all cores are busy, a third of what another process gets."""


def main() -> None:
    """Parse what standard input asks for."""
    request = json.loads(sys.stdin.readline())
    pipe = own_pipe()
    limits = request["limits"]
    limit_process(limits)
    _let_others_first()
    try:
        answer = _parse(request, pipe)
    except MemoryError:
        answer = {"rejected": f"{request['filename']} needs more than {limits['memory_mb']:,} MB of memory to be read"}
    pipe.write(json.dumps(answer) + "\n")
    pipe.flush()


def own_pipe() -> TextIO:
    """The pipe to the parent; whatever libraries print goes to standard error from now on."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "w", encoding="utf-8")


def limit_process(limits: dict[str, int]) -> None:
    """Address space, processor time, size of files; no core dumps; an end with the parent's end."""
    wanted = (
        (resource.RLIMIT_AS, limits["memory_mb"] * _MB),
        (resource.RLIMIT_CPU, limits["seconds"] * 2),
        (resource.RLIMIT_FSIZE, limits["expanded_mb"] * _MB),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, amount in wanted:
        hard = resource.getrlimit(kind)[1]
        allowed = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (allowed, allowed))
    sys.setrecursionlimit(_RECURSION)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _let_others_first() -> None:
    """Nobody waits for a file as for an answer. Linux may share the processor out among sessions first (sched(7))."""
    os.nice(_BEHIND)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_BEHIND), encoding="ascii")


def _parse(request: dict[str, Any], pipe: TextIO) -> dict[str, Any]:
    from ingestion.parsing.model import Limits
    from ingestion.parsing.parse import parse
    from retrieval.errors import RejectedError

    told: list[tuple[str, int, int]] = []

    def progress(stage: str, page: int, pages: int) -> None:
        if told[-1:] != [(stage, page, pages)]:
            told[:] = [(stage, page, pages)]
            pipe.write(json.dumps({"progress": [stage, page, pages]}) + "\n")
            pipe.flush()

    try:
        parsed = parse(Path(request["path"]), request["filename"], Limits(**request["limits"]), progress)
    except RejectedError as error:
        return {"rejected": error.message}
    return {"parsed": asdict(parsed)}


if __name__ == "__main__":
    main()
