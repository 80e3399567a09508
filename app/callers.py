"""Who calls: tenant, user, groups and roles, and the bearer tokens that carry them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app.refusals import UnauthenticatedError
from retrieval.access import Access, check_principal, check_slug
from retrieval.errors import RejectedError

CUSTOMER, EMPLOYEE, AGENT, EDITOR, ADMIN = ROLES = ("customer", "employee", "agent", "editor", "admin")
EVERYONE = frozenset(ROLES)
EDITORS = frozenset({EDITOR, ADMIN})
ADMINS = frozenset({ADMIN})
AGENTS = frozenset({AGENT, ADMIN})

DEFAULT_TENANT = "default"
VISITOR = "visitor-"
"""Begins the name of everybody on a site whom nobody vouches for; a site cannot vouch for such a name."""
DEFAULT_LIFETIME_SECONDS = 12 * 3600
_LEEWAY_SECONDS = 5
_MAX_GROUPS = 256


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: `user` is "" for an anonymous visitor; without a role one is a customer.

    `site` is the widget site whose page the caller is on, "" elsewhere.
    """

    tenant: str
    user: str
    groups: frozenset[str]
    roles: frozenset[str]
    site: str = ""

    @property
    def access(self) -> Access:
        """What the caller may read."""
        return Access.of(self.tenant, self.user, self.groups)

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody vouches for who the caller is."""
        return not self.user or self.user.startswith(VISITOR)

    @property
    def manages(self) -> bool:
        """Whether the caller sees how documents of the tenant are doing, and changes them."""
        return not self.roles.isdisjoint(EDITORS)

    @property
    def name(self) -> str:
        """The name under which actions are recorded."""
        return self.user or "anonymous"


def make_caller(tenant: str, user: str, groups: Iterable[str], roles: Iterable[str]) -> Caller:
    """A checked caller.

    Raises:
        RejectedError: a name that cannot be one, a group that poses as a user, or a role that does not exist.
    """
    named = frozenset(check_principal(group) for group in groups)
    if user:
        check_principal(f"user:{user}")
    if posing := sorted(group for group in named if group.startswith("user:")):
        raise RejectedError(f"group {posing[0]!r}: a group's name may not begin with 'user:'")
    held = frozenset(roles)
    if unknown := sorted(held - EVERYONE):
        raise RejectedError(f"role {unknown[0]!r}: the roles are {', '.join(ROLES)}")
    if len(named) > _MAX_GROUPS:
        raise RejectedError(f"{len(named)} groups; the limit is {_MAX_GROUPS}")
    return Caller(check_slug("tenant", tenant), user, named, held or frozenset({CUSTOMER}))


def mint_token(secret: str, caller: Caller, lifetime_seconds: int = DEFAULT_LIFETIME_SECONDS, site: str = "") -> str:
    """A bearer token (JWT, HS256) for `caller`, good for `lifetime_seconds` from now; on pages of `site` only."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "sub": caller.user,
        "tenant": caller.tenant,
        "groups": sorted(caller.groups),
        "roles": sorted(caller.roles),
        "iat": now,
        "exp": now + lifetime_seconds,
        **({"site": site} if site else {}),
    }
    return jwt.encode({"alg": "HS256"}, claims, _key(secret))


def read_token(secret: str, token: str) -> Caller:
    """The caller that `token` speaks for.

    Raises:
        UnauthenticatedError: it is not ours, was changed, or has run out.
    """
    return read_dated_token(secret, token)[0]


def read_dated_token(secret: str, token: str) -> tuple[Caller, int]:
    """As `read_token`, with when it was minted (seconds since 1970; 0 where it does not say)."""
    try:
        claims = jwt.decode(token, _key(secret), algorithms=["HS256"]).claims
    except (JoseError, ValueError):
        raise UnauthenticatedError("the bearer token is not valid") from None
    expires = claims.get("exp")
    if not isinstance(expires, int) or isinstance(expires, bool) or expires + _LEEWAY_SECONDS < time.time():
        raise UnauthenticatedError("the bearer token has run out; sign in again")
    issued = claims.get("iat")
    try:
        caller = make_caller(
            _text(claims.get("tenant", DEFAULT_TENANT)),
            _text(claims.get("sub", "")),
            _texts(claims.get("groups", [])),
            _texts(claims.get("roles", [])),
        )
        caller = replace(caller, site=_text(claims.get("site", "")))
    except RejectedError as error:
        raise UnauthenticatedError(f"the bearer token names nobody: {error.message}") from None
    return caller, issued if type(issued) is int and 0 <= issued < expires else 0


def _key(secret: str) -> OctKey:
    """A key of 256 bits whatever the length of `secret` (RFC 7518, 3.2 wants no less for HS256)."""
    return OctKey.import_key(hashlib.sha256(b"freshet bearer token\0" + secret.encode()).digest())


def _text(claim: object) -> str:
    if not isinstance(claim, str):
        raise RejectedError("a claim is not text")
    return claim


def _texts(claim: object) -> list[str]:
    if not isinstance(claim, list):
        raise RejectedError("a claim is not a list")
    return [_text(one) for one in claim]
