"""Uploads that survive a lost connection: announced with name and size, sent in pieces, completed.

    POST /v1/uploads            what comes: refused here when it is too large or of a kind that is never read
    PATCH /v1/uploads/{id}      the next piece, at `Upload-Offset`; HEAD says where the next one begins
    POST /v1/uploads/{id}/complete    from here on as `POST /v1/documents`

Pieces lie in the object store; a day after the last one they are forgotten (`ingestion.leftovers` removes them).
"""

from __future__ import annotations

import io
import secrets
import tempfile
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO, Annotated, Any

from fastapi import APIRouter, Header, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Row, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from starlette.responses import Response

from app.admin.inputs import file_key_of, file_name_of, metadata_of, readers_of, title_of
from app.admin.services import Services, WithServices
from app.admin.uploading import ReceivedFile, take_in
from app.auth import CurrentCaller
from app.callers import Caller
from app.identity.auditing import WithAudit
from app.refusals import ConflictError, NotFoundError, TooLargeError
from ingestion.originals import Originals
from ingestion.tables import upload_sessions
from retrieval.errors import RejectedError

router = APIRouter(tags=["documents"])

PIECE_BYTES = 8 * 1024 * 1024
_KEPT = text("now() + interval '1 day'")
_PROGRAMS = frozenset((".exe", ".dll", ".so", ".dylib", ".bin", ".iso", ".dmg", ".msi", ".apk", ".class", ".jar"))
_ARCHIVES = frozenset((".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz"))
_RECORDINGS = frozenset((".mp3", ".wav", ".ogg", ".flac", ".m4a", ".mp4", ".mov", ".avi", ".mkv", ".webm"))
_OTHERS = frozenset((".sqlite", ".db", ".parquet", ".psd", ".ps", ".djvu"))
_NEVER_READ = _PROGRAMS | _ARCHIVES | _RECORDINGS | _OTHERS
"""Endings of files that parsing refuses whatever they hold."""

UploadId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


class Announcement(BaseModel):
    """A file that is to come."""

    model_config = ConfigDict(extra="forbid")

    filename: str = Field(min_length=1, max_length=300)
    size_bytes: int = Field(ge=0, lt=2**62)
    readers: list[str] = Field(max_length=512)
    path: str = Field(default="", max_length=600)
    title: str = Field(default="", max_length=2000)
    content_type: str = Field(default="", max_length=200)
    metadata: dict[str, str] = Field(default_factory=dict)


class UploadView(BaseModel):
    """An upload under way: the next piece begins at `offset` and has at most `piece_bytes`."""

    id: str
    filename: str
    size_bytes: int
    offset: int
    piece_bytes: int
    expires_at: datetime


class UploadLimits(BaseModel):
    """What can be uploaded, to be told before anything is sent."""

    max_file_bytes: int
    piece_bytes: int
    refused_extensions: list[str]


@router.get("/v1/upload-limits")
async def get_upload_limits(services: WithServices) -> UploadLimits:
    """The largest file, and endings of files that are never read."""
    return UploadLimits(
        max_file_bytes=services.max_file_bytes, piece_bytes=PIECE_BYTES, refused_extensions=sorted(_NEVER_READ)
    )


@router.post("/v1/uploads", status_code=201)
async def announce_upload(
    wanted: Announcement, response: Response, caller: CurrentCaller, services: WithServices
) -> UploadView:
    """Begin an upload; everything that can be refused is refused before bytes are sent."""
    filename = file_name_of(wanted.filename)
    file_key_of(wanted.path, filename)
    if wanted.size_bytes == 0:
        raise RejectedError(f"the file {filename[:100]!r} is empty")
    if wanted.size_bytes > services.max_file_bytes:
        megabytes = wanted.size_bytes / 1024**2
        raise TooLargeError(f"the file has {megabytes:,.1f} MB; the limit is {services.max_file_bytes // 1024**2:,} MB")
    if PurePosixPath(filename).suffix.lower() in _NEVER_READ:
        raise RejectedError(f"files that end in {PurePosixPath(filename).suffix.lower()} cannot be read")
    about = {
        "filename": filename,
        "path": wanted.path,
        "readers": list(readers_of(wanted.readers)),
        "title": title_of(wanted.title),
        "content_type": wanted.content_type,
        "metadata": metadata_of(wanted.metadata),
    }
    values = {"tenant": caller.tenant, "caller": caller.name, "size_bytes": wanted.size_bytes, "about": about}
    async with services.engine.begin() as connection:
        await connection.execute(delete(upload_sessions).where(upload_sessions.c.expires_at < func.now()))
        statement = insert(upload_sessions).values(id=secrets.token_hex(16), expires_at=_KEPT, **values)
        row = (await connection.execute(statement.returning(*upload_sessions.c))).one()
    response.headers["Location"] = f"/v1/uploads/{row.id}"
    return _view(row)


@router.get("/v1/uploads/{upload_id}")
async def get_upload(
    upload_id: UploadId, response: Response, caller: CurrentCaller, services: WithServices
) -> UploadView:
    """How far an upload is, also as `Upload-Offset`."""
    async with services.reads.connect() as connection:
        row = (await connection.execute(select(upload_sessions).where(*_own(caller, upload_id)))).first()
    if row is None:
        raise _gone()
    response.headers["Upload-Offset"] = str(row.received_bytes)
    return _view(row)


@router.patch("/v1/uploads/{upload_id}", status_code=204)
async def send_piece(
    upload_id: UploadId,
    request: Request,
    caller: CurrentCaller,
    services: WithServices,
    upload_offset: Annotated[int, Header(ge=0, lt=2**62)],
) -> Response:
    """The next piece as the body; 409 with the right `Upload-Offset` in the sentence where it begins elsewhere."""
    piece = await request.body()
    if not piece:
        raise RejectedError("the piece is empty")
    async with services.engine.begin() as connection:
        locked = select(upload_sessions).where(*_own(caller, upload_id)).with_for_update()
        row = (await connection.execute(locked)).first()
        if row is None:
            raise _gone()
        if upload_offset != row.received_bytes:
            raise ConflictError(f"the next piece begins at {row.received_bytes}, not at {upload_offset}")
        received = row.received_bytes + len(piece)
        if received > row.size_bytes:
            raise RejectedError(f"the file was announced with {row.size_bytes:,} bytes, and more have come")
        path = Originals.new_path(caller.tenant, upload_id)
        await services.originals.store(path, io.BytesIO(piece))
        change = update(upload_sessions).where(upload_sessions.c.id == upload_id)
        await connection.execute(change.values(received_bytes=received, pieces=[*row.pieces, path], expires_at=_KEPT))
    return Response(status_code=204, headers={"Upload-Offset": str(received)})


@router.post("/v1/uploads/{upload_id}/complete", status_code=202)
async def complete_upload(
    upload_id: UploadId, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> Response:
    """Everything has come: the answer is that of `POST /v1/documents`."""
    async with services.reads.connect() as connection:
        row = (await connection.execute(select(upload_sessions).where(*_own(caller, upload_id)))).first()
    if row is None:
        raise _gone()
    if row.received_bytes != row.size_bytes:
        raise ConflictError(f"{row.received_bytes:,} of {row.size_bytes:,} bytes have come so far")
    with tempfile.TemporaryFile() as file:
        await _join(services, row, file)
        answer = await take_in(services, caller, audit, ReceivedFile(file=file, size_bytes=row.size_bytes, **row.about))
    await _forget(services, row)
    return answer


@router.delete("/v1/uploads/{upload_id}", status_code=204)
async def cancel_upload(upload_id: UploadId, caller: CurrentCaller, services: WithServices) -> Response:
    """Give it up; what has come is removed."""
    async with services.reads.connect() as connection:
        row = (await connection.execute(select(upload_sessions).where(*_own(caller, upload_id)))).first()
    if row is None:
        raise _gone()
    await _forget(services, row)
    return Response(status_code=204)


async def _join(services: Services, row: Row[Any], file: IO[bytes]) -> None:
    for path in row.pieces:
        found = await services.originals.read(path)
        if found is None:
            raise ConflictError("a piece of the file is no longer there: upload it again")
        async for piece in found[1]:
            file.write(piece)
    file.seek(0)


async def _forget(services: Services, row: Row[Any]) -> None:
    async with services.engine.begin() as connection:
        await connection.execute(delete(upload_sessions).where(upload_sessions.c.id == row.id))
    for path in row.pieces:
        await services.originals.remove(path)


def _own(caller: Caller, upload_id: str) -> list[ColumnElement[bool]]:
    sessions = upload_sessions.c
    return [
        sessions.id == upload_id,
        sessions.tenant == caller.tenant,
        sessions.caller == caller.name,
        sessions.expires_at > func.now(),
    ]


def _gone() -> NotFoundError:
    return NotFoundError("there is no such upload: it was completed, given up, or left alone for a day")


def _view(row: Row[Any]) -> UploadView:
    return UploadView(
        id=row.id,
        filename=row.about["filename"],
        size_bytes=row.size_bytes,
        offset=row.received_bytes,
        piece_bytes=PIECE_BYTES,
        expires_at=row.expires_at,
    )
