"""Accounts over HTTP, for administrators: list, add, change, deactivate, delete."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.responses import Response

from app.admin.paging import Cursor, Limit, cursor_of, read_cursor
from app.auth import CurrentCaller
from app.callers import ADMIN, make_caller
from app.identity.auditing import WithAudit
from app.identity.names import one_line, user_name
from app.identity.users import (
    LOCAL,
    User,
    add_user,
    administrators,
    change_user,
    end_sessions,
    get_user,
    list_users,
    lock_people,
    remove_user,
)
from app.identity.wiring import WithIdentity
from app.refusals import ConflictError, NotFoundError

router = APIRouter(tags=["people"])

UserName = Annotated[str, Path(max_length=200)]
Names = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=256)]
Text = Annotated[str, Field(max_length=300)]
Password = Annotated[str, Field(max_length=1000)]


class UserView(BaseModel):
    """An account; `origin` is `local` or the name of the provider that vouches for it."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    display_name: str
    email: str
    roles: list[str]
    groups: list[str]
    active: bool
    origin: str
    created_at: datetime
    last_seen_at: datetime | None


class UserPage(BaseModel):
    """By name; `next_cursor` is null on the last page."""

    items: list[UserView]
    next_cursor: str | None


class NewUser(BaseModel):
    """An account to make. Without a password it cannot sign in until it is given one."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    display_name: Text = ""
    email: Text = ""
    roles: Names = []
    groups: Names = []
    password: Password | None = None
    active: bool = True


class UserChange(BaseModel):
    """What to change; what is left out stays. A new password ends the account's sessions."""

    model_config = ConfigDict(extra="forbid")

    display_name: Text | None = None
    email: Text | None = None
    roles: Names | None = None
    groups: Names | None = None
    password: Password | None = None
    active: bool | None = None


@router.get("/v1/users")
async def get_users(
    caller: CurrentCaller,
    identity: WithIdentity,
    cursor: Cursor = None,
    limit: Limit = 100,
    query: Annotated[str, Query(max_length=200, description="part of a name or an address")] = "",
) -> UserPage:
    """The accounts of the tenant."""
    after = (read_cursor(cursor, 1) or [""])[0]
    async with identity.reads.connect() as connection:
        found = await connection.run_sync(list_users, caller.tenant, query.replace("\0", ""), after, limit + 1)
    following = cursor_of([found[limit - 1].name]) if len(found) > limit else None
    return UserPage(items=[UserView.model_validate(user) for user in found[:limit]], next_cursor=following)


@router.post("/v1/users", status_code=201)
async def post_user(given: NewUser, caller: CurrentCaller, identity: WithIdentity, audit: WithAudit) -> UserView:
    """Make an account; groups that nobody declared yet are made with it."""
    name = user_name(given.name)
    user = User(
        tenant=caller.tenant,
        name=name,
        display_name=one_line(given.display_name, "display_name"),
        email=one_line(given.email, "email"),
        roles=_roles(caller.tenant, name, given.roles),
        groups=_groups(caller.tenant, name, given.groups),
        active=given.active,
        password_hash=await identity.passwords.hash(given.password) if given.password is not None else "",
    )
    async with identity.engine.begin() as connection:
        await connection.run_sync(add_user, user)
        made = await connection.run_sync(_known, caller.tenant, name)
        said: dict[str, Any] = {"roles": user.roles, "groups": user.groups, "active": user.active}
        await audit.within(connection, "user.added", f"user:{name}", **said)
    return UserView.model_validate(made)


@router.get("/v1/users/{name}")
async def get_one_user(name: UserName, caller: CurrentCaller, identity: WithIdentity) -> UserView:
    """One account."""
    async with identity.reads.connect() as connection:
        return UserView.model_validate(await connection.run_sync(_known, caller.tenant, name))


@router.patch("/v1/users/{name}")
async def patch_user(
    name: UserName, given: UserChange, caller: CurrentCaller, identity: WithIdentity, audit: WithAudit
) -> UserView:
    """Change an account. What it loses, its sessions, keys and tokens lose before this answers.

    `active: false` ends them all. The last account that can administer stays one.
    """
    changed = _changed(caller.tenant, name, given)
    if given.password is not None:
        changed["password_hash"] = await identity.passwords.hash(given.password)
    async with identity.engine.begin() as connection:
        await connection.run_sync(lock_people, caller.tenant)
        before = await connection.run_sync(_known, caller.tenant, name)
        _refuse_foreign(before, given)
        await connection.run_sync(change_user, before, dict(changed))
        await connection.run_sync(_keep_an_administrator, before)
        after = await connection.run_sync(_known, caller.tenant, name)
        said = {field: changed[field] for field in ("roles", "groups", "active") if field in changed}
        fields = sorted("password" if field == "password_hash" else field for field in changed)
        await audit.within(connection, "user.changed", f"user:{name}", fields=fields, **said)
    return UserView.model_validate(after)


@router.delete("/v1/users/{name}", status_code=204)
async def delete_user(name: UserName, caller: CurrentCaller, identity: WithIdentity, audit: WithAudit) -> Response:
    """Delete an account; its sessions, keys and tokens are void from now on."""
    async with identity.engine.begin() as connection:
        await connection.run_sync(lock_people, caller.tenant)
        before = await connection.run_sync(_known, caller.tenant, name)
        await connection.run_sync(remove_user, caller.tenant, before.name)
        await connection.run_sync(_keep_an_administrator, before)
        await audit.within(connection, "user.deleted", f"user:{name}")
    return Response(status_code=204)


@router.delete("/v1/users/{name}/sessions", status_code=204)
async def delete_sessions(name: UserName, caller: CurrentCaller, identity: WithIdentity, audit: WithAudit) -> Response:
    """Sign an account out everywhere: every browser session of it ends. Its keys stay."""
    async with identity.engine.begin() as connection:
        user = await connection.run_sync(_known, caller.tenant, name)
        await connection.run_sync(end_sessions, caller.tenant, user.name)
        await audit.within(connection, "user.signed_out", f"user:{user.name}")
    return Response(status_code=204)


def _known(connection: Connection, tenant: str, name: str) -> User:
    user = get_user(connection, tenant, name.replace("\0", ""))
    if user is None:
        raise NotFoundError(f"there is no user {name!r}")
    return user


def _keep_an_administrator(connection: Connection, before: User) -> None:
    """Refuse to take the last account that can administer: nobody could give it back."""
    if before.active and ADMIN in before.roles and not administrators(connection, before.tenant):
        raise ConflictError("this is the last account that can administer: make another one first")


def _refuse_foreign(before: User, given: UserChange) -> None:
    """What a provider says at each sign-in is changed there."""
    if before.origin == LOCAL:
        return
    foreign = ("password", "roles", "groups", "email", "display_name")
    if said := [name for name in foreign if getattr(given, name) is not None]:
        raise ConflictError(f"{said[0]} of this account comes from {before.origin!r}: change it there")


def _changed(tenant: str, name: str, given: UserChange) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if given.display_name is not None:
        changed["display_name"] = one_line(given.display_name, "display_name")
    if given.email is not None:
        changed["email"] = one_line(given.email, "email")
    if given.roles is not None:
        changed["roles"] = _roles(tenant, name, given.roles)
    if given.groups is not None:
        changed["groups"] = _groups(tenant, name, given.groups)
    if given.active is not None:
        changed["active"] = given.active
    return changed


def _roles(tenant: str, name: str, roles: Iterable[str]) -> list[str]:
    """Checked, sorted, at least one."""
    return sorted(make_caller(tenant, name, (), roles).roles)


def _groups(tenant: str, name: str, groups: Iterable[str]) -> list[str]:
    return sorted(make_caller(tenant, name, (one_line(group, "a group") for group in groups), ()).groups)
