"""What is indexed, at which version, for whom: the authority that every search result is checked against.

A document is visible when `index_version` > 0 and the caller holds a principal both in `shown_readers` (of the version
shown) and in `seen_readers` (of the newest version received): a revocation acts before the new text is there, and a
grant never shows the old text to new readers. Every write is conditional on versions, so a stale writer cannot win.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import InterfaceError, OperationalError

from ingestion.model import KnowledgeChange
from retrieval.errors import UnavailableError
from retrieval.model import Document

_STANDING = text("""
SELECT document_id, seen_version, seen_readers, version, shown_readers, index_version, title, change_hash
FROM ledger WHERE index_name = :index AND document_id = ANY(:ids)
""")

_RECEIVE = text("""
INSERT INTO ledger AS l (index_name, document_id, tenant, source, key, state, seen_version, seen_readers,
                         deleted_version, updated_at)
SELECT :index, r.document_id, r.tenant, r.source, r.key, CASE WHEN r.deleted THEN 'deleted' ELSE 'pending' END,
       r.version, ARRAY(SELECT jsonb_array_elements_text(r.readers)), CASE WHEN r.deleted THEN r.version ELSE 0 END,
       r.source_time
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(document_id text, tenant text, source text, key text,
     deleted boolean, version bigint, readers jsonb, source_time timestamptz)
ON CONFLICT (index_name, document_id) DO UPDATE SET
  seen_version = excluded.seen_version,
  seen_readers = excluded.seen_readers,
  deleted_version = greatest(l.deleted_version, excluded.deleted_version),
  state = CASE WHEN excluded.state = 'deleted' THEN 'deleted' WHEN l.index_version = 0 THEN 'pending' ELSE l.state END,
  index_version = CASE WHEN excluded.state = 'deleted' THEN 0 ELSE l.index_version END,
  chunks = CASE WHEN excluded.state = 'deleted' THEN 0 ELSE l.chunks END,
  change_hash = CASE WHEN excluded.state = 'deleted' THEN '' ELSE l.change_hash END,
  updated_at = excluded.updated_at
WHERE l.seen_version < excluded.seen_version
""")

_ADVANCE = text("""
INSERT INTO ledger AS l (index_name, document_id, tenant, source, key, kind, title, url, language, metadata, state,
    seen_version, seen_readers, version, shown_readers, index_version, chunks, change_hash, generation, updated_at)
SELECT :index, r.document_id, r.tenant, r.source, r.key, r.kind, r.title, r.url, r.language, r.metadata, r.state,
    r.version,
    ARRAY(SELECT jsonb_array_elements_text(r.readers)), r.version, ARRAY(SELECT jsonb_array_elements_text(r.readers)),
    r.index_version, r.chunks, r.change_hash, r.generation, r.updated_at
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(document_id text, tenant text, source text, key text, kind text,
    title text, url text, language text, metadata jsonb, state text, version bigint, readers jsonb,
    index_version bigint, chunks integer, change_hash text, generation integer, updated_at timestamptz)
ON CONFLICT (index_name, document_id) DO UPDATE SET
  kind = excluded.kind, title = excluded.title, url = excluded.url, language = excluded.language,
  metadata = excluded.metadata, state = excluded.state, version = excluded.version,
  shown_readers = excluded.shown_readers, index_version = excluded.index_version, chunks = excluded.chunks,
  change_hash = excluded.change_hash, generation = excluded.generation, updated_at = excluded.updated_at,
  seen_version = greatest(l.seen_version, excluded.seen_version),
  seen_readers = CASE WHEN l.seen_version <= excluded.seen_version THEN excluded.seen_readers ELSE l.seen_readers END
WHERE l.version < excluded.version AND l.deleted_version < excluded.version
RETURNING document_id
""")

_MOVE = text("""
UPDATE ledger AS l SET version = r.version, seen_version = greatest(l.seen_version, r.version),
    generation = r.generation,
    state = CASE WHEN l.index_version > 0 THEN 'shown' ELSE l.state END
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(document_id text, version bigint, generation integer)
WHERE l.index_name = :index AND l.document_id = r.document_id
  AND l.version < r.version AND l.deleted_version < r.version
""")

_END = text("""
UPDATE ledger AS l SET version = r.version, state = r.state, generation = r.generation,
    seen_version = greatest(l.seen_version, r.version),
    index_version = CASE WHEN r.state = 'rejected' THEN l.index_version ELSE 0 END,
    chunks = CASE WHEN r.state = 'rejected' THEN l.chunks ELSE 0 END,
    change_hash = ''
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(document_id text, version bigint, state text, generation integer)
WHERE l.index_name = :index AND l.document_id = r.document_id AND l.version < r.version
  AND (l.deleted_version < r.version OR r.state = 'deleted')
""")

_KEEP_TEXT = text("""
INSERT INTO document_texts (document_id, version, tenant, title, text, readers)
VALUES (:document_id, :version, :tenant, :title, :text, :readers) ON CONFLICT DO NOTHING
""")

_PROGRESS = text("""
INSERT INTO source_progress AS p (tenant, source, as_of) VALUES (:tenant, :source, :as_of)
ON CONFLICT (tenant, source) DO UPDATE SET as_of = greatest(p.as_of, excluded.as_of)
""")

_DEAD_LETTER = text("""
INSERT INTO dead_letters (tenant, source, key, version, stage, reason, payload)
VALUES (:tenant, :source, :key, :version, :stage, :reason, :payload) ON CONFLICT DO NOTHING
""")

_FOLLOWED = text("SELECT name FROM indexes WHERE state IN ('active', 'building') ORDER BY name")
_FORGET_TEXTS = text("DELETE FROM document_texts WHERE document_id = ANY(:ids)")
_OLDER = text("""
SELECT key FROM ledger WHERE index_name = :index AND tenant = :tenant AND source = :source AND state <> 'deleted'
  AND generation < :generation ORDER BY key
""")


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
            rows = connection.execute(_STANDING, {"index": self._index, "ids": list(document_ids)}).all()
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
        gone = [row["document_id"] for row in rows if row["deleted"]]
        with _Transaction(self._engine) as connection:
            names = [self._index] if self._index else [row[0] for row in connection.execute(_FOLLOWED)]
            for name in names:
                self._run(connection, _RECEIVE, rows, name)
            if gone:
                connection.execute(_FORGET_TEXTS, {"ids": gone})

    def advance(self, applied: Sequence[Applied]) -> set[str]:
        """Show these versions; the ids that were shown (the others were overtaken by a newer change or a delete)."""
        rows = [_applied_row(one) for one in applied]
        with _Transaction(self._engine) as connection:
            for one in applied:
                document = one.document
                connection.execute(
                    _KEEP_TEXT,
                    {
                        "document_id": document.id,
                        "version": document.version,
                        "tenant": document.tenant,
                        "title": document.title,
                        "text": document.text.replace("\x00", ""),
                        "readers": list(document.readers),
                    },
                )
            shown = {row[0] for row in self._run(connection, _ADVANCE, rows)}
            newest = _newest_per_source(
                (one.document.tenant, one.document.source, one.document.updated_at) for one in applied
            )
            for (tenant, source), as_of in newest.items():
                connection.execute(_PROGRESS, {"tenant": tenant, "source": source, "as_of": as_of})
        return shown

    def move(self, changes: Sequence[KnowledgeChange]) -> None:
        """Only the version moves: nothing else of these changes is new."""
        rows = [
            {"document_id": change.document_id, "version": change.version, "generation": change.generation}
            for change in changes
        ]
        with _Transaction(self._engine) as connection:
            self._run(connection, _MOVE, rows)

    def end(self, changes: Sequence[KnowledgeChange], state: str, letters: Sequence[DeadLetter] = ()) -> None:
        """Close changes that show nothing: `deleted`, `dropped` by a rule, or `rejected` (the old text stays shown)."""
        rows = [
            {
                "document_id": change.document_id,
                "version": change.version,
                "state": state,
                "generation": change.generation,
            }
            for change in changes
        ]
        with _Transaction(self._engine) as connection:
            for letter in letters:
                change = letter.change
                connection.execute(
                    _DEAD_LETTER,
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
            self._run(connection, _END, rows)

    def keys_before(self, tenant: str, source: str, generation: int) -> list[str]:
        """Keys of the source's documents that no contract since `generation` has produced."""
        with _Transaction(self._engine) as connection:
            rows = connection.execute(
                _OLDER, {"index": self._index, "tenant": tenant, "source": source, "generation": generation}
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
