"""`GET /v1/audit`: what people and rules did, newest first, for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from app.admin.paging import Cursor, Limit, cursor_of, read_cursor
from app.auth import CurrentCaller
from app.identity.wiring import WithIdentity
from retrieval.errors import RejectedError

router = APIRouter(tags=["audit"])


class EntryView(BaseModel):
    """One entry: `object` is what it was done to."""

    model_config = ConfigDict(from_attributes=True)

    sequence: int
    at: datetime
    actor: str
    action: str
    object: str
    detail: dict[str, Any]


class EntryPage(BaseModel):
    """Newest first; `next_cursor` is null on the last page."""

    items: list[EntryView]
    next_cursor: str | None


@router.get("/v1/audit")
async def get_audit(
    caller: CurrentCaller,
    identity: WithIdentity,
    cursor: Cursor = None,
    limit: Limit = 50,
    actor: Annotated[str, Query(max_length=300)] = "",
    action: Annotated[str, Query(max_length=100)] = "",
    object_: Annotated[str, Query(alias="object", max_length=600)] = "",
) -> EntryPage:
    """The audit log of the tenant; `freshet audit verify` shows that it is whole."""
    given = {"actor": actor, "action": action, "object": object_}
    filters = {name: value.replace("\0", "") for name, value in given.items() if value}
    before = _sequence(read_cursor(cursor, 1))
    found = await identity.audit.entries(caller.tenant, filters, before, limit + 1)
    following = cursor_of([found[limit - 1].sequence]) if len(found) > limit else None
    return EntryPage(items=[EntryView.model_validate(row) for row in found[:limit]], next_cursor=following)


class BreakView(BaseModel):
    """A place where the log is not what was written."""

    model_config = ConfigDict(from_attributes=True)

    sequence: int
    kind: str
    reason: str


class Verification(BaseModel):
    """Whether the log is `whole`, up to the newest entry; the first 100 places where it is not."""

    whole: bool
    sequence: int
    broken: int
    breaks: list[BreakView]


@router.get("/v1/audit/verification")
async def get_verification(caller: CurrentCaller, identity: WithIdentity) -> Verification:
    """What `freshet audit verify` finds in the log of the tenant."""
    sequence, found = await identity.audit.verified(caller.tenant)
    shown = [BreakView.model_validate(one) for one in found[:100]]
    return Verification(whole=not found, sequence=sequence, broken=len(found), breaks=shown)


def _sequence(parts: list[str] | None) -> int | None:
    if parts is None:
        return None
    if not parts[0].isdecimal():
        raise RejectedError("the cursor is not one that this list gave out")
    return min(int(parts[0]), 2**62)
