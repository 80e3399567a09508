"""A small reader of OLE compound files (Word 97, Outlook messages): the directory and whole streams.

After [MS-CFB]: sectors in chains, small streams inside the root's own stream.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ingestion.parsing.model import Source

_FREE = 0xFFFFFFFA
"""Sector numbers from here on mean: end of chain, free, or used by the tables themselves."""

_NONE = 0xFFFFFFFF
_ENTRY = 128
_STORAGE, _STREAM, _ROOT = 1, 2, 5


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class OleFile:
    """The streams of a compound file by path (`storage/stream`). Raises RejectedError where it is damaged."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._data = source.path.read_bytes()
        try:
            self._open()
        except (struct.error, IndexError, ValueError, RecursionError) as error:
            raise source.broken("OLE document") from error

    @property
    def root_names(self) -> set[str]:
        """Names of the streams and storages at the top."""
        return {path for path in self._paths if "/" not in path}

    @property
    def names(self) -> list[str]:
        """Paths of all streams and storages."""
        return list(self._paths)

    def read(self, path: str) -> bytes:
        """The bytes of a stream; b"" where there is none of that path."""
        entry = self._paths.get(path)
        if entry is None or entry.kind != _STREAM:
            return b""
        try:
            if entry.size < self._cutoff:
                return self._chain(entry.start, self._small_fat, self._mini, self._mini_size)[: entry.size]
            return self._chain(entry.start, self._fat, self._data[self._size :], self._size)[: entry.size]
        except (struct.error, IndexError, ValueError) as error:
            raise self._source.broken("OLE document") from error

    def _open(self) -> None:
        data = self._data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise ValueError("sector size")
        self._size, self._mini_size = 1 << shift, 1 << mini_shift
        directory, _, self._cutoff, mini_fat, _, difat, difat_count = struct.unpack_from("<IIIIIII", data, 48)
        sectors = list(struct.unpack_from("<109I", data, 76))
        per_sector = self._size // 4
        for _ in range(min(difat_count, len(data) // self._size)):
            if difat >= _FREE:
                break
            block = struct.unpack_from(f"<{per_sector}I", data, (difat + 1) * self._size)
            sectors += block[:-1]
            difat = block[-1]
        self._fat: list[int] = []
        for sector in sectors:
            if sector < _FREE:
                self._fat += struct.unpack_from(f"<{per_sector}I", data, (sector + 1) * self._size)
        body = data[self._size :]
        table = self._chain(mini_fat, self._fat, body, self._size)
        self._small_fat = list(struct.unpack(f"<{len(table) // 4}I", table))
        listing = self._chain(directory, self._fat, body, self._size)
        entries = [_entry(listing, at) for at in range(0, len(listing) - _ENTRY + 1, _ENTRY)]
        root = entries[0]
        self._mini = self._chain(root.start, self._fat, body, self._size)
        self._paths: dict[str, _Entry] = {}
        self._walk(entries, root.child, "")

    def _chain(self, start: int, fat: list[int], body: bytes, size: int) -> bytes:
        """The sectors from `start` on, joined; a chain that runs in a circle is an error."""
        parts: list[bytes] = []
        sector = start
        while sector < _FREE:
            if len(parts) > len(fat):
                raise ValueError("circular chain")
            parts.append(body[sector * size : (sector + 1) * size])
            sector = fat[sector]
        return b"".join(parts)

    def _walk(self, entries: list[_Entry], first: int, folder: str) -> None:
        waiting, seen = [(first, folder)], set()
        while waiting:
            number, inside = waiting.pop()
            if number == _NONE or number >= len(entries) or number in seen:
                continue
            seen.add(number)
            entry = entries[number]
            waiting += [(entry.left, inside), (entry.right, inside)]
            path = inside + entry.name
            self._paths[path] = entry
            if entry.kind == _STORAGE:
                waiting.append((entry.child, path + "/"))


def _entry(listing: bytes, at: int) -> _Entry:
    length, kind = struct.unpack_from("<HB", listing, at + 64)
    name = listing[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
    left, right, child = struct.unpack_from("<III", listing, at + 68)
    start, size = struct.unpack_from("<IQ", listing, at + 116)
    return _Entry(name, kind, left, right, child, start, size & 0xFFFFFFFF)
