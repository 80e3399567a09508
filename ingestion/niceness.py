"""What gives way: where all cores are busy, whatever answers people gets more of them than what reads and indexes."""

from __future__ import annotations

import contextlib
from pathlib import Path

BEHIND = 5
"""Niceness of a process that gives way: a third of what another one gets."""


def let_others_first(session: int) -> None:
    """The niceness of a session as a whole: Linux may share the processor out among sessions first (sched(7))."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{session}/autogroup").write_text(str(BEHIND), encoding="ascii")
