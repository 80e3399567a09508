"""Signing in and out: `POST /v1/session` gives a cookie, `GET` tells who one is, `DELETE` ends it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from app.auth import CurrentCaller, address_of, refuse_cross_site
from app.callers import CUSTOMER, DEFAULT_TENANT, Caller
from app.identity.auditing import WithAudit
from app.identity.names import user_name
from app.identity.passwords import SAMPLE_PASSWORD, check_password
from app.identity.resolving import Session
from app.identity.sessions import COOKIE, begin_session, csrf_token, end_session
from app.identity.users import LOCAL, User, change_user, get_user, has_users
from app.identity.wiring import Identity, WithIdentity
from app.refusals import ConflictError, UnauthenticatedError
from retrieval.access import check_slug
from retrieval.errors import RejectedError

router = APIRouter(tags=["sign-in"])

Password = Annotated[str, Field(min_length=1, max_length=1000)]


class Credentials(BaseModel):
    """Who wants to sign in."""

    model_config = ConfigDict(extra="forbid")

    tenant: str = Field(default=DEFAULT_TENANT, max_length=63)
    user: str = Field(min_length=1, max_length=200)
    password: Password


class SessionView(BaseModel):
    """Who one is. With a bearer token or a key there is neither CSRF token nor end."""

    tenant: str
    user: str
    display_name: str
    roles: list[str]
    groups: list[str]
    csrf_token: str | None
    expires_at: datetime | None


class PasswordChange(BaseModel):
    """The password one has, and the one to take its place."""

    model_config = ConfigDict(extra="forbid")

    old: Password
    new: Password


@router.post("/v1/session", response_model=SessionView)
async def sign_in(given: Credentials, request: Request, identity: WithIdentity) -> Response:
    """Sign in with name and password; a session that the browser had before ends. Guessing is slowed down (429)."""
    refuse_cross_site(request)
    address = address_of(request)
    await identity.throttle.enter(given.tenant, given.user.lower(), address)
    user = await _checked(identity, given)
    if user is None:
        await _note_refusal(identity, given, address)
        raise UnauthenticatedError("user or password is not right")
    await identity.throttle.succeeded(given.tenant, given.user.lower(), address)
    async with identity.engine.begin() as connection:
        await connection.run_sync(end_session, request.cookies.get(COOKIE, ""))
        token, expires = await connection.run_sync(begin_session, user.tenant, user.name, identity.session_lifetime)
        said = ("session.begun", f"user:{user.name}", {"origin": LOCAL, "address": address})
        await identity.audit.append(connection, user.tenant, user.name, said)
    roles = frozenset(user.roles) or frozenset({CUSTOMER})
    caller = Caller(user.tenant, user.name, frozenset(user.groups), roles)
    return _answer(request, identity, session_view(caller, Session(token, user.display_name, expires)), token)


@router.get("/v1/session")
async def get_session(request: Request, caller: CurrentCaller, identity: WithIdentity) -> SessionView:
    """Who one is."""
    session = _session(request)
    if session is not None:
        return session_view(caller, session)
    user = await _account(identity, caller.tenant, caller.user)
    return session_view(caller, None, user.display_name if user else "")


@router.delete("/v1/session", status_code=204)
async def sign_out(request: Request, identity: WithIdentity, audit: WithAudit) -> Response:
    """Sign out here; the cookie means nothing from now on."""
    session = _session(request)
    if session is None:
        raise ConflictError("a bearer token is not a session: there is nothing to sign out of")
    async with identity.engine.begin() as connection:
        await connection.run_sync(end_session, session.token)
        await audit.within(connection, "session.ended", "")
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", secure=identity.is_secure(request), httponly=True, samesite="lax")
    return response


@router.put("/v1/session/password", response_model=SessionView)
async def change_password(
    change: PasswordChange, request: Request, caller: CurrentCaller, identity: WithIdentity, audit: WithAudit
) -> Response:
    """Change one's own password; every session of one's own ends but for a new one in this browser."""
    check_password(change.new)
    user = await _account(identity, caller.tenant, caller.user)
    if user is None or user.origin != LOCAL:
        raise ConflictError("this account has no password here")
    await identity.throttle.enter(caller.tenant, caller.user, address_of(request))
    if not await identity.passwords.verify(user.password_hash, change.old):
        raise RejectedError("the old password is not right")
    await identity.throttle.succeeded(caller.tenant, caller.user, address_of(request))
    hashed = await identity.passwords.hash(change.new)
    token, expires = "", None
    async with identity.engine.begin() as connection:
        await connection.run_sync(change_user, user, {"password_hash": hashed})
        if _session(request):
            token, expires = await connection.run_sync(begin_session, user.tenant, user.name, identity.session_lifetime)
        await audit.within(connection, "user.password_changed", f"user:{user.name}")
    session = Session(token, user.display_name, expires) if expires else None
    return _answer(request, identity, session_view(caller, session, user.display_name), token)


def session_view(caller: Caller, session: Session | None, display_name: str = "") -> SessionView:
    """What a page is told about who is signed in."""
    return SessionView(
        tenant=caller.tenant,
        user=caller.user,
        display_name=session.display_name if session else display_name,
        roles=sorted(caller.roles),
        groups=sorted(caller.groups),
        csrf_token=csrf_token(session.token) if session else None,
        expires_at=session.expires_at if session else None,
    )


def set_cookie(response: Response, request: Request, identity: Identity, token: str) -> None:
    """Hand the session to the browser: no script reads it, and other sites' requests do not carry it."""
    age = int(identity.session_lifetime.total_seconds())
    secure = identity.is_secure(request)
    response.set_cookie(COOKIE, token, max_age=age, path="/", secure=secure, httponly=True, samesite="lax")


async def _checked(identity: Identity, given: Credentials) -> User | None:
    """The account whose password this is; as much work when there is none."""
    user = None
    with suppress(RejectedError):  # such a name nobody has
        user = await _account(identity, check_slug("tenant", given.tenant), user_name(given.user))
    right = await identity.passwords.verify(user.password_hash if user else "", given.password)
    if user is None or not right or not user.active:
        return None
    return user if identity.loopback or given.password != SAMPLE_PASSWORD else None


async def _note_refusal(identity: Identity, given: Credentials, address: str) -> None:
    """Write a failed attempt down where there is such a tenant: strangers do not make logs of their own."""
    with suppress(RejectedError):
        async with identity.reads.connect() as connection:
            known = await connection.run_sync(has_users, check_slug("tenant", given.tenant))
        if known:
            await identity.audit.write(given.tenant, given.user, "session.refused", "", address=address)


async def _account(identity: Identity, tenant: str, name: str) -> User | None:
    async with identity.reads.connect() as connection:
        return await connection.run_sync(get_user, tenant, name)


def _answer(request: Request, identity: Identity, view: SessionView, token: str) -> Response:
    response = JSONResponse(view.model_dump(mode="json"), headers={"Cache-Control": "no-store"})
    if token:
        set_cookie(response, request, identity, token)
    return response


def _session(request: Request) -> Session | None:
    """The session that the request came with, if it came with one."""
    session: Session | None = getattr(request.state, "session", None)
    return session
