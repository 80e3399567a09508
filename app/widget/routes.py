"""A page with a site's public key gets a visitor's token; and the demo shop's server vouches for its customers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text
from starlette.responses import JSONResponse, Response

from app.callers import Caller, mint_token
from app.chat.routes import WithChat
from app.identity.sites import Site, identity_secret, origin_of, site_of_key
from app.identity.wiring import Identity, WithIdentity
from app.refusals import ForbiddenError, NotFoundError
from app.rules.gathering import Circumstances, facts_greeting
from app.rules.model import Verdict
from app.widget.opening import Opening
from app.widget.sample_site import CUSTOMERS, SAMPLE_KEY
from app.widget.visitors import (
    LIFETIME_SECONDS,
    Vouched,
    anonymous_caller,
    is_visitor,
    new_visitor,
    signature_of,
    vouched_caller,
)
from retrieval.errors import RejectedError

router = APIRouter(tags=["widget"])

Language = Literal["en", "zh"]
GREETING: Mapping[Language, str] = {
    "en": "Hello! What can we help you with?",
    "zh": "您好！有什么可以帮您？",
}
_DEMO_SECONDS = 3600
_STAFF = text("""
SELECT EXISTS (SELECT 1 FROM users WHERE tenant = :tenant AND name = :user AND NOT deleted AND roles && :roles)
  OR EXISTS (SELECT 1 FROM memberships WHERE tenant = :tenant AND group_name = ANY(:groups))
""")
_STAFF_ROLES = ["employee", "agent", "editor", "admin"]


class SignedIdentity(BaseModel):
    """What the host's server signed: `signature` is the HMAC-SHA256 over user, groups and expiry, a line each."""

    model_config = ConfigDict(extra="forbid")

    user: str = Field(min_length=1, max_length=190)
    groups: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(default_factory=list, max_length=50)
    expires: int = Field(ge=0, le=2**40, description="seconds since 1970")
    signature: str = Field(pattern="^[0-9a-fA-F]{64}$")


class Visit(BaseModel):
    """A page that begins: the site's public key, what the browser was given before, and who vouches for whom."""

    model_config = ConfigDict(extra="forbid")

    site_key: str = Field(max_length=100)
    visitor: str = Field(default="", max_length=100)
    identity: SignedIdentity | None = None
    language: Literal["", "en", "zh"] = ""


class VisitView(BaseModel):
    """`visitor` is for the browser to keep; `opens_at` is null while people are there, or never."""

    token: str
    expires_at: datetime
    visitor: str
    user: str
    language: Language
    greeting: dict[Language, str]
    open: bool
    opens_at: datetime | None
    closed_text: dict[Language, str]
    site: str


class DemoCustomer(BaseModel):
    """Whom the demo shop signs in."""

    model_config = ConfigDict(extra="forbid")

    user: str = Field(max_length=100)


@router.post("/v1/widget/session", response_model=VisitView)
async def post_widget_session(
    visit: Visit,
    identity: WithIdentity,
    chat: WithChat,
    origin: Annotated[str, Header(max_length=300)] = "",
    accept_language: Annotated[str, Header(max_length=500)] = "",
) -> Response:
    """A token of at most half an hour for a visitor of a site, on one of the site's origins.

    What is said first, and whether people are there, the site says; rules of stage `greeting` have the last word.
    """
    site = await _site(identity, visit.site_key, origin)
    visitor = visit.visitor if is_visitor(visit.visitor) else new_visitor()
    now = time.time()
    lifetime = LIFETIME_SECONDS
    if visit.identity:
        given = Vouched(**visit.identity.model_dump())
        caller = vouched_caller(site, identity_secret(identity.secret, site.id), given, now)
        await _refuse_staff(identity, caller)
        lifetime = min(lifetime, max(1, given.expires - int(now)))
    else:
        caller = anonymous_caller(site, visitor)
    opening = Opening.model_validate(site.opening)
    moment = datetime.fromtimestamp(now, UTC)
    known = Circumstances(caller, moment.astimezone(chat.zone), channel="widget")
    verdict = await chat.rules.judge(site.tenant, "greeting", facts_greeting(known))
    closed = next(iter(verdict.of("closed")), None)
    view = VisitView(
        token=mint_token(identity.secret, caller, lifetime, site.id),
        expires_at=datetime.fromtimestamp(int(now) + lifetime, UTC),
        visitor=visitor,
        user=caller.user if visit.identity else "",
        language=visit.language or _language(accept_language),
        greeting=_greeting(site, verdict),
        open=opening.is_open(moment) and not closed,
        opens_at=opening.opens_at(moment),
        closed_text={one: closed.action.text(one) for one in GREETING} if closed else dict(opening.closed_text),
        site=site.name,
    )
    return JSONResponse(view.model_dump(mode="json"), headers={"Cache-Control": "no-store"})


@router.post("/v1/widget/demo", response_model=SignedIdentity)
async def post_demo_identity(customer: DemoCustomer, identity: WithIdentity) -> Response:
    """What the server of the demo shop signs for one of its customers; only beside the sample, on this machine."""
    async with identity.reads.connect() as connection:
        site = await connection.run_sync(site_of_key, SAMPLE_KEY)
    if site is None or not site.active or not identity.loopback or customer.user not in CUSTOMERS:
        raise NotFoundError("there is no such customer of the demo shop")
    groups = [f"customer:{CUSTOMERS[customer.user]}"]
    expires = int(time.time()) + _DEMO_SECONDS
    signature = signature_of(identity_secret(identity.secret, site.id), customer.user, groups, expires)
    signed = SignedIdentity(user=customer.user, groups=groups, expires=expires, signature=signature)
    return JSONResponse(signed.model_dump(), headers={"Cache-Control": "no-store"})


def _greeting(site: Site, verdict: Verdict) -> dict[Language, str]:
    """What is said first: by a rule, else by the site, else by the widget."""
    said: Mapping[str, str] = verdict.ending.action.texts if verdict.ending else site.greeting
    return {language: said.get(language) or GREETING[language] for language in GREETING}


async def _site(identity: Identity, key: str, origin: str) -> Site:
    """The site of a public key. Raises ForbiddenError where it is not for this origin."""
    async with identity.reads.connect() as connection:
        site = await connection.run_sync(site_of_key, key)
    try:
        named = origin_of(origin)
    except RejectedError:
        named = ""
    if site is None or not site.active or named not in site.origins:
        raise ForbiddenError(f"this site key is not for pages of {origin or 'an unnamed origin'}")
    return site


async def _refuse_staff(identity: Identity, caller: Caller) -> None:
    """A site vouches for customers: not for people who work here, nor for groups that have members here."""
    asked = {"tenant": caller.tenant, "user": caller.user, "groups": sorted(caller.groups), "roles": _STAFF_ROLES}
    async with identity.reads.connect() as connection:
        if (await connection.execute(_STAFF, asked)).scalar_one():
            raise ForbiddenError("a site cannot vouch for this user or one of these groups")


def _language(accepted: str) -> Language:
    """The first language that the browser likes and we speak (RFC 9110, 12.5.4, without weights: browsers sort)."""
    for part in accepted.split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith(("en", "zh")):
            return "zh" if tag.startswith("zh") else "en"
    return "en"
