"""Signing in with a provider: the browser is sent there, and comes back with a code."""

from __future__ import annotations

import secrets
import time
from typing import Annotated
from urllib.parse import quote

import orjson
import structlog
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from app.auth import address_of
from app.callers import DEFAULT_TENANT
from app.identity.oidc import Provider, SignInRefusedError
from app.identity.sealing import seal, unseal
from app.identity.session_routes import set_cookie
from app.identity.sessions import COOKIE, end_session
from app.identity.wiring import Identity, WithIdentity
from app.refusals import NotFoundError
from retrieval.errors import RejectedError, UnavailableError

router = APIRouter(tags=["sign-in"])
log = structlog.get_logger(__name__)

WAY_COOKIE = "freshet_oidc"
_WAY_PATH = "/v1/oidc"
_WAY_SECONDS = 600

ProviderName = Annotated[str, Path(max_length=63)]


class ProviderView(BaseModel):
    """A provider to sign in with: lead the browser to `start_url`, with `next` where it shall end."""

    name: str
    label: str
    start_url: str


class SignInWays(BaseModel):
    """How people sign in here."""

    local: bool
    providers: list[ProviderView]


@router.get("/v1/sign-in-ways")
async def get_ways(identity: WithIdentity) -> SignInWays:
    """How people sign in here."""
    known = [one.settings for one in identity.providers.values()]
    views = [ProviderView(name=p.name, label=p.label, start_url=f"{_WAY_PATH}/{p.name}/start") for p in known]
    return SignInWays(local=True, providers=views)


@router.get("/v1/oidc/{provider}/start", status_code=303, response_class=RedirectResponse)
async def start(
    provider: ProviderName,
    request: Request,
    identity: WithIdentity,
    next_: Annotated[str, Query(alias="next", max_length=2000, description="a path of this service")] = "/",
) -> Response:
    """Send the browser to the provider."""
    known = _provider(identity, provider)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    way = {"provider": provider, "state": state, "nonce": nonce, "verifier": verifier, "next": own_path(next_)}
    try:
        address = await known.start_url(_redirect_uri(request, identity, provider), state, nonce, verifier)
    except (UnavailableError, SignInRefusedError) as error:
        return _back("unavailable", error.message)
    response = RedirectResponse(address, 303, {"Cache-Control": "no-store"})
    sealed = seal(identity.secret, "way of sign-in", orjson.dumps({**way, "at": int(time.time())}).decode())
    secure = identity.is_secure(request)
    response.set_cookie(WAY_COOKIE, sealed, _WAY_SECONDS, path=_WAY_PATH, secure=secure, httponly=True, samesite="lax")
    return response


@router.get("/v1/oidc/{provider}/callback", status_code=303, response_class=RedirectResponse)
async def callback(
    provider: ProviderName,
    request: Request,
    identity: WithIdentity,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Where the provider sends the browser back: to `next`, or to `/?sign_in_error=…` (refused, expired, …)."""
    known = _provider(identity, provider)
    address = address_of(request)
    try:
        way = _way(request, identity, provider, state)
        if not code:
            raise SignInRefusedError("refused", "the provider did not let the person in")
        redirect_uri = _redirect_uri(request, identity, provider)
        vouched = await known.redeem(code, redirect_uri, way["nonce"], way["verifier"])
        token = await identity.vouched.begin(DEFAULT_TENANT, known, vouched, address)
    except (SignInRefusedError, RejectedError) as error:
        await identity.audit.write(
            DEFAULT_TENANT, provider, "session.refused", "", reason=error.message, address=address
        )
        return _back(getattr(error, "code", "refused"), error.message)
    except UnavailableError as error:
        return _back("unavailable", error.message)
    async with identity.engine.begin() as connection:
        await connection.run_sync(end_session, request.cookies.get(COOKIE, ""))
    response = RedirectResponse(way["next"], 303, {"Cache-Control": "no-store"})
    set_cookie(response, request, identity, token)
    response.delete_cookie(WAY_COOKIE, path=_WAY_PATH)
    return response


def own_path(given: str) -> str:
    """`given` where it is a path of this service, else `/`: nobody is led elsewhere after signing in."""
    plain = given.startswith("/") and given[1:2] not in {"/", "\\"} and given.isprintable() and "\\" not in given
    return quote(given, safe="/?&=%#:@+,;~!$'()*[]-._") if plain else "/"


def _way(request: Request, identity: Identity, provider: str, state: str) -> dict[str, str]:
    """What was noted in this browser when it was sent away."""
    found = unseal(identity.secret, "way of sign-in", request.cookies.get(WAY_COOKIE, ""))
    way = orjson.loads(found) if found else {}
    if not way or way["provider"] != provider or not secrets.compare_digest(way["state"].encode(), state.encode()):
        raise SignInRefusedError("expired", "this browser did not begin this sign-in")
    if time.time() - way["at"] > _WAY_SECONDS:
        raise SignInRefusedError("expired", "the sign-in took too long")
    return {name: str(value) for name, value in way.items()}


def _redirect_uri(request: Request, identity: Identity, provider: str) -> str:
    base = identity.public_url or str(request.base_url).rstrip("/")
    return f"{base}{_WAY_PATH}/{provider}/callback"


def _back(code: str, message: str) -> Response:
    log.info("sign_in_refused", code=code, reason=message)
    response = RedirectResponse(f"/?sign_in_error={code}", 303, {"Cache-Control": "no-store"})
    response.delete_cookie(WAY_COOKIE, path=_WAY_PATH)
    return response


def _provider(identity: Identity, name: str) -> Provider:
    provider = identity.providers.get(name)
    if provider is None:
        raise NotFoundError(f"there is no way to sign in named {name[:63]!r}")
    return provider
