"""Opens zip files that come from strangers: sizes are checked before anything is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ingestion.parsing.model import Source
from retrieval.errors import RejectedError

_MB = 1024 * 1024
_SMALL = 10 * _MB
"""A member below this size may be packed as well as it likes: long runs of zeros are common in small ones."""


class Archive:
    """A zip file whose members fit the limits. Reading raises RejectedError where a member is damaged."""

    def __init__(self, source: Source, kind: str) -> None:
        self._source = source
        self._kind = kind
        try:
            self._zip = zipfile.ZipFile(source.path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise source.broken(kind) from error
        self._members = {info.filename.lstrip("/"): info for info in self._zip.infolist()}
        self._check()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    @property
    def names(self) -> list[str]:
        """The members' names in the order of the archive."""
        return list(self._members)

    def read(self, name: str) -> bytes:
        """The bytes of one member, never more than it declared.

        Raises:
            RejectedError: it is not there, damaged, or longer than declared.
        """
        info = self._members.get(name)
        if info is None:
            raise self._source.broken(self._kind)
        try:
            with self._zip.open(info) as member:
                data = member.read(info.file_size + 1)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
            raise self._source.broken(self._kind) from error
        except Exception as error:
            if type(error).__module__ in {"zlib", "_lzma"}:
                raise self._source.broken(self._kind) from error
            raise
        if len(data) > info.file_size:
            raise self._source.broken(self._kind)
        return data

    def _check(self) -> None:
        limits, name = self._source.limits, self._source.filename
        if len(self._members) > limits.members:
            raise RejectedError(f"{name} holds {len(self._members):,} files inside; the limit is {limits.members:,}")
        total = sum(info.file_size for info in self._members.values())
        if total > limits.expanded_mb * _MB:
            raise RejectedError(
                f"{name} would unpack to {total // _MB:,} MB; the limit is {limits.expanded_mb:,} MB (a zip bomb?)"
            )
        for info in self._members.values():
            if info.flag_bits & 1:
                raise RejectedError(f"{name} is protected by a password")
            if info.file_size > _SMALL and info.file_size > limits.ratio * max(info.compress_size, 1):
                raise RejectedError(
                    f"{name} holds a part that unpacks to {info.file_size // max(info.compress_size, 1):,} times its "
                    f"size; the limit is {limits.ratio} (a zip bomb?)"
                )


def member_names(path: Path) -> list[str]:
    """The names inside a zip file; none where it cannot be opened as one."""
    try:
        with zipfile.ZipFile(path) as opened:
            return [info.filename.lstrip("/") for info in opened.infolist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []
