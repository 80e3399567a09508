"""`POST /v1/documents`: a file is stored, its row committed, then acknowledged; parsing is asked for last."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Annotated, Any

import structlog
from fastapi import APIRouter, Header, Request
from sqlalchemy import Connection
from starlette.background import BackgroundTask
from starlette.datastructures import FormData, UploadFile
from starlette.responses import JSONResponse, Response

from app.admin.document_views import DocumentView, find_document
from app.admin.idempotency import Once
from app.admin.inputs import file_key_of, file_name_of, metadata_from_json, readers_of, title_of
from app.admin.services import Services, WithServices
from app.auth import CurrentCaller
from app.callers import Caller
from app.identity.auditing import Audit, WithAudit
from app.refusals import TooLargeError
from ingestion import uploads
from ingestion.model import document_id
from ingestion.originals import Originals
from ingestion.uploads import Accepted, NewUpload, Upload
from retrieval.errors import FreshetError, RejectedError

log = structlog.get_logger(__name__)
router = APIRouter(tags=["documents"])

_FIELDS = {"file", "readers", "title", "metadata", "path"}
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "readers"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "readers": {
                            "type": "array",
                            "items": {"type": "string"},
                            "description": "who may read it: groups, `user:<name>`, `public`; repeated, or with commas",
                        },
                        "title": {"type": "string", "description": "instead of the file's own"},
                        "metadata": {"type": "string", "description": "a JSON object of texts"},
                        "path": {"type": "string", "description": "where the file lies below an uploaded folder"},
                    },
                }
            }
        },
    }
}


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file and what its sender says of it, not checked yet."""

    file: IO[bytes]
    filename: str
    size_bytes: int
    content_type: str
    path: str
    title: str
    readers: Sequence[str]
    metadata: Mapping[str, str]


@router.post("/v1/documents", response_model=DocumentView, status_code=202, openapi_extra=_FORM)
async def upload_document(
    request: Request,
    caller: CurrentCaller,
    services: WithServices,
    audit: WithAudit,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Response:
    """Upload a file; 202 when it will be parsed, 200 when the same file with the same readers was there already.

    New bytes under the same name (and path) are a new version of the same document.
    """
    async with request.form(max_files=1, max_fields=1000) as form:
        received = _received(form, _file(form, services.max_file_bytes))
        return await take_in(services, caller, audit, received, idempotency_key)


async def take_in(
    services: Services, caller: Caller, audit: Audit, received: ReceivedFile, idempotency_key: str | None = None
) -> Response:
    """Store the file, commit its row, and have it parsed; the answer of `POST /v1/documents`.

    Raises:
        RejectedError: name, readers, title or metadata cannot be what they say.
    """
    new = await _new_upload(received, caller)
    await services.originals.store(new.original, received.file)
    once = Once(caller, idempotency_key, _identity(new)) if idempotency_key else None
    try:
        status, accepted = await _commit(services, new, once)
    except BaseException:
        await _forget(services.originals, new.original)
        raise
    if accepted.superseded:
        await _forget(services.originals, accepted.superseded)
    services.metrics.uploads.labels("accepted" if accepted.changed else "unchanged").inc()
    if accepted.changed:
        await audit("document.uploaded", f"document:{new.document_id}", key=new.key, readers=new.readers)
    view = await find_document(services.reads, await services.index.name(), caller, new.document_id)
    body = view.model_dump(mode="json", exclude_none=True) if view else {"id": new.document_id}
    headers = {"Location": f"/v1/documents/{new.document_id}"}
    task = BackgroundTask(ask_to_parse, services, accepted.upload) if accepted.changed else None
    return JSONResponse(body, status, headers, background=task)


async def ask_to_parse(services: Services, upload: Upload) -> None:
    """Hint the workers; when Redis is away the controller finds the row later."""
    try:
        await asyncio.to_thread(services.queue.send, upload.document_id, upload.revision)
    except FreshetError as error:
        log.warning("parse_not_requested", document_id=upload.document_id, reason=error.message)


async def _commit(services: Services, new: NewUpload, once: Once | None) -> tuple[int, Accepted]:
    def accept(connection: Connection) -> tuple[int, Accepted]:
        noted = once.begin(connection) if once else None
        if noted is not None:
            standing = uploads.get(connection, new.tenant, new.document_id)
            assert standing is not None, "rows of uploads are never removed"
            return int(noted["status"]), Accepted(standing, changed=False, superseded=new.original)
        accepted = uploads.accept(connection, new)
        status = 202 if accepted.changed else 200
        if once:
            once.finish(connection, {"status": status, "document_id": new.document_id})
        return status, accepted

    async with services.engine.begin() as connection:
        return await connection.run_sync(accept)


async def _new_upload(received: ReceivedFile, caller: Caller) -> NewUpload:
    filename = file_name_of(received.filename)
    key = file_key_of(received.path, filename)
    document = document_id(caller.tenant, uploads.SOURCE, key)
    return NewUpload(
        tenant=caller.tenant,
        key=key,
        filename=filename,
        sha256=await asyncio.to_thread(_sha256, received.file),
        size_bytes=received.size_bytes,
        content_type=received.content_type[:200],
        original=Originals.new_path(caller.tenant, document),
        title=title_of(received.title),
        readers=readers_of(received.readers),
        metadata=received.metadata,
        uploaded_by=caller.name,
    )


def _received(form: FormData, file: UploadFile) -> ReceivedFile:
    if unknown := sorted(set(form) - _FIELDS):
        raise RejectedError(f"{unknown[0]} is not a field here; the fields are {', '.join(sorted(_FIELDS))}")
    return ReceivedFile(
        file=file.file,
        filename=file.filename or "",
        size_bytes=file.size or 0,
        content_type=file.content_type or "",
        path=_text(form, "path"),
        title=_text(form, "title"),
        readers=_texts(form.getlist("readers")),
        metadata=metadata_from_json(_text(form, "metadata")),
    )


def _file(form: FormData, limit: int) -> UploadFile:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise RejectedError("there is no file: send multipart/form-data with a part named `file` that has a file name")
    if not file.size:
        raise RejectedError(f"the file {(file.filename or '')[:100]!r} is empty")
    if file.size > limit:
        raise TooLargeError(f"the file has {file.size / 1024**2:,.1f} MB; the limit is {limit // 1024**2:,} MB")
    return file


def _text(form: FormData, name: str) -> str:
    found = form.get(name, "")
    if not isinstance(found, str) or "\0" in found:
        raise RejectedError(f"{name} must be text")
    return found


def _texts(found: Iterable[Any]) -> list[str]:
    texts = list(found)
    if not all(isinstance(one, str) for one in texts):
        raise RejectedError("readers must be texts")
    return texts


def _identity(new: NewUpload) -> dict[str, Any]:
    names = ("key", "filename", "sha256", "title", "readers", "metadata")
    return {name: getattr(new, name) for name in names}


def _sha256(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # any readable binary file will do


async def _forget(originals: Originals, path: str) -> None:
    try:
        await originals.remove(path)
    except FreshetError as error:
        log.warning("original_not_removed", path=path, reason=error.message)
