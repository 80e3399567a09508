"""Dead letters: changes that could not be indexed, why, and what to do about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from sqlalchemy import Connection, Row, func, select, text, update
from starlette.responses import Response

from app.admin.paging import Cursor, Limit, cursor_of, read_cursor
from app.admin.services import Services, WithServices
from app.auth import CurrentCaller
from app.callers import Caller
from app.identity.auditing import Audit, WithAudit
from app.refusals import ConflictError, NotFoundError
from ingestion.knowledge import OutgoingRecord
from ingestion.model import document_id
from ingestion.tables import dead_letters
from retrieval.errors import RejectedError

router = APIRouter(tags=["dead letters"])

LetterId = Annotated[int, Path(ge=1, lt=2**62)]

_SEEN = text("SELECT seen_version FROM ledger WHERE index_name = :index AND document_id = :id")


class DeadLetterView(BaseModel):
    """A change that was left out: the stage that refused it, and the reason. Its text is not shown here."""

    id: int
    document_id: str
    source: str
    key: str
    version: int
    stage: str
    reason: str
    state: str
    payload_bytes: int
    created_at: datetime


class DeadLetterPage(BaseModel):
    """Newest first; `next_cursor` is null on the last page."""

    dead_letters: list[DeadLetterView]
    next_cursor: str | None


@router.get("/v1/dead-letters")
async def get_dead_letters(
    caller: CurrentCaller,
    services: WithServices,
    cursor: Cursor = None,
    limit: Limit = 50,
    source: Annotated[str | None, Query(max_length=63)] = None,
    state: Literal["open", "replayed", "dropped"] = "open",
) -> DeadLetterPage:
    """What could not be indexed."""
    letters = dead_letters.c
    query = (
        select(dead_letters, func.coalesce(func.length(letters.payload), 0).label("payload_bytes"))
        .where(letters.tenant == caller.tenant, letters.state == state)
        .order_by(letters.id.desc())
        .limit(limit + 1)
    )
    if source:
        query = query.where(letters.source == source.replace("\0", ""))
    if after := read_cursor(cursor, 1):
        query = query.where(letters.id < _number(after[0]))
    async with services.reads.connect() as connection:
        rows = (await connection.execute(query)).all()
    found = [view_of(row) for row in rows[:limit]]
    following = cursor_of([str(found[-1].id)]) if len(rows) > limit else None
    return DeadLetterPage(dead_letters=found, next_cursor=following)


@router.post("/v1/dead-letters/{letter_id}/replay", status_code=202)
async def replay_dead_letter(
    letter_id: LetterId, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> DeadLetterView:
    """Publish the change again, after a pack or a setting was corrected."""
    return await replay_letter(services, caller, audit, letter_id)


@router.delete("/v1/dead-letters/{letter_id}", status_code=204)
async def drop_dead_letter(
    letter_id: LetterId, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> Response:
    """Drop it: the change is given up."""
    await drop_letter(services, caller, audit, letter_id)
    return Response(status_code=204)


async def replay_letter(services: Services, caller: Caller, audit: Audit, letter_id: int) -> DeadLetterView:
    """Publish the change of an open letter again, and close it.

    Raises:
        NotFoundError: there is no such letter.
        ConflictError: it is closed, or a newer version of its document has arrived.
        RejectedError: its record cannot be published.
    """
    index = await services.index.name()
    async with services.engine.begin() as connection:
        row = await connection.run_sync(lock_open, caller.tenant, letter_id)
        await connection.run_sync(_refuse_overtaken, index, row)
        record = OutgoingRecord(row.tenant, row.source, row.key, _value(row.payload))
        await connection.run_sync(_close, letter_id, "replayed")
        await services.publish([record])
    await audit("dead_letter.replayed", f"dead_letter:{letter_id}", source=row.source, key=row.key)
    return view_of(row, state="replayed")


async def drop_letter(services: Services, caller: Caller, audit: Audit, letter_id: int) -> None:
    """Give the change of an open letter up; raises NotFoundError and ConflictError as replaying does."""
    async with services.engine.begin() as connection:
        row = await connection.run_sync(lock_open, caller.tenant, letter_id)
        await connection.run_sync(_close, letter_id, "dropped")
    await audit("dead_letter.dropped", f"dead_letter:{letter_id}", source=row.source, key=row.key)


def _refuse_overtaken(connection: Connection, index: str, row: Row[Any]) -> None:
    """An old change published again would win over a newer one: versions are given at publication."""
    values = {"index": index, "id": document_id(row.tenant, row.source, row.key)}
    seen = connection.execute(_SEEN, values).scalar_one_or_none()
    if seen is not None and seen > row.version:
        raise ConflictError("a newer version of this document has arrived since: there is nothing to replay")


def _value(payload: bytes | None) -> dict[str, Any]:
    try:
        value = orjson.loads(payload or b"")
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise RejectedError("this record is not a JSON object: send it again from its source")
    return value


def lock_open(connection: Connection, tenant: str, letter_id: int) -> Row[Any]:
    """The open letter, locked; NotFoundError where there is none, ConflictError where it is closed."""
    letters = dead_letters.c
    query = select(dead_letters, func.coalesce(func.length(letters.payload), 0).label("payload_bytes"))
    row = connection.execute(query.where(letters.tenant == tenant, letters.id == letter_id).with_for_update()).first()
    if row is None:
        raise NotFoundError("there is no such dead letter")
    if row.state != "open":
        raise ConflictError(f"this dead letter was {row.state} before")
    return row


def _close(connection: Connection, letter_id: int, state: str) -> None:
    connection.execute(update(dead_letters).where(dead_letters.c.id == letter_id).values(state=state))


def view_of(row: Row[Any], state: str = "") -> DeadLetterView:
    """A row with the size of its payload, as it is listed."""
    return DeadLetterView(
        id=row.id,
        document_id=document_id(row.tenant, row.source, row.key),
        source=row.source,
        key=row.key,
        version=row.version,
        stage=row.stage,
        reason=row.reason,
        state=state or row.state,
        payload_bytes=row.payload_bytes,
        created_at=row.created_at,
    )


def _number(part: str) -> int:
    if not part.isdigit():
        raise RejectedError("the cursor is not one that this list gave out")
    return min(int(part), 2**62)
