"""Documents over HTTP: list, look at, change who reads them, delete. Uploading is in `uploading`."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from app.admin.document_changes import Description, change_document_now, delete_document_now
from app.admin.document_events import progress_events
from app.admin.document_listing import Order, Sort, count_documents, list_documents, list_sorted, search_values
from app.admin.document_views import DocumentView, find_document, readable_original
from app.admin.inputs import readers_of, title_of
from app.admin.paging import Cursor, Limit, cursor_of, read_cursor
from app.admin.services import Services, WithServices
from app.auth import CurrentCaller
from app.callers import Caller
from app.identity.auditing import WithAudit
from app.refusals import NotFoundError

router = APIRouter(tags=["documents"])

DocumentId = Annotated[str, Path(pattern="^[a-z2-7]{26}$")]


class DocumentPage(BaseModel):
    """A page of documents; `next_cursor` is null on the last one. Totals are there when they were asked for."""

    documents: list[DocumentView]
    next_cursor: str | None
    total: int | None = None
    states: dict[str, int] | None = None


class Filters(BaseModel):
    """Which documents, in which order."""

    source: str | None = Field(default=None, max_length=63)
    state: Literal["queued", "parsing", "indexing", "ready", "failed", "dropped"] | None = None
    query: str | None = Field(default=None, max_length=300, description="part of title, key or file name")
    language: str | None = Field(default=None, max_length=20)
    reader: str | None = Field(default=None, max_length=200, description="who reads them; for editors")
    sort: Sort = "key"
    descending: bool = False
    count: bool = Field(default=False, description="give totals too")

    def given(self) -> dict[str, str]:
        """The filters that were given."""
        names = ("source", "state", "query", "language", "reader")
        return {name: value.replace("\0", "") for name in names if (value := getattr(self, name))}


class DocumentChange(BaseModel):
    """What of an uploaded document can be changed; what is left out stays. An empty title means the file's own."""

    model_config = ConfigDict(extra="forbid")

    readers: list[str] | None = Field(default=None, max_length=512)
    title: str | None = Field(default=None, max_length=2000)

    def checked(self) -> Description:
        """Readers and title in one form; RejectedError for what cannot be."""
        readers = readers_of(self.readers) if self.readers is not None else None
        return Description(readers, title_of(self.title) if self.title is not None else None)


@router.get("/v1/documents")
async def get_documents(
    caller: CurrentCaller,
    services: WithServices,
    wanted: Annotated[Filters, Depends()],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DocumentPage:
    """The documents the caller may know of; every document that is there all the while is listed exactly once."""
    index, filters = await services.index.name(), wanted.given()
    order = Order(wanted.sort, wanted.descending)
    after = read_cursor(cursor, 2)
    values = search_values(index, caller, filters)
    page = DocumentPage(documents=[], next_cursor=None)
    if order.is_indexed:
        found = await list_documents(services.reads, index, caller, filters, (after, limit + 1))
        pairs = [(view, [view.source, view.key]) for view in found]
    else:
        more = {"after_value": after[0], "after_id": after[1]} if after else {}
        pairs = await list_sorted(services.reads, caller, {**values, **more, "limit": limit + 1}, order)
    page.documents = [view for view, _ in pairs[:limit]]
    page.next_cursor = cursor_of(pairs[limit - 1][1]) if len(pairs) > limit else None
    if wanted.count:
        page.total, page.states = await count_documents(services.reads, values)
    return page


@router.get("/v1/documents/{document_id}")
async def get_document(document_id: DocumentId, caller: CurrentCaller, services: WithServices) -> DocumentView:
    """One document."""
    return await _found(services, caller, document_id)


@router.patch("/v1/documents/{document_id}")
async def change_document(
    document_id: DocumentId, change: DocumentChange, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> DocumentView:
    """Change readers or title. Who is no longer a reader loses sight of it before this answers."""
    said = change.model_dump(exclude_unset=True, exclude={"title"})

    async def note(key: str) -> None:
        await audit("document.changed", f"document:{document_id}", key=key, fields=change.model_fields_set, **said)

    await change_document_now(services, caller, document_id, change.checked(), note)
    return await _found(services, caller, document_id)


@router.delete("/v1/documents/{document_id}", status_code=204)
async def delete_document(
    document_id: DocumentId, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> Response:
    """Delete an uploaded or pushed document. Nobody sees it from the moment this answers, nor a little before."""
    source, key = await delete_document_now(services, caller, document_id)
    await audit("document.deleted", f"document:{document_id}", source=source, key=key)
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
