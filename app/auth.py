"""Who calls, and what the caller's roles may do: bearer tokens, and the one table of routes and roles.

Two questions are asked of every request, and neither answers the other:

- *May this role use this route?* `ROUTES` says so. A route that is not in it is closed to everyone.
- *May this caller read this document?* Only the readers of a document say so, for every role alike: search, text and
  original show nothing to an administrator who is not among the readers. What editors and administrators get without
  being readers is management: the list of the tenant's documents with state, reason and readers, changing readers and
  title, and deleting. Uploading a document gives no right to read it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app.errors import ForbiddenError, UnauthenticatedError
from retrieval.access import Access, check_principal, check_slug
from retrieval.errors import RejectedError

CUSTOMER, EMPLOYEE, AGENT, EDITOR, ADMIN = ROLES = ("customer", "employee", "agent", "editor", "admin")
EVERYONE = frozenset(ROLES)
EDITORS = frozenset({EDITOR, ADMIN})
ADMINS = frozenset({ADMIN})
OPEN: frozenset[str] = frozenset()
"""Marks a route that asks for no token."""

DEFAULT_TENANT = "default"
DEFAULT_LIFETIME_SECONDS = 12 * 3600
_LEEWAY_SECONDS = 5
_MAX_GROUPS = 256

ROUTES: Mapping[tuple[str, str], frozenset[str]] = {
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/version"): OPEN,
    ("GET", "/metrics"): OPEN,
    ("POST", "/v1/search"): EVERYONE,
    ("GET", "/v1/documents"): EVERYONE,
    ("POST", "/v1/documents"): EDITORS,
    ("GET", "/v1/documents/{document_id}"): EVERYONE,
    ("PATCH", "/v1/documents/{document_id}"): EDITORS,
    ("DELETE", "/v1/documents/{document_id}"): EDITORS,
    ("GET", "/v1/documents/{document_id}/original"): EVERYONE,
    ("GET", "/v1/documents/{document_id}/text"): EVERYONE,
    ("GET", "/v1/documents/{document_id}/events"): EVERYONE,
    ("PUT", "/v1/records/{source}/{key:path}"): EDITORS,
    ("DELETE", "/v1/records/{source}/{key:path}"): EDITORS,
    ("POST", "/v1/records/{source}:batch"): EDITORS,
    ("GET", "/v1/sources"): EDITORS,
    ("GET", "/v1/sources/{name}"): EDITORS,
    ("PUT", "/v1/sources/{name}"): ADMINS,
    ("DELETE", "/v1/sources/{name}"): ADMINS,
    ("GET", "/v1/sources/{name}/status"): EDITORS,
    ("GET", "/v1/dead-letters"): EDITORS,
    ("POST", "/v1/dead-letters/{letter_id}/replay"): EDITORS,
    ("DELETE", "/v1/dead-letters/{letter_id}"): EDITORS,
    ("GET", "/v1/cleaning-packs"): EDITORS,
    ("GET", "/v1/cleaning-packs/{name}"): EDITORS,
    ("PUT", "/v1/cleaning-packs/{name}"): EDITORS,
    ("DELETE", "/v1/cleaning-packs/{name}"): EDITORS,
}
"""Route, as its decorator names it → the roles that may call it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: `user` is "" for an anonymous visitor; without a role one is a customer."""

    tenant: str
    user: str
    groups: frozenset[str]
    roles: frozenset[str]

    @property
    def access(self) -> Access:
        """What the caller may read."""
        return Access.of(self.tenant, self.user, self.groups)

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


def mint_token(secret: str, caller: Caller, lifetime_seconds: int = DEFAULT_LIFETIME_SECONDS) -> str:
    """A bearer token (JWT, HS256) for `caller`, good for `lifetime_seconds` from now."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "sub": caller.user,
        "tenant": caller.tenant,
        "groups": sorted(caller.groups),
        "roles": sorted(caller.roles),
        "iat": now,
        "exp": now + lifetime_seconds,
    }
    return jwt.encode({"alg": "HS256"}, claims, _key(secret))


def read_token(secret: str, token: str) -> Caller:
    """The caller that `token` speaks for.

    Raises:
        UnauthenticatedError: it is not ours, was changed, or has run out.
    """
    try:
        claims = jwt.decode(token, _key(secret), algorithms=["HS256"]).claims
    except (JoseError, ValueError):
        raise UnauthenticatedError("the bearer token is not valid") from None
    expires = claims.get("exp")
    if not isinstance(expires, int) or isinstance(expires, bool) or expires + _LEEWAY_SECONDS < time.time():
        raise UnauthenticatedError("the bearer token has run out; sign in again")
    try:
        return make_caller(
            _text(claims.get("tenant", DEFAULT_TENANT)),
            _text(claims.get("sub", "")),
            _texts(claims.get("groups", [])),
            _texts(claims.get("roles", [])),
        )
    except RejectedError as error:
        raise UnauthenticatedError(f"the bearer token names nobody: {error.message}") from None


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


_bearer = HTTPBearer(auto_error=False, description="a token from `freshet token`")


def authorise(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
    """Let the request through when `ROUTES` gives its route to a role of the caller; every route depends on this.

    Raises:
        UnauthenticatedError: the route wants a token and there is no valid one.
        ForbiddenError: none of the caller's roles may use the route, or the route is in no row of the table.
    """
    path = getattr(request.scope.get("route"), "path", "")
    allowed = ROUTES.get((request.method, path))
    if allowed is OPEN:
        return
    if credentials is None:
        raise UnauthenticatedError("this needs a bearer token")
    caller = read_token(request.app.state.token_secret, credentials.credentials)
    if allowed is None or caller.roles.isdisjoint(allowed):
        raise ForbiddenError(f"{request.method} {path} is not for {' or '.join(sorted(caller.roles))}")
    request.state.caller = caller


def current_caller(request: Request) -> Caller:
    """The caller that `authorise` let through."""
    caller: Caller = request.state.caller
    return caller


CurrentCaller = Annotated[Caller, Depends(current_caller)]
"""Parameter type of a route that needs to know who calls."""
