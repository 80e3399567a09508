"""Log files of parts, kept small by copying and truncating: the parts write to them directly and never notice."""

from __future__ import annotations

import shutil
from pathlib import Path

MAX_BYTES = 20_000_000
KEPT = 3


def log_path(home: Path, name: str) -> Path:
    """The log file of one part."""
    return home / "logs" / f"{name}.log"


def rotate(path: Path, max_bytes: int = MAX_BYTES, kept: int = KEPT) -> bool:
    """Move the content of a file grown past `max_bytes` to `<name>.1` (older ones up to `.kept`); False if it is small.

    The file itself stays, because a process holds it open for appending. Lines written between copy and
    truncation are lost; that is the price of parts that survive their runner.
    """
    if not path.exists() or path.stat().st_size <= max_bytes:
        return False
    for number in range(kept, 1, -1):
        older = path.with_name(f"{path.name}.{number - 1}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number}"))
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    with path.open("r+b") as file:
        file.truncate(0)
    return True


def tail(path: Path, lines: int = 8, max_bytes: int = 20_000) -> str:
    """The last lines of a log file that say something; empty when there are none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - max_bytes))
        text = file.read().decode("utf-8", "replace")
    return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])
