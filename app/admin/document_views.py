"""Documents as the API shows them: the ledger of the active index joined with the uploads, in SQL.

Readers see what the ledger shows them now. Editors and administrators see every document of their tenant, and with it
how it is doing (see `app.auth`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.callers import Caller
from ingestion.ledger_reader import VISIBLE

FINAL_STATES = frozenset({"ready", "failed", "dropped", "deleted"})
STATES = ("queued", "parsing", "indexing", "ready", "failed", "dropped", "deleted")
"""Of a document, in the order it goes through them; the last four are final until something changes it."""


class DocumentView(BaseModel):
    """One document. The fields from `readers` on are there for editors and administrators only."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    source: str
    key: str
    kind: str
    title: str
    url: str
    language: str
    state: str
    version: int
    updated_at: datetime
    filename: str | None = None
    size_bytes: int | None = None
    content_type: str | None = None
    readers: list[str] | None = None
    reason: str | None = None
    progress: dict[str, Any] | None = None
    chunks: int | None = None
    revision: int | None = None
    sha256: str | None = None
    metadata: dict[str, str] | None = None
    uploaded_by: str | None = None

    @model_serializer(mode="wrap")
    def _without_what_is_not_for_the_caller(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in write(self).items() if value is not None}


_MANAGED = {"readers", "reason", "progress", "chunks", "revision", "sha256", "metadata", "uploaded_by"}

STATE = """
CASE WHEN u.state IN ('queued', 'parsing', 'failed') THEN u.state
     WHEN l.document_id IS NULL OR l.updated_at < u.updated_at OR l.version < l.seen_version THEN 'indexing'
     WHEN l.state = 'shown' THEN 'ready'
     WHEN l.state = 'rejected' THEN 'failed'
     WHEN l.state = 'pending' THEN 'indexing'
     ELSE l.state END
"""
_REASON = """
CASE WHEN coalesce(u.reason, '') <> '' THEN u.reason
     WHEN l.state = 'rejected' THEN (
       SELECT d.reason FROM dead_letters d
       WHERE d.tenant = l.tenant AND d.source = l.source AND d.key = l.key AND d.version <= l.version
       ORDER BY d.id DESC LIMIT 1)
     ELSE '' END
"""
SHOWN = f"""
SELECT l.document_id AS id, l.source, l.key, l.kind,
       CASE WHEN l.title = '' THEN coalesce(nullif(u.title, ''), u.filename, '') ELSE l.title END AS title,
       l.url, l.language, l.index_version AS version, l.updated_at, {STATE} AS state, {_REASON} AS reason,
       coalesce(u.readers, l.seen_readers) AS readers, l.chunks, coalesce(u.metadata, l.metadata) AS metadata,
       u.filename, u.size_bytes, u.content_type, u.progress, u.revision, u.sha256, u.uploaded_by
FROM ledger l LEFT JOIN uploads u ON u.document_id = l.document_id AND u.tenant = l.tenant AND u.state <> 'deleted'
WHERE l.index_name = :index AND l.tenant = :tenant AND l.state <> 'deleted'
  AND (:manages OR ({VISIBLE}))
"""  # noqa: S608 (constant text)
WAITING = f"""
SELECT u.document_id AS id, 'files' AS source, u.key, 'file' AS kind,
       coalesce(nullif(u.title, ''), u.filename) AS title, '' AS url, '' AS language, CAST(0 AS bigint) AS version,
       u.updated_at, {STATE} AS state, u.reason, u.readers, 0 AS chunks, u.metadata,
       u.filename, u.size_bytes, u.content_type, u.progress, u.revision, u.sha256, u.uploaded_by
FROM uploads u LEFT JOIN ledger l ON l.index_name = :index AND l.document_id = u.document_id AND l.state <> 'deleted'
WHERE u.tenant = :tenant AND u.state <> 'deleted' AND l.document_id IS NULL AND :manages
"""  # noqa: S608 (constant text)

_ONE = text(f"""
SELECT * FROM ({SHOWN} AND l.document_id = :id UNION ALL {WAITING} AND u.document_id = :id) AS d
""")  # noqa: S608 (constant text)

_MAY_READ = text(f"""
SELECT u.original, u.filename, u.content_type, u.size_bytes, u.sha256
FROM uploads u LEFT JOIN ledger l ON l.index_name = :index AND l.document_id = u.document_id AND l.state <> 'deleted'
WHERE u.document_id = :id AND u.tenant = :tenant AND u.state <> 'deleted'
  AND u.readers && CAST(:principals AS text[])
  AND (({VISIBLE}) OR (:manages AND coalesce(l.index_version, 0) = 0))
""")  # noqa: S608 (constant text)


async def find_document(engine: AsyncEngine, index: str, caller: Caller, document_id: str) -> DocumentView | None:
    """The document, as far as the caller may know of it; None where the caller may not, or there is none."""
    async with engine.connect() as connection:
        row = (await connection.execute(_ONE, {"id": document_id, **who(index, caller)})).first()
    return view_of(row, caller) if row else None


async def readable_original(engine: AsyncEngine, index: str, caller: Caller, document_id: str) -> Any:
    """Row (original, filename, content_type, size_bytes, sha256) where the caller is a reader, else None.

    Before the document is shown, readers who manage documents may have it: to see why it was left out.
    """
    async with engine.connect() as connection:
        return (await connection.execute(_MAY_READ, {"id": document_id, **who(index, caller)})).first()


def who(index: str, caller: Caller) -> dict[str, Any]:
    """The parameters that say who asks."""
    principals = sorted(caller.access.principals)
    return {"index": index, "tenant": caller.tenant, "principals": principals, "manages": caller.manages}


def view_of(row: Any, caller: Caller) -> DocumentView:
    """A row of SHOWN or WAITING, as far as the caller may know of it."""
    view = DocumentView.model_validate(row)
    return view if caller.manages else view.model_copy(update=dict.fromkeys(_MANAGED))
