"""Whether a source database still is what the contract was built on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ingestion.sources.connection import DatabaseAddress
from ingestion.sources.contract import read_contract
from ingestion.sources.discover import discover
from ingestion.sources.model import DatabaseOrigin
from ingestion.sources.rows import SourceRow
from ingestion.sources.slots import SlotState, slot_state
from ingestion.sources.snapshots import changes, from_plain
from retrieval.errors import RejectedError, UnavailableError

_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Health:
    """`message` says what is wrong ("" when nothing is), `renew` why a fresh snapshot is needed ("" when none is)."""

    reachable: bool = True
    message: str = ""
    notes: tuple[str, ...] = ()
    slot_bytes: int | None = None
    renew: str = ""


class HealthCheck:
    """Asks the database every ten seconds; in between the last answer stands."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._due = 0.0
        self._last = Health()

    def reset(self) -> None:
        """Forget what was found: another generation has begun."""
        self._due, self._last = 0.0, Health()

    def look(self, row: SourceRow, origin: DatabaseOrigin, address: DatabaseAddress) -> tuple[bool, Health]:
        """(whether the database was asked just now, how it is)."""
        if self._now() < self._due:
            return False, self._last
        self._due = self._now() + _SECONDS
        try:
            found = discover(address, origin.tables, row.built.publication)
            slot = slot_state(address, row.built.slot) if address.dialect == "postgresql" else None
        except (UnavailableError, RejectedError) as error:
            self._last = Health(reachable=False, message=error.message)
            return True, self._last
        documents = read_contract(row.memory.contract).documents
        grave, light = changes(from_plain(row.memory.tables), found.tables, documents)
        if address.dialect == "postgresql" and row.memory.targets is not None and _is_lost(slot):
            grave.append(f"replication slot {row.built.slot} is gone, changes may have been missed")
        if row.memory.broken:
            grave += light  # what was missing may be there now
        self._last = Health(
            message="; ".join(found.problems),
            notes=(*found.notes, *light),
            slot_bytes=slot.behind if slot else None,
            renew="; ".join(grave),
        )
        return True, self._last


def _is_lost(slot: SlotState | None) -> bool:
    return slot is None or slot.lost
