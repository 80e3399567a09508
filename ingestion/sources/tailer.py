"""Follows log files by their inodes: through rotation, truncation and restarts, every line at least once."""

from __future__ import annotations

import glob
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from ingestion.sources.lines import MAX_LINE_BYTES

_HEAD_BYTES = 128
_CHUNK_BYTES = 1 << 20
_BATCH_LINES = 2000


@dataclass(slots=True)
class Position:
    """How far a file has been read: everything before `offset`. `head` tells it from another file with its inode."""

    inode: str
    path: str
    offset: int
    head: str
    head_bytes: int
    skipping: bool = False


@dataclass(frozen=True, slots=True)
class TailedLine:
    """The raw bytes of a line (at most a little over 1 MB of it), and where it begins."""

    file: str
    offset: int
    raw: bytes


class Positions:
    """The positions of one source's files, in a file of their own; replaced whole, so never half written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, Position]:
        """By inode; empty where nothing was saved, or what was saved cannot be read."""
        try:
            saved = json.loads(self._path.read_text(encoding="utf-8"))
            return {one["inode"]: Position(**one) for one in saved}
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return {}

    def save(self, positions: Sequence[Position]) -> None:
        """Keep them; durable before this returns."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            json.dump([asdict(one) for one in positions], file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


class Tailer:
    """The files of some globs. `read` gives new lines, `commit` notes that they are safe.

    What lies below a `forbidden` folder is never read, whatever links lead there.
    """

    def __init__(self, patterns: Sequence[str], positions: Positions, forbidden: Sequence[Path] = ()) -> None:
        self._patterns = tuple(patterns)
        self._forbidden = tuple(folder.resolve() for folder in forbidden)
        self._store = positions
        self._known = positions.load()
        self._files: dict[str, BinaryIO] = {}
        self._matched: set[str] = set()

    def scan(self) -> None:
        """Look for new files; files that were rotated away are still read to their end."""
        found: dict[str, str] = {}
        for pattern in self._patterns:
            for path in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 (absolute patterns)
                inode = _inode_of(path)
                if inode and not self._is_forbidden(path):
                    found.setdefault(inode, path)
        for inode, path in found.items():
            if inode not in self._files:
                self._open(inode, path)
        self._reopen_rotated(found)
        self._matched = set(found)

    def _is_forbidden(self, path: str) -> bool:
        real = Path(path).resolve()
        return any(real.is_relative_to(folder) for folder in self._forbidden)

    def _reopen_rotated(self, found: dict[str, str]) -> None:
        """After a restart: files known from before that no pattern matches any more, under their new names."""
        for inode in [one for one in self._known if one not in found and one not in self._files]:
            position = self._known[inode]
            folder = Path(position.path).parent
            siblings = [path for path in (folder.iterdir() if folder.is_dir() else ()) if _inode_of(str(path)) == inode]
            if siblings and _head(siblings[0], position.head_bytes) == position.head:
                self._open(inode, str(siblings[0]))
            else:
                del self._known[inode]

    def _open(self, inode: str, path: str) -> None:
        try:
            file = Path(path).open("rb")  # noqa: SIM115 (held open on purpose: the name may move to another file)
        except OSError:
            return
        position = self._known.get(inode)
        if position is None or _head(Path(path), position.head_bytes) != position.head:
            self._known[inode] = Position(inode, path, 0, "", 0)
        else:
            position.path = path
        self._files[inode] = file

    def read(self) -> Iterator[TailedLine]:
        """Up to 2,000 lines that are complete and were not given before; a rotated file's last line need not end."""
        given = 0
        for inode in list(self._files):
            for line in self._read_file(inode):
                yield line
                given += 1
                if given >= _BATCH_LINES:
                    return

    def _read_file(self, inode: str) -> Iterator[TailedLine]:
        file, position = self._files[inode], self._known[inode]
        size = os.fstat(file.fileno()).st_size
        if size < position.offset or (position.head_bytes and _head_of(file, position.head_bytes) != position.head):
            position.offset, position.head, position.head_bytes, position.skipping = 0, "", 0, False
        gone = inode not in self._matched
        while position.offset < size:
            file.seek(position.offset)
            raw = file.readline(MAX_LINE_BYTES + 2)
            ended = raw.endswith(b"\n")
            if not ended and len(raw) <= MAX_LINE_BYTES and not gone:
                break
            self._advance(file, position, len(raw))
            was_skipping, position.skipping = position.skipping, not ended and len(raw) > MAX_LINE_BYTES
            if not was_skipping and raw.strip():
                yield TailedLine(position.path, position.offset - len(raw), raw)
        if gone and position.offset >= size:
            file.close()
            del self._files[inode]

    def _advance(self, file: BinaryIO, position: Position, count: int) -> None:
        position.offset += count
        if position.head_bytes < _HEAD_BYTES:
            position.head_bytes = min(position.offset, _HEAD_BYTES)
            position.head = _head_of(file, position.head_bytes)

    def commit(self) -> None:
        """Everything that `read` gave is safe elsewhere: a restart goes on after it."""
        for inode in [one for one in self._known if one not in self._files and one not in self._matched]:
            del self._known[inode]
        self._store.save(list(self._known.values()))

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()


def _inode_of(path: str) -> str:
    """Device and inode of a regular file; "" for anything else, or nothing."""
    try:
        found = Path(path).stat()
    except OSError:
        return ""
    return f"{found.st_dev}:{found.st_ino}" if Path(path).is_file() else ""


def _head(path: Path, count: int) -> str:
    try:
        with path.open("rb") as file:
            return _head_of(file, count)
    except OSError:
        return ""


def _head_of(file: BinaryIO, count: int) -> str:
    """What the first `count` bytes of a file are, as a short text; "" for none."""
    if not count:
        return ""
    file.seek(0)
    return hashlib.blake2b(file.read(count), digest_size=12).hexdigest()
