"""Groups over HTTP, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.admin.services import WithServices
from app.auth import CurrentCaller
from app.callers import make_caller
from app.identity.auditing import WithAudit
from app.identity.groups import list_groups, put_group, remove_group
from app.identity.names import one_line
from app.identity.wiring import WithIdentity
from retrieval.access import PUBLIC
from retrieval.errors import RejectedError

router = APIRouter(tags=["people"])

GroupName = Annotated[str, Path(max_length=200)]


class GroupView(BaseModel):
    """A group: `members` counts accounts, `documents` those it may read by name."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    description: str
    members: int
    documents: int


class GroupList(BaseModel):
    """By name; groups that only documents name are among them."""

    items: list[GroupView]


class Description(BaseModel):
    """What a group is for."""

    model_config = ConfigDict(extra="forbid")

    description: str = Field(default="", max_length=500)


@router.get("/v1/groups")
async def get_groups(caller: CurrentCaller, identity: WithIdentity, services: WithServices) -> GroupList:
    """The groups of the tenant."""
    index = await services.index.name()
    async with identity.reads.connect() as connection:
        found = await connection.run_sync(list_groups, caller.tenant, index)
    return GroupList(items=[GroupView.model_validate(row) for row in found])


@router.put("/v1/groups/{name:path}", status_code=204)
async def put_one_group(
    name: GroupName, given: Description, caller: CurrentCaller, identity: WithIdentity, audit: WithAudit
) -> Response:
    """Declare a group, or change its description. A deleted one begins anew, without its members."""
    make_caller(caller.tenant, "", (name,), ())
    if name == PUBLIC:
        raise RejectedError(f"the group {PUBLIC!r} is everybody: it needs no declaration")
    description = one_line(given.description, "description", 500)
    async with identity.engine.begin() as connection:
        await connection.run_sync(put_group, caller.tenant, name, description)
        await audit.within(connection, "group.put", f"group:{name}", description=description)
    return Response(status_code=204)


@router.delete("/v1/groups/{name:path}", status_code=204)
async def delete_group(name: GroupName, caller: CurrentCaller, identity: WithIdentity, audit: WithAudit) -> Response:
    """Delete a group: nobody is in it from the moment this answers, by session, key or token."""
    async with identity.engine.begin() as connection:
        await connection.run_sync(remove_group, caller.tenant, name.replace("\0", ""))
        await audit.within(connection, "group.deleted", f"group:{name}")
    return Response(status_code=204)
