"""From records of `knowledge` to changes, and what of them takes effect before any text is indexed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingestion.knowledge import StoredRecord, read_change
from ingestion.ledger import DeadLetter, Ledger, Standing
from ingestion.model import REBUILT, KnowledgeChange
from retrieval.errors import RejectedError


def take_effect(ledger: Ledger, changes: Sequence[KnowledgeChange], standing: dict[str, Standing]) -> None:
    """Let deletes, changed readers and first sights of documents take effect in the ledger, before anything else."""
    urgent = []
    for change in changes:
        known = standing.get(change.document_id)
        if (
            known is None
            or change.deleted
            or known.index_version == 0
            or set(known.seen_readers) != set(change.readers)
        ):
            urgent.append(change)
    ledger.receive(urgent)


@dataclass(frozen=True, slots=True)
class Received:
    """A batch as it was read: the newest change of each document, what it read, and letters for the unreadable."""

    changes: tuple[KnowledgeChange, ...]
    payloads: dict[str, bytes | None]
    letters: tuple[DeadLetter, ...]


def read_changes(records: Sequence[StoredRecord], epoch: int) -> Received:
    """Read a batch; of several changes of one document only the newest counts."""
    newest: dict[str, KnowledgeChange] = {}
    payloads: dict[str, bytes | None] = {}
    letters: list[DeadLetter] = []
    for record in records:
        try:
            change = read_change(record, epoch)
        except RejectedError as error:
            letters.append(_unreadable(record, epoch, error))
            continue
        known = newest.get(change.document_id)
        if known is None or known.version < change.version:
            newest[change.document_id] = _rebuilt_as(known, change)
            payloads[change.document_id] = record.value
    return Received(tuple(newest.values()), payloads, tuple(letters))


def _rebuilt_as(overtaken: KnowledgeChange | None, change: KnowledgeChange) -> KnowledgeChange:
    """`change`, with the wish for new vectors that the change it overtakes may have carried."""
    if overtaken is None or change.deleted or REBUILT not in overtaken.metadata:
        return change
    return replace(change, metadata={REBUILT: overtaken.metadata[REBUILT], **change.metadata})


def _unreadable(record: StoredRecord, epoch: int, error: RejectedError) -> DeadLetter:
    stand_in = StoredRecord(record.key, None, record.partition, record.offset, record.timestamp_ms)
    try:
        change = read_change(stand_in, epoch)
    except RejectedError:
        named = (record.key or b"no key").decode("utf-8", "replace")
        stand_in = StoredRecord(
            b"unknown/unknown/" + named.encode(), None, record.partition, record.offset, record.timestamp_ms
        )
        change = read_change(stand_in, epoch)
    return DeadLetter(change, "read", error.message, record.value)
