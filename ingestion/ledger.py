"""What is indexed, at which version, for whom: the authority that every search result is checked against.

A document is visible when `index_version` > 0 and the caller holds a principal both in `shown_readers` (of the version
shown) and in `seen_readers` (of the newest version received): a revocation acts before the new text is there, and a
grant never shows the old text to new readers. Every write is conditional on versions, so a stale writer cannot win.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, Engine, TextClause
from sqlalchemy.exc import InterfaceError, OperationalError

from ingestion import ledger_statements as statements
from ingestion.model import KnowledgeChange
from retrieval.errors import UnavailableError
from retrieval.model import Document


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says of a document before a change is applied."""

    document_id: str
    seen_version: int
    seen_readers: tuple[str, ...]
    version: int
    shown_readers: tuple[str, ...]
    index_version: int
    title: str
    change_hash: str


@dataclass(frozen=True, slots=True)
class Unswept:
    """A document of which chunks older than `oldest_kept` may be stored; the rest is how its row stood then."""

    document_id: str
    seen_version: int
    version: int
    index_version: int
    oldest_kept: int


@dataclass(frozen=True, slots=True)
class Applied:
    """A document whose chunks are in the vector store and may now be shown."""

    document: Document
    chunks: int
    change_hash: str
    generation: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A change that could not be applied, with the reason its owner reads; `payload` is the record's value."""

    change: KnowledgeChange
    stage: str
    reason: str
    payload: bytes | None


class Ledger:
    """The write side, synchronous, for one index ("": `receive` alone, for every index); a call is a short transaction.

    Every method raises `UnavailableError` when PostgreSQL does not answer; doing it again is always safe.
    """

    def __init__(self, engine: Engine, index_name: str) -> None:
        self._engine = engine
        self._index = index_name

    def standing(self, document_ids: Sequence[str]) -> dict[str, Standing]:
        """What is known of these documents; unknown ones are absent."""
        with _Transaction(self._engine) as connection:
            rows = connection.execute(statements.STANDING, {"index": self._index, "ids": list(document_ids)}).all()
        return {
            row[0]: Standing(row[0], row[1], tuple(row[2]), row[3], tuple(row[4]), row[5], row[6], row[7])
            for row in rows
        }

    def receive(self, changes: Iterable[KnowledgeChange]) -> None:
        """Let deletes and readers of `changes` (one per document) take effect now; texts follow by `advance`.

        What was published before them and is still on its way can then neither widen the readers nor bring a text back.
        """
        rows = [
            {
                "document_id": change.document_id,
                "tenant": change.tenant,
                "source": change.source,
                "key": change.key,
                "deleted": change.deleted,
                "version": change.version,
                "readers": list(change.readers),
                "source_time": change.source_time.isoformat(),
            }
            for change in changes
        ]
        if not rows:
            return
        with _Transaction(self._engine) as connection:
            names = [self._index] if self._index else [row[0] for row in connection.execute(statements.FOLLOWED)]
            for name in names:
                self._run(connection, statements.RECEIVE, rows, name)

    def advance(self, applied: Sequence[Applied]) -> set[str]:
        """Show these versions; the ids that were shown (the others were overtaken by a newer change or a delete)."""
        rows = [_applied_row(one) for one in applied]
        with _Transaction(self._engine) as connection:
            for one in applied:
                document = one.document
                connection.execute(
                    statements.KEEP_TEXT,
                    {
                        "document_id": document.id,
                        "version": document.version,
                        "tenant": document.tenant,
                        "title": document.title,
                        "text": document.text.replace("\x00", ""),
                        "readers": list(document.readers),
                    },
                )
            shown = {row[0] for row in self._run(connection, statements.ADVANCE, rows)}
            overtaken = [one.document.id for one in applied if one.document.id not in shown]
            if overtaken:
                connection.execute(statements.OVERTAKEN, {"index": self._index, "ids": overtaken})
            newest = _newest_per_source(
                (one.document.tenant, one.document.source, one.document.updated_at) for one in applied
            )
            for (tenant, source), as_of in newest.items():
                connection.execute(statements.PROGRESS, {"tenant": tenant, "source": source, "as_of": as_of})
        return shown

    def move(self, changes: Sequence[KnowledgeChange]) -> None:
        """Only the version moves: nothing else of these changes is new."""
        rows = [
            {
                "document_id": change.document_id,
                "version": change.version,
                "generation": change.generation,
                "source_time": change.source_time.isoformat(),
            }
            for change in changes
        ]
        with _Transaction(self._engine) as connection:
            self._run(connection, statements.MOVE, rows)

    def end(self, changes: Sequence[KnowledgeChange], state: str, letters: Sequence[DeadLetter] = ()) -> None:
        """Close changes that show nothing: `deleted`, `dropped` by a rule, or `rejected` (the old text stays shown)."""
        rows = [
            {
                "document_id": change.document_id,
                "version": change.version,
                "state": state,
                "generation": change.generation,
                "source_time": change.source_time.isoformat(),
            }
            for change in changes
        ]
        with _Transaction(self._engine) as connection:
            for letter in letters:
                change = letter.change
                connection.execute(
                    statements.DEAD_LETTER,
                    {
                        "tenant": change.tenant,
                        "source": change.source,
                        "key": change.key,
                        "version": change.version,
                        "stage": letter.stage,
                        "reason": letter.reason.replace("\x00", ""),
                        "payload": letter.payload,
                    },
                )
            self._run(connection, statements.END, rows)

    def unswept(self, limit: int) -> list[Unswept]:
        """Documents of which chunks may be stored that nobody is shown any more; at most `limit`."""
        with _Transaction(self._engine) as connection:
            rows = connection.execute(statements.UNSWEPT, {"index": self._index, "limit": limit}).all()
        return [Unswept(*row) for row in rows]

    def swept(self, documents: Sequence[Unswept]) -> None:
        """Their older chunks are gone; what has changed since stays unswept."""
        with _Transaction(self._engine) as connection:
            self._run(connection, statements.SWEPT, [asdict(one) for one in documents])

    def forget_deleted(self, after_seconds: float = 60.0) -> None:
        """Remove the texts of documents deleted for so long.

        Nobody may read them meanwhile. A join takes a row back before it gives its new form: texts of a document that
        is there again must not be lost by that, since citations of its earlier versions quote them.
        """
        with _Transaction(self._engine) as connection:
            connection.execute(statements.FORGET_TEXTS, {"index": self._index, "seconds": after_seconds})

    def keys_before(self, tenant: str, source: str, generation: int) -> list[str]:
        """Keys of the source's documents that no contract since `generation` has produced."""
        with _Transaction(self._engine) as connection:
            rows = connection.execute(
                statements.OLDER, {"index": self._index, "tenant": tenant, "source": source, "generation": generation}
            )
            return [row[0] for row in rows]

    def _run(
        self, connection: Connection, statement: TextClause, rows: Sequence[dict[str, object]], index: str = ""
    ) -> list[tuple[str, ...]]:
        if not rows:
            return []
        ordered = sorted(rows, key=lambda row: str(row["document_id"]))
        result = connection.execute(statement, {"index": index or self._index, "rows": orjson.dumps(ordered).decode()})
        return [tuple(row) for row in result] if result.returns_rows else []


class _Transaction:
    """`engine.begin()` whose connection failures come out as `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._context = engine.begin()

    def __enter__(self) -> Connection:
        try:
            return self._context.__enter__()
        except (OperationalError, InterfaceError) as error:
            raise UnavailableError("PostgreSQL", f"PostgreSQL does not answer: {error.orig}") from None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            self._context.__exit__(kind, error, trace)  # type: ignore[arg-type]
        except (OperationalError, InterfaceError) as failure:
            raise UnavailableError("PostgreSQL", f"PostgreSQL does not answer: {failure.orig}") from None
        if isinstance(error, OperationalError | InterfaceError):
            raise UnavailableError("PostgreSQL", f"PostgreSQL does not answer: {error.orig}") from None


def _applied_row(one: Applied) -> dict[str, object]:
    document = one.document
    return {
        "document_id": document.id,
        "tenant": document.tenant,
        "source": document.source,
        "key": document.key,
        "kind": document.kind,
        "title": document.title.replace("\x00", ""),
        "url": document.url.replace("\x00", ""),
        "language": document.language,
        "metadata": {name: value.replace("\x00", "") for name, value in document.metadata.items()},
        "state": "shown",
        "version": document.version,
        "readers": list(document.readers),
        "index_version": document.version,
        "chunks": one.chunks,
        "change_hash": one.change_hash,
        "generation": one.generation,
        "updated_at": document.updated_at.isoformat(),
    }


def _newest_per_source(moments: Iterable[tuple[str, str, datetime]]) -> dict[tuple[str, str], datetime]:
    newest: dict[tuple[str, str], datetime] = {}
    for tenant, source, moment in moments:
        newest[tenant, source] = max(moment, newest.get((tenant, source), moment))
    return dict(sorted(newest.items()))
