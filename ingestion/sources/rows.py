"""The rows of the table `sources`, and what the controller writes beside them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, text, update
from sqlalchemy.exc import InterfaceError, OperationalError

from ingestion.sources.jobs import JobMemory
from ingestion.sources.names import SourceNames
from ingestion.tables import sources
from retrieval.errors import UnavailableError

_AS_OF = text("""
INSERT INTO source_progress AS p (tenant, source, as_of) VALUES (:tenant, :source, :as_of)
ON CONFLICT (tenant, source) DO UPDATE SET as_of = greatest(p.as_of, excluded.as_of)
""")
_COUNTS = text("""
SELECT (SELECT count(*) FROM ledger l JOIN indexes i ON i.name = l.index_name AND i.state = 'active'
        WHERE l.tenant = :tenant AND l.source = :source AND l.index_version > 0) AS documents,
       (SELECT count(*) FROM dead_letters
        WHERE tenant = :tenant AND source = :source AND state = 'open') AS dead_letters,
       (SELECT as_of FROM source_progress WHERE tenant = :tenant AND source = :source) AS as_of
""")
_RENEW = text("""
UPDATE sources SET generation = generation + 1, updated_at = now()
WHERE tenant = :tenant AND name = :source AND generation = :generation AND desired = 'active'
""")
_FORGET = (
    text("DELETE FROM source_progress WHERE tenant = :tenant AND source = :source"),
    text("DELETE FROM dead_letters WHERE tenant = :tenant AND source = :source AND version = 0"),
    text("""DELETE FROM sources WHERE tenant = :tenant AND name = :source AND generation = :generation
            AND desired = 'removed'"""),
)


@dataclass(slots=True)
class Memory:
    """What must outlive the controller about one source.

    `generation` is the one that is built (0 for none) from `contract`; `accepted` tells the contract that once worked.
    `tables` is what was discovered for it, `kinds` the documents it makes, `broken` why it cannot make others, `why`
    what happened to the source that made it start over. `leftovers` are older generations not yet cleaned up. `targets`
    are offsets that stand for "caught up", None before they are known; `retired` says that this was reached.
    `purged_at` is when a removed source's documents went.
    """

    generation: int = 0
    contract: str = ""
    accepted: str = ""
    tables: list[dict[str, Any]] = field(default_factory=list)
    publication: str = ""
    kinds: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    job: JobMemory = field(default_factory=JobMemory)
    leftovers: list[int] = field(default_factory=list)
    targets: dict[str, int] | None = None
    retired: bool = False
    renewed_at: float = 0.0
    why: str = ""
    purged_at: float = 0.0


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One declared source: `desired` is active, paused or removed."""

    tenant: str
    source: str
    contract: str
    generation: int
    desired: str
    status: Mapping[str, Any]
    memory: Memory

    @property
    def names(self) -> SourceNames:
        """The names of the wanted generation."""
        return self.names_of(self.generation)

    @property
    def built(self) -> SourceNames:
        """The names of the generation that is built."""
        return self.names_of(self.memory.generation)

    def names_of(self, generation: int) -> SourceNames:
        """The names of any generation."""
        return SourceNames(self.tenant, self.source, generation)


@dataclass(frozen=True, slots=True)
class Counts:
    """What SQL knows of a source: documents shown, open dead letters, and up to when the index had followed it."""

    documents: int
    dead_letters: int
    as_of: str


class Rows:
    """Reads wishes, writes how things are. Raises UnavailableError where PostgreSQL does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[SourceRow]:
        """Every declared source."""
        with self._begin() as connection:
            found = connection.execute(select(sources).order_by(sources.c.tenant, sources.c.name)).all()
        return [_row(row) for row in found]

    def one(self, tenant: str, source: str) -> SourceRow | None:
        """One declared source."""
        which = (sources.c.tenant == tenant) & (sources.c.name == source)
        with self._begin() as connection:
            found = connection.execute(select(sources).where(which)).one_or_none()
        return _row(found) if found is not None else None

    def remember(self, row: SourceRow) -> None:
        """Keep the memory of a source."""
        self._set(row, memory=dataclasses.asdict(row.memory))

    def say(self, row: SourceRow, status: Mapping[str, Any]) -> None:
        """Write the status that everybody may read."""
        self._set(row, status=dict(status))

    def _set(self, row: SourceRow, **values: Any) -> None:
        which = (sources.c.tenant == row.tenant) & (sources.c.name == row.source)
        with self._begin() as connection:
            connection.execute(update(sources).where(which).values(**values))

    def renew(self, row: SourceRow) -> None:
        """Ask for a new generation of the same contract: a fresh snapshot."""
        with self._begin() as connection:
            connection.execute(_RENEW, {"tenant": row.tenant, "source": row.source, "generation": row.generation})

    def forget(self, row: SourceRow) -> None:
        """Delete the row of a removed source, unless it was declared again meanwhile."""
        values = {"tenant": row.tenant, "source": row.source, "generation": row.generation}
        with self._begin() as connection:
            for statement in _FORGET:
                connection.execute(statement, values)

    def counts(self, row: SourceRow) -> Counts:
        """What SQL knows of the source."""
        with self._begin() as connection:
            found = connection.execute(_COUNTS, {"tenant": row.tenant, "source": row.source}).one()
        return Counts(found.documents, found.dead_letters, found.as_of.isoformat() if found.as_of else "")

    def followed(self, row: SourceRow, moment: datetime) -> None:
        """Note that the index has followed the source up to `moment`."""
        values = {"tenant": row.tenant, "source": row.source, "as_of": moment.astimezone(UTC)}
        with self._begin() as connection:
            connection.execute(_AS_OF, values)

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except (OperationalError, InterfaceError) as error:
            raise UnavailableError("PostgreSQL", f"PostgreSQL does not answer: {error.orig}") from None


def _row(row: Any) -> SourceRow:
    return SourceRow(row.tenant, row.name, row.contract, row.generation, row.desired, row.status, _memory(row.memory))


def _memory(values: Mapping[str, Any]) -> Memory:
    known = {item.name for item in dataclasses.fields(Memory)}
    kept = {name: value for name, value in values.items() if name in known}
    return Memory(**{**kept, "job": JobMemory(**kept.get("job", {}))})
