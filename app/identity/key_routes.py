"""API keys over HTTP, for administrators. The secret is in the answer that makes a key, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from app.auth import CurrentCaller
from app.callers import make_caller
from app.identity.api_keys import NewKey, add_key, get_key, list_keys, remove_key
from app.identity.auditing import WithAudit
from app.identity.names import one_line
from app.identity.wiring import WithIdentity
from retrieval.errors import RejectedError

router = APIRouter(tags=["people"])

KeyId = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
Names = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=256)]


class KeyView(BaseModel):
    """A key by its `beginning`; `scopes` are the roles it may act in, and it reads what its groups read."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    beginning: str
    scopes: list[str]
    groups: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewKeyView(KeyView):
    """A key that was just made; `secret` is shown this once."""

    secret: str


class KeyList(BaseModel):
    """Newest first."""

    items: list[KeyView]


class KeyWish(BaseModel):
    """A key to make; without `expires_at` it is good until it is deleted."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    scopes: Names = Field(min_length=1)
    groups: Names = []
    expires_at: AwareDatetime | None = None


@router.get("/v1/api-keys")
async def get_keys(caller: CurrentCaller, identity: WithIdentity) -> KeyList:
    """The keys of the tenant, without their secrets."""
    async with identity.reads.connect() as connection:
        found = await connection.run_sync(list_keys, caller.tenant)
    return KeyList(items=[KeyView.model_validate(row) for row in found])


@router.post("/v1/api-keys", status_code=201, response_model=NewKeyView)
async def post_key(given: KeyWish, caller: CurrentCaller, identity: WithIdentity, audit: WithAudit) -> Response:
    """Make a key. It ends with the account that made it."""
    name = one_line(given.name, "name", 100)
    if not name:
        raise RejectedError("the key needs a name")
    if given.expires_at is not None and given.expires_at <= datetime.now(UTC):
        raise RejectedError("expires_at has passed already")
    held = make_caller(caller.tenant, f"key:{name}", given.groups, given.scopes)
    key = NewKey(caller.tenant, name, sorted(held.roles), sorted(held.groups), caller.user, given.expires_at)
    async with identity.engine.begin() as connection:
        key_id, secret = await connection.run_sync(add_key, key)
        row = await connection.run_sync(get_key, caller.tenant, key_id)
        await audit.within(connection, "key.added", f"key:{name}", scopes=key.scopes, groups=key.groups)
    made = KeyView.model_validate(row).model_dump(mode="json") | {"secret": secret}
    return JSONResponse(made, 201, {"Cache-Control": "no-store"})


@router.delete("/v1/api-keys/{key_id}", status_code=204)
async def delete_key(key_id: KeyId, caller: CurrentCaller, identity: WithIdentity, audit: WithAudit) -> Response:
    """Revoke a key: nobody gets in by it from the moment this answers."""
    async with identity.engine.begin() as connection:
        name = await connection.run_sync(remove_key, caller.tenant, key_id)
        await audit.within(connection, "key.deleted", f"key:{name}")
    return Response(status_code=204)
