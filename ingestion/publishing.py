"""Publishing whose deletes and readers are in force when it returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Engine

from ingestion.knowledge import OutgoingRecord, StoredRecord, newest_epoch
from ingestion.ledger import Ledger
from ingestion.receiving import read_changes


class RecordWriter(Protocol):
    """Writes records to `knowledge` and returns once Kafka has acknowledged them; blocks."""

    def publish(self, records: Sequence[OutgoingRecord]) -> list[StoredRecord]:
        """All `records`, in order, as they now lie in the topic."""


class EffectivePublisher:
    """Publishes, then tells every index's ledger which versions are on their way; blocks.

    Who asked for a delete or a revocation may rely on it from then on: what was published before, and is not indexed
    yet, can no longer show itself to anyone who lost it.
    """

    def __init__(self, writer: RecordWriter, engine: Engine) -> None:
        self._writer = writer
        self._engine = engine
        self._ledger = Ledger(engine, "")

    def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """All `records`, in order.

        Raises:
            RejectedError: a record is larger than the topic takes.
            UnavailableError: Kafka or PostgreSQL does not answer; some may be written, publishing again is safe.
        """
        stored = self._writer.publish(records)
        with self._engine.connect() as connection:
            epoch = newest_epoch(connection)
        self._ledger.receive(read_changes(stored, epoch).changes)
