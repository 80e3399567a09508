"""The chain of audit entries: pure. Each entry's hash covers the one before; a signature covers the last.

Who can write to the database but does not have SECRET_KEY can neither change, remove, insert nor reorder entries, nor
cut the end off, without `breaks` finding it. Restoring an old head together with the entries of that time is found by
holding a head that was noted elsewhere against the log (`freshet audit verify --head`).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

BEGINNING = "0" * 64
"""The `previous_hash` of the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done: `object` is what it was done to, `detail` never holds a secret or question text."""

    tenant: str
    sequence: int
    at: datetime
    actor: str
    action: str
    object: str
    detail: Mapping[str, Any]
    previous_hash: str

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the canonical JSON of every field, the hash before included."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        fields["at"] = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return hashlib.sha256(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a tenant: `sequence` 0 before the first."""

    tenant: str
    sequence: int = 0
    hash: str = BEGINNING

    def signature(self, secret: str) -> str:
        """HMAC-SHA-256 (hex) by SECRET_KEY."""
        key = hashlib.sha256(b"freshet audit head\0" + secret.encode()).digest()
        return hmac.new(key, f"{self.tenant}\n{self.sequence}\n{self.hash}".encode(), "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """Where the log is not what was written: `kind` is changed, removed, inserted, reordered or head."""

    sequence: int
    kind: str
    reason: str


def breaks(head: Head | None, signature: str, secret: str, stored: Iterable[tuple[Entry, str]]) -> Iterator[Break]:
    """What is wrong with the entries of a tenant (in their order, each with its stored hash); nothing when all is well.

    A changed entry shows at itself; those after it are held against the stored hashes, so that one change is one break.
    """
    expected, previous = 1, BEGINNING
    for entry, stored_hash in stored:
        if entry.sequence != expected:
            missing = (
                f"entry {expected}" if entry.sequence == expected + 1 else f"entries {expected} to {entry.sequence - 1}"
            )
            yield Break(expected, "removed", f"{missing} not there")
        elif entry.previous_hash != previous:
            yield Break(entry.sequence, "reordered", "it does not follow the entry before it: inserted or reordered")
        if entry.digest != stored_hash:
            yield Break(entry.sequence, "changed", "its content is not what was written")
        expected, previous = entry.sequence + 1, stored_hash
    yield from _end(head, signature, secret, Head("", expected - 1, previous))


def _end(head: Head | None, signature: str, secret: str, found: Head) -> Iterator[Break]:
    if head is None:
        if found.sequence:
            yield Break(found.sequence, "head", "the head is not there")
        return
    if not hmac.compare_digest(head.signature(secret), signature):
        yield Break(head.sequence, "head", "the head is not signed by this SECRET_KEY")
    if found.sequence < head.sequence:
        yield Break(
            found.sequence + 1, "removed", f"the log ends at {found.sequence}, but {head.sequence} were written"
        )
    elif found.sequence > head.sequence:
        yield Break(
            head.sequence + 1, "inserted", f"{head.sequence} were written, but the log ends at {found.sequence}"
        )
    elif found.hash != head.hash:
        yield Break(head.sequence, "changed", "the last entry is not the one that was written")
