"""Pages of uploaded PDF files as pictures, and where cited words stand on them; for readers of the document only."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query
from pydantic import BaseModel
from starlette.responses import Response

from app.admin.document_views import find_document, readable_original
from app.admin.documents import DocumentId
from app.admin.services import Services, WithServices
from app.auth import CurrentCaller
from app.callers import Caller
from app.refusals import NotFoundError
from ingestion.parsing.page_marks import boxes_of
from retrieval.errors import RejectedError
from retrieval.model import PAGE_BREAK

router = APIRouter(tags=["documents"])

_WIDTH_STEP = 100
PageNumber = Annotated[int, Path(ge=1, le=100_000)]
Version = Annotated[int | None, Query(ge=1, lt=2**62, description="as a citation names it; else the newest")]


class Mark(BaseModel):
    """A part of one line, as shares of the page's width and height from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


class Marks(BaseModel):
    """Where the words stand on the page; no boxes where a page was read by OCR. Sizes in points."""

    page: int
    pages: int
    width: float
    height: float
    boxes: list[Mark]


@router.get("/v1/documents/{document_id}/pages/{number}", response_class=Response)
async def get_page(
    document_id: DocumentId,
    number: PageNumber,
    caller: CurrentCaller,
    services: WithServices,
    version: Version = None,
    width: Annotated[int, Query(ge=100, le=2400, description="in pixels; rounded up to hundreds")] = 1200,
    if_none_match: Annotated[str, Header(alias="If-None-Match", max_length=200)] = "",
) -> Response:
    """The page as PNG, turned so that its text stands upright; browsers ask each time whether they may show it."""
    original, sha256, _ = await _page_of(services, caller, document_id, number, version)
    wide = -(-width // _WIDTH_STEP) * _WIDTH_STEP
    etag = f'"{sha256[:32]}-{number}-{wide}"'
    headers = {"Cache-Control": "private, no-cache", "ETag": etag, "X-Content-Type-Options": "nosniff"}
    if if_none_match == etag:
        return Response(status_code=304, headers=headers)
    page = await services.pages.page(services.originals, original, number, wide)
    headers["X-Document-Pages"] = str(page.pages)
    return Response(page.png, headers=headers, media_type="image/png")


@router.get("/v1/documents/{document_id}/pages/{number}/marks")
async def get_marks(
    document_id: DocumentId,
    number: PageNumber,
    caller: CurrentCaller,
    services: WithServices,
    start: Annotated[int, Query(ge=0, lt=2**31, description="of the text's characters, as a citation names it")],
    end: Annotated[int, Query(ge=0, lt=2**31)],
    version: Version = None,
) -> Marks:
    """Where the characters `start` to `end` of the text stand on the page."""
    if end < start:
        raise RejectedError("end: comes before start")
    original, _, text = await _page_of(services, caller, document_id, number, version)
    page = await services.pages.page(services.originals, original, number, 0)
    first, last = _span_of(text, number)
    before, quote = text[first : max(start, first)], text[max(start, first) : min(end, last)]
    boxes = [Mark(**asdict(box)) for box in boxes_of(page.words, page.size, before, quote)]
    return Marks(page=number, pages=page.pages, width=page.size[0], height=page.size[1], boxes=boxes)


def _span_of(text: str, number: int) -> tuple[int, int]:
    """Where page `number` begins and ends in the text; an empty span behind the last page."""
    first = 0
    for _ in range(number - 1):
        at = text.find(PAGE_BREAK, first)
        if at < 0:
            return len(text), len(text)
        first = at + 1
    last = text.find(PAGE_BREAK, first)
    return first, len(text) if last < 0 else last


async def _page_of(
    services: Services, caller: Caller, document_id: str, number: int, version: int | None
) -> tuple[str, str, str]:
    """Where the original lies, its digest, and the text of that version, which must still be the text of the file.

    Raises:
        NotFoundError: not for the caller, no file, or another file stands in its place now.
    """
    index = await services.index.name()
    ledger = await services.index.ledger()
    view = await find_document(services.reads, index, caller, document_id)
    row = await readable_original(services.reads, index, caller, document_id)
    newest = await ledger.text(document_id, None, caller.access) if ledger else None
    if view is None or row is None or ledger is None or newest is None:
        raise NotFoundError("there is no such page")
    cited = await ledger.text(document_id, version, caller.access) if version else newest
    if view.state != "ready" or cited is None or cited.text != newest.text:
        raise NotFoundError("the file was replaced since: only the text of that version is kept")
    if number > cited.text.count(PAGE_BREAK) + 1:
        raise NotFoundError("there is no such page")
    return row.original, row.sha256, cited.text
