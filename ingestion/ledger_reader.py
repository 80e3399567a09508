"""The read side of the ledger: which candidates may be shown, and the text of a version; asynchronous, for the API."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from retrieval.access import Access
from retrieval.errors import UnavailableError
from retrieval.model import Candidate, Passage

VISIBLE = """
l.tenant = :tenant AND l.index_version > 0 AND l.shown_readers && CAST(:principals AS text[])
AND l.seen_readers && CAST(:principals AS text[])
AND NOT EXISTS (SELECT 1 FROM uploads f WHERE f.document_id = l.document_id
                AND (f.state = 'deleted' OR NOT f.readers && CAST(:principals AS text[])))
"""
"""What a row `l` of the ledger must fulfil to be shown to `:principals` of `:tenant`; an uploaded file's own row, which
its editors change directly, has a say too."""

_KEEP = text(f"""
SELECT document_id, source, key, kind, title, url, language, version, index_version, updated_at
FROM ledger l WHERE index_name = :index AND document_id = ANY(:ids) AND {VISIBLE}
""")  # noqa: S608 (constant text)

_TEXT = text(f"""
SELECT t.version, t.title, t.text FROM document_texts t
WHERE t.document_id = :id AND t.version <= :version AND t.readers && CAST(:principals AS text[])
  AND EXISTS (
    SELECT 1 FROM ledger l WHERE index_name = :index AND document_id = :id AND version >= :version AND {VISIBLE}
  )
ORDER BY t.version DESC LIMIT 1
""")  # noqa: S608 (constant text)

_READABLE = text(f"""
SELECT document_id FROM ledger l WHERE index_name = :index AND document_id = ANY(:ids) AND {VISIBLE}
""")  # noqa: S608 (constant text)

_AS_OF = text("SELECT source, as_of FROM source_progress WHERE tenant = :tenant ORDER BY source")
_ACTIVE = text("SELECT name FROM indexes WHERE state = 'active'")


@dataclass(frozen=True, slots=True)
class VersionText:
    """The cleaned text of one version of a document, as citations quote it."""

    document_id: str
    version: int
    title: str
    text: str


class LedgerReader:
    """Asks the ledger of one index; every method raises `UnavailableError` when PostgreSQL does not answer."""

    def __init__(self, engine: AsyncEngine, index_name: str) -> None:
        self._engine = engine
        self._index = index_name

    async def keep(self, candidates: Sequence[Candidate], access: Access) -> list[Passage]:
        """Those candidates that are current and that `access` may read, as passages in the same order."""
        if not candidates:
            return []
        ids = sorted({candidate.document_id for candidate in candidates})
        rows = await self._rows(_KEEP, {"ids": ids, **self._who(access)})
        visible = {row.document_id: row for row in rows}
        return [
            Passage(
                document_id=row.document_id,
                source=row.source,
                key=row.key,
                kind=row.kind,
                title=row.title,
                text=candidate.text,
                score=candidate.score,
                version=row.version,
                url=row.url,
                language=row.language,
                updated_at=row.updated_at,
                start=candidate.start,
                end=candidate.end,
                heading=candidate.heading,
                page=candidate.page,
                similarity=candidate.similarity,
                context_similarity=candidate.context_similarity,
                lexical=candidate.lexical,
            )
            for candidate in candidates
            if (row := visible.get(candidate.document_id)) and row.index_version == candidate.index_version
        ]

    async def text(self, document_id: str, version: int | None, access: Access) -> VersionText | None:
        """The text of a version (None: the newest); None where it is unknown or `access` may not read it."""
        newest = 2**62 if version is None else version
        if version is None:
            rows = await self._rows(_KEEP, {"ids": [document_id], **self._who(access)})
            if not rows:
                return None
            newest = rows[0].version
        found = await self._rows(_TEXT, {"id": document_id, "version": newest, **self._who(access)})
        if not found:
            return None
        return VersionText(document_id, newest, found[0].title, found[0].text)

    async def readable(self, document_ids: Collection[str], access: Access) -> set[str]:
        """Those of the documents that are there and that `access` may read now."""
        if not document_ids:
            return set()
        rows = await self._rows(_READABLE, {"ids": sorted(document_ids), **self._who(access)})
        return {row.document_id for row in rows}

    async def as_of(self, tenant: str) -> dict[str, datetime]:
        """Per source of the tenant: the index had followed it up to then."""
        return {row.source: row.as_of for row in await self._rows(_AS_OF, {"tenant": tenant})}

    def _who(self, access: Access) -> dict[str, object]:
        return {"index": self._index, "tenant": access.tenant, "principals": sorted(access.principals)}

    async def _rows(self, statement: TextClause, values: Mapping[str, object]) -> Sequence[Row[Any]]:
        return await _rows(self._engine, statement, values)


async def active_index(engine: AsyncEngine) -> str | None:
    """Name of the index that serves searches; None before the first indexing job has started.

    Raises:
        UnavailableError: PostgreSQL does not answer.
    """
    rows = await _rows(engine, _ACTIVE, {})
    return str(rows[0].name) if rows else None


async def _rows(engine: AsyncEngine, statement: TextClause, values: Mapping[str, object]) -> Sequence[Row[Any]]:
    try:
        async with engine.connect() as connection:
            result = await connection.execute(statement, values)
            return list(result.all())
    except (OperationalError, InterfaceError, OSError) as error:
        raise UnavailableError("PostgreSQL", f"PostgreSQL does not answer: {error}") from None
