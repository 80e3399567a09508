"""Looking into documents and changing many at once: passages, versions, bulk actions."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text

from app.admin.document_changes import Description, change_document_now, delete_document_now
from app.admin.document_views import find_document
from app.admin.documents import DocumentId
from app.admin.inputs import readers_of
from app.admin.services import WithServices
from app.auth import CurrentCaller
from app.callers import Caller
from app.identity.auditing import Audit, WithAudit
from app.refusals import NotFoundError
from ingestion.chunking import split
from ingestion.ledger_reader import VersionText
from retrieval.errors import FreshetError, RejectedError, UnavailableError
from retrieval.model import Document

router = APIRouter(tags=["documents"])

MOST_AT_ONCE = 200

_VERSIONS = text("""
SELECT t.version, t.title, length(t.text) AS characters, t.created_at, t.readers,
       t.readers && CAST(:principals AS text[]) AS readable
FROM document_texts t WHERE t.document_id = :id AND t.tenant = :tenant ORDER BY t.version DESC LIMIT 200
""")


class ChunkView(BaseModel):
    """A passage as it is searched: `text` is characters `start` to `end` of the version's text."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    start: int
    end: int
    heading: str
    page: int
    text: str


class ChunkList(BaseModel):
    """Every passage of one version, in order."""

    version: int
    title: str
    items: list[ChunkView]


class VersionView(BaseModel):
    """A version whose text is kept; `readable` says whether the caller may open it."""

    version: int
    title: str
    characters: int
    created_at: datetime
    readers: list[str] | None
    readable: bool
    newest: bool


class VersionList(BaseModel):
    """The kept versions of a document, newest first."""

    items: list[VersionView]


class BulkChange(BaseModel):
    """What is done to each of the documents; `readers` goes with the action of that name."""

    model_config = ConfigDict(extra="forbid")

    ids: list[str] = Field(min_length=1, max_length=MOST_AT_ONCE)
    action: Literal["delete", "readers"]
    readers: list[str] | None = Field(default=None, max_length=512)


class BulkOutcome(BaseModel):
    """One of the documents: done, or why not."""

    id: str
    done: bool
    detail: str = ""


class BulkResult(BaseModel):
    """The documents in the order they were named."""

    items: list[BulkOutcome]


@router.get("/v1/documents/{document_id}/chunks")
async def get_chunks(
    document_id: DocumentId,
    caller: CurrentCaller,
    services: WithServices,
    version: Annotated[int | None, Query(ge=1, lt=2**62, description="the newest when not given")] = None,
) -> ChunkList:
    """The passages that the text of a version is cut into; for its readers only."""
    ledger = await services.index.ledger()
    found = await ledger.text(document_id, version, caller.access) if ledger else None
    if found is None:
        raise NotFoundError("there is no such text")
    chunks = await asyncio.to_thread(lambda: split(_document(found, caller.tenant)))
    items = [ChunkView.model_validate(chunk) for chunk in chunks]
    return ChunkList(version=found.version, title=found.title, items=items)


@router.get("/v1/documents/{document_id}/versions")
async def get_versions(document_id: DocumentId, caller: CurrentCaller, services: WithServices) -> VersionList:
    """The versions whose text is still kept, newest first; readers see those that they may read."""
    view = await find_document(services.reads, await services.index.name(), caller, document_id)
    if view is None:
        raise NotFoundError("there is no such document")
    principals = sorted(caller.access.principals)
    values = {"id": document_id, "tenant": caller.tenant, "principals": principals}
    async with services.reads.connect() as connection:
        rows = (await connection.execute(_VERSIONS, values)).all()
    newest = rows[0].version if rows else 0
    items = [
        VersionView(
            version=row.version,
            title=row.title,
            characters=row.characters,
            created_at=row.created_at,
            readers=list(row.readers) if caller.manages else None,
            readable=row.readable,
            newest=row.version == newest,
        )
        for row in rows
        if row.readable or caller.manages
    ]
    return VersionList(items=items)


@router.post("/v1/documents:bulk")
async def change_documents(
    change: BulkChange, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> BulkResult:
    """Delete many documents, or give them other readers; each is done or refused for itself."""
    if change.action == "readers" and not change.readers:
        raise RejectedError("readers: name at least one group, `user:<name>`, or `public`")
    readers = readers_of(change.readers or []) if change.action == "readers" else None
    items = []
    for document_id in dict.fromkeys(change.ids):
        try:
            if readers is None:
                source, key = await delete_document_now(services, caller, document_id)
                await audit("document.deleted", f"document:{document_id}", source=source, key=key)
            else:
                await _give_readers(services, caller, audit, document_id, readers)
            items.append(BulkOutcome(id=document_id, done=True))
        except UnavailableError:
            raise
        except FreshetError as error:
            items.append(BulkOutcome(id=document_id, done=False, detail=error.message))
    return BulkResult(items=items)


async def _give_readers(
    services: WithServices, caller: Caller, audit: Audit, document_id: str, readers: tuple[str, ...]
) -> None:
    async def note(key: str) -> None:
        await audit("document.changed", f"document:{document_id}", key=key, fields=["readers"], readers=readers)

    await change_document_now(services, caller, document_id, Description(readers), note)


def _document(found: VersionText, tenant: str) -> Document:
    """As much of a document as cutting it needs."""
    return Document(
        id=found.document_id,
        tenant=tenant,
        source="",
        key="",
        kind="",
        title=found.title,
        text=found.text,
        url="",
        language="",
        readers=(),
        version=found.version,
        updated_at=datetime.now(UTC),
    )
