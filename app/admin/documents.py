"""Documents over HTTP: list, look at, change who reads them, delete. Uploading is in `uploading`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from app.admin.document_events import progress_events
from app.admin.document_views import DocumentView, find_document, list_documents, readable_original
from app.admin.inputs import readers_of, title_of
from app.admin.paging import Cursor, Limit, cursor_of, read_cursor
from app.admin.services import Services, WithServices
from app.admin.sources import pushed
from app.auth import CurrentCaller
from app.callers import Caller
from app.identity.auditing import WithAudit
from app.refusals import ConflictError, NotFoundError
from ingestion import uploads
from ingestion.knowledge import OutgoingRecord
from ingestion.uploads import Upload

router = APIRouter(tags=["documents"])

DocumentId = Annotated[str, Path(pattern="^[a-z2-7]{26}$")]


class DocumentPage(BaseModel):
    """A page of documents in the order of source and key; `next_cursor` is null on the last one."""

    documents: list[DocumentView]
    next_cursor: str | None


class DocumentChange(BaseModel):
    """What of an uploaded document can be changed; what is left out stays. An empty title means the file's own."""

    model_config = ConfigDict(extra="forbid")

    readers: list[str] | None = Field(default=None, max_length=512)
    title: str | None = Field(default=None, max_length=2000)


@router.get("/v1/documents")
async def get_documents(
    caller: CurrentCaller,
    services: WithServices,
    cursor: Cursor = None,
    limit: Limit = 50,
    source: Annotated[str | None, Query(max_length=63)] = None,
    state: Annotated[
        Literal["queued", "parsing", "indexing", "ready", "failed", "dropped"] | None, Query(description="only these")
    ] = None,
    query: Annotated[str | None, Query(max_length=300, description="part of title, key or file name")] = None,
) -> DocumentPage:
    """The documents the caller may know of; every document that is there all the while is listed exactly once."""
    given = {"source": source, "state": state, "query": query}
    filters = {name: value.replace("\0", "") for name, value in given.items() if value}
    after = read_cursor(cursor, 2)
    index = await services.index.name()
    found = await list_documents(services.reads, index, caller, filters, after, limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    return DocumentPage(documents=found[:limit], next_cursor=cursor_of([last.source, last.key]) if last else None)


@router.get("/v1/documents/{document_id}")
async def get_document(document_id: DocumentId, caller: CurrentCaller, services: WithServices) -> DocumentView:
    """One document."""
    return await _found(services, caller, document_id)


@router.patch("/v1/documents/{document_id}")
async def change_document(
    document_id: DocumentId, change: DocumentChange, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> DocumentView:
    """Change readers or title. Who is no longer a reader loses sight of it before this answers."""
    view = await _found(services, caller, document_id)
    if view.source != uploads.SOURCE:
        raise ConflictError(f"this document comes from the source {view.source!r}: change it there")
    readers = readers_of(change.readers) if change.readers is not None else tuple(view.readers or ())
    title = title_of(change.title) if change.title is not None else None
    await _narrow(services, caller, document_id, readers)
    said = change.model_dump(exclude_unset=True, exclude={"title"})
    await audit("document.changed", f"document:{document_id}", key=view.key, fields=change.model_fields_set, **said)
    await _describe(services, caller, document_id, None if change.readers is None else readers, title)
    return await _found(services, caller, document_id)


async def _narrow(services: Services, caller: Caller, document_id: str, readers: tuple[str, ...]) -> None:
    """Take it from everyone but `readers`, whether or not the change can be published afterwards."""
    async with services.engine.begin() as connection:
        standing = await connection.run_sync(lambda c: uploads.get(c, caller.tenant, document_id, lock=True))
        if standing is None or set(standing.readers) <= set(readers):
            return
        left = [reader for reader in standing.readers if reader in set(readers)]
        await connection.run_sync(lambda c: uploads.describe(c, standing, left, standing.title))


async def _describe(
    services: Services, caller: Caller, document_id: str, readers: tuple[str, ...] | None, title: str | None
) -> None:
    async with services.engine.begin() as connection:
        standing = await connection.run_sync(lambda c: uploads.get(c, caller.tenant, document_id, lock=True))
        if standing is None or standing.state == uploads.DELETED:
            raise NotFoundError("there is no such document")
        wanted = (standing.readers if readers is None else readers, standing.title if title is None else title)
        changed = await connection.run_sync(lambda c: uploads.describe(c, standing, *wanted))
        if standing.state == uploads.PARSED:
            await services.publish([await _record(services, changed)])


async def _record(services: Services, upload: Upload) -> OutgoingRecord:
    parsed = await asyncio.to_thread(services.originals.parsed, upload.original)
    if parsed is None:
        raise ConflictError("the parsed text is no longer there: upload the file again")
    return uploads.record_of(upload, parsed)


@router.delete("/v1/documents/{document_id}", status_code=204)
async def delete_document(
    document_id: DocumentId, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> Response:
    """Delete an uploaded or pushed document. Nobody sees it from the moment this answers, nor a little before."""
    view = await _found(services, caller, document_id)
    if view.source != uploads.SOURCE and not await pushed(services, caller.tenant, view.source):
        raise ConflictError(f"this document comes from the source {view.source!r}: delete it there")
    async with services.engine.begin() as connection:
        standing = await connection.run_sync(lambda c: uploads.get(c, caller.tenant, document_id, lock=True))
        if standing:
            await connection.run_sync(uploads.remove, standing)
        await services.publish([OutgoingRecord(caller.tenant, view.source, view.key, None)])
    await audit("document.deleted", f"document:{document_id}", source=view.source, key=view.key)
    if standing:
        await services.originals.remove(standing.original)
    return Response(status_code=204)


@router.get("/v1/documents/{document_id}/original", response_class=StreamingResponse)
async def get_original(document_id: DocumentId, caller: CurrentCaller, services: WithServices) -> Response:
    """The file as it was uploaded; for its readers only. Browsers are told to save it and never to run it."""
    row = await readable_original(services.reads, await services.index.name(), caller, document_id)
    found = await services.originals.read(row.original) if row else None
    if not found:
        raise NotFoundError("there is no such file")
    size, pieces = found
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.filename, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
        "ETag": f'"{row.sha256}"',
    }
    return StreamingResponse(pieces, headers=headers, media_type=_media_type(row.content_type))


def _media_type(declared: str) -> str:
    """What the uploader said, where that is plain enough to repeat in a header."""
    kind, slash, rest = declared.partition("/")
    plain = slash and kind.isalpha() and all(c.isalnum() or c in ".+-" for c in rest) and declared.isascii()
    return declared if plain else "application/octet-stream"


@router.get("/v1/documents/{document_id}/text", response_class=PlainTextResponse)
async def get_text(
    document_id: DocumentId,
    caller: CurrentCaller,
    services: WithServices,
    version: Annotated[int | None, Query(ge=1, lt=2**62, description="as a citation names it; else the newest")] = None,
) -> Response:
    """The cleaned text (Markdown) of a version, which citations quote by character; for its readers only."""
    ledger = await services.index.ledger()
    found = await ledger.text(document_id, version, caller.access) if ledger else None
    if found is None:
        raise NotFoundError("there is no such text")
    headers = {
        "X-Document-Version": str(found.version),
        "X-Document-Title": quote(found.title),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return PlainTextResponse(found.text, headers=headers, media_type="text/markdown")


@router.get("/v1/documents/{document_id}/events", response_class=StreamingResponse)
async def get_events(document_id: DocumentId, caller: CurrentCaller, services: WithServices) -> Response:
    """Server-sent events `progress` while the document is parsed and indexed, then one `done`."""
    await _found(services, caller, document_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(progress_events(services, caller, document_id), 200, headers, "text/event-stream")


async def _found(services: Services, caller: Caller, document_id: str) -> DocumentView:
    view = await find_document(services.reads, await services.index.name(), caller, document_id)
    if view is None:
        raise NotFoundError("there is no such document")
    return view
