"""What editors do to documents, one at a time or many: other readers, another title, deleting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.admin.document_views import DocumentView, find_document
from app.admin.services import Services
from app.admin.sources import pushed
from app.callers import Caller
from app.refusals import ConflictError, NotFoundError
from ingestion import uploads
from ingestion.knowledge import OutgoingRecord
from ingestion.uploads import Upload


@dataclass(frozen=True, slots=True)
class Description:
    """What a document is to have; None stays as it is."""

    readers: tuple[str, ...] | None = None
    title: str | None = None


async def change_document_now(
    services: Services,
    caller: Caller,
    document_id: str,
    wanted: Description,
    note: Callable[[str], Awaitable[None]],
) -> None:
    """Give an uploaded document other readers or another title; `note(key)` writes down that it was done.

    Who is no longer a reader has lost sight of it when this returns, and also when publishing the change failed.

    Raises:
        NotFoundError: there is no such document.
        ConflictError: its source says what it is.
    """
    view = await _found(services, caller, document_id)
    if view.source != uploads.SOURCE:
        raise ConflictError(f"this document comes from the source {view.source!r}: change it there")
    if wanted.readers is not None:
        await _narrow(services, caller, document_id, wanted.readers)
    await note(view.key)
    await _describe(services, caller, document_id, wanted)


async def delete_document_now(services: Services, caller: Caller, document_id: str) -> tuple[str, str]:
    """Delete an uploaded or pushed document; its source and key. Nobody sees it when this returns.

    Raises:
        NotFoundError: there is no such document.
        ConflictError: its source says that it is there.
    """
    view = await _found(services, caller, document_id)
    if view.source != uploads.SOURCE and not await pushed(services, caller.tenant, view.source):
        raise ConflictError(f"this document comes from the source {view.source!r}: delete it there")
    async with services.engine.begin() as connection:
        standing = await connection.run_sync(lambda c: uploads.get(c, caller.tenant, document_id, lock=True))
        if standing:
            await connection.run_sync(uploads.remove, standing)
        await services.publish([OutgoingRecord(caller.tenant, view.source, view.key, None)])
    if standing:
        await services.originals.remove(standing.original)
    return view.source, view.key


async def _narrow(services: Services, caller: Caller, document_id: str, readers: tuple[str, ...]) -> None:
    """Take it from everyone but `readers`, whether or not the change can be published afterwards."""
    async with services.engine.begin() as connection:
        standing = await connection.run_sync(lambda c: uploads.get(c, caller.tenant, document_id, lock=True))
        if standing is None or set(standing.readers) <= set(readers):
            return
        left = [reader for reader in standing.readers if reader in set(readers)]
        await connection.run_sync(lambda c: uploads.describe(c, standing, left, standing.title))


async def _describe(services: Services, caller: Caller, document_id: str, wanted: Description) -> None:
    async with services.engine.begin() as connection:
        standing = await connection.run_sync(lambda c: uploads.get(c, caller.tenant, document_id, lock=True))
        if standing is None or standing.state == uploads.DELETED:
            raise NotFoundError("there is no such document")
        readers = standing.readers if wanted.readers is None else wanted.readers
        title = standing.title if wanted.title is None else wanted.title
        changed = await connection.run_sync(lambda c: uploads.describe(c, standing, readers, title))
        if standing.state == uploads.PARSED:
            await services.publish([await _record(services, changed)])


async def _record(services: Services, upload: Upload) -> OutgoingRecord:
    parsed = await asyncio.to_thread(services.originals.parsed, upload.original)
    if parsed is None:
        raise ConflictError("the parsed text is no longer there: upload the file again")
    return uploads.record_of(upload, parsed)


async def _found(services: Services, caller: Caller, document_id: str) -> DocumentView:
    view = await find_document(services.reads, await services.index.name(), caller, document_id)
    if view is None:
        raise NotFoundError("there is no such document")
    return view
