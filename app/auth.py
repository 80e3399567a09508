"""Who calls, and what the caller's roles may do: the one table of routes and roles.

A caller shows a bearer token, an API key (`fk_…`, as a bearer token too) or a session's cookie; `app.identity` finds
out on every request who that is now. A cookie is sent by the browser whoever made the page, so a request that changes
something must also carry the session's CSRF token, and may not come from another site.

Two questions are asked of every request, and neither answers the other:

- *May this role use this route?* `ROUTES` says so. A route that is not in it is closed to everyone.
- *May this caller read this document?* Only the readers of a document say so, for every role alike: search, text and
  original show nothing to an administrator who is not among the readers. What editors and administrators get without
  being readers is management: the list of the tenant's documents with state, reason and readers, changing readers and
  title, and deleting. Uploading a document gives no right to read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from app.callers import ADMINS, AGENTS, EDITORS, EVERYONE, Caller
from app.identity.api_keys import BEGINNING
from app.identity.resolving import Resolver, Session
from app.identity.sessions import COOKIE, CSRF_HEADER, is_csrf_token
from app.identity.wiring import Identity
from app.refusals import ForbiddenError, UnauthenticatedError

OPEN: frozenset[str] = frozenset()
"""Marks a route that asks nobody who calls."""

ROUTES: Mapping[tuple[str, str], frozenset[str]] = {
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/version"): OPEN,
    ("GET", "/metrics"): OPEN,
    ("GET", "/docs"): OPEN,
    ("GET", "/docs/{asset}"): OPEN,
    ("GET", "/"): OPEN,
    ("GET", "/ask"): OPEN,
    ("GET", "/ask/{place:path}"): OPEN,
    ("GET", "/admin"): OPEN,
    ("GET", "/admin/{place:path}"): OPEN,
    ("GET", "/agent"): OPEN,
    ("GET", "/agent/{place:path}"): OPEN,
    ("GET", "/demo"): OPEN,
    ("GET", "/assets/{name}"): OPEN,
    ("GET", "/favicon.svg"): OPEN,
    ("GET", "/favicon.ico"): OPEN,
    ("GET", "/widget.js"): OPEN,
    ("GET", "/v1/sign-in-ways"): OPEN,
    ("GET", "/v1/oidc/{provider}/start"): OPEN,
    ("GET", "/v1/oidc/{provider}/callback"): OPEN,
    ("POST", "/v1/widget/session"): OPEN,
    ("POST", "/v1/widget/demo"): OPEN,
    ("POST", "/v1/session"): OPEN,
    ("GET", "/v1/session"): EVERYONE,
    ("DELETE", "/v1/session"): EVERYONE,
    ("PUT", "/v1/session/password"): EVERYONE,
    ("GET", "/v1/users"): ADMINS,
    ("POST", "/v1/users"): ADMINS,
    ("GET", "/v1/users/{name}"): ADMINS,
    ("PATCH", "/v1/users/{name}"): ADMINS,
    ("DELETE", "/v1/users/{name}"): ADMINS,
    ("DELETE", "/v1/users/{name}/sessions"): ADMINS,
    ("GET", "/v1/groups"): EDITORS,
    ("PUT", "/v1/groups/{name:path}"): ADMINS,
    ("DELETE", "/v1/groups/{name:path}"): ADMINS,
    ("GET", "/v1/api-keys"): ADMINS,
    ("POST", "/v1/api-keys"): ADMINS,
    ("DELETE", "/v1/api-keys/{key_id}"): ADMINS,
    ("GET", "/v1/sites"): ADMINS,
    ("POST", "/v1/sites"): ADMINS,
    ("GET", "/v1/sites/{site_id}"): ADMINS,
    ("PATCH", "/v1/sites/{site_id}"): ADMINS,
    ("DELETE", "/v1/sites/{site_id}"): ADMINS,
    ("GET", "/v1/audit"): ADMINS,
    ("GET", "/v1/audit/verification"): ADMINS,
    ("POST", "/v1/search"): EVERYONE,
    ("GET", "/v1/documents"): EVERYONE,
    ("POST", "/v1/documents"): EDITORS,
    ("GET", "/v1/documents/{document_id}"): EVERYONE,
    ("PATCH", "/v1/documents/{document_id}"): EDITORS,
    ("DELETE", "/v1/documents/{document_id}"): EDITORS,
    ("GET", "/v1/documents/{document_id}/original"): EVERYONE,
    ("GET", "/v1/documents/{document_id}/text"): EVERYONE,
    ("GET", "/v1/documents/{document_id}/events"): EVERYONE,
    ("GET", "/v1/documents/{document_id}/pages/{number}"): EVERYONE,
    ("GET", "/v1/documents/{document_id}/pages/{number}/marks"): EVERYONE,
    ("GET", "/v1/source-names"): EVERYONE,
    ("GET", "/v1/suggestions"): EVERYONE,
    ("GET", "/v1/documents/{document_id}/chunks"): EVERYONE,
    ("GET", "/v1/documents/{document_id}/versions"): EVERYONE,
    ("POST", "/v1/documents:bulk"): EDITORS,
    ("GET", "/v1/upload-limits"): EDITORS,
    ("POST", "/v1/uploads"): EDITORS,
    ("GET", "/v1/uploads/{upload_id}"): EDITORS,
    ("PATCH", "/v1/uploads/{upload_id}"): EDITORS,
    ("POST", "/v1/uploads/{upload_id}/complete"): EDITORS,
    ("DELETE", "/v1/uploads/{upload_id}"): EDITORS,
    ("PUT", "/v1/records/{source}/{key:path}"): EDITORS,
    ("DELETE", "/v1/records/{source}/{key:path}"): EDITORS,
    ("POST", "/v1/records/{source}:batch"): EDITORS,
    ("GET", "/v1/sources"): EDITORS,
    ("GET", "/v1/sources/{name}"): EDITORS,
    ("PUT", "/v1/sources/{name}"): ADMINS,
    ("DELETE", "/v1/sources/{name}"): ADMINS,
    ("GET", "/v1/sources/{name}/status"): EDITORS,
    ("POST", "/v1/sources/{name}/check"): ADMINS,
    ("POST", "/v1/sources/{name}/pause"): ADMINS,
    ("POST", "/v1/sources/{name}/resume"): ADMINS,
    ("GET", "/v1/sources/{name}/history"): EDITORS,
    ("GET", "/v1/system"): EDITORS,
    ("GET", "/v1/system/history"): EDITORS,
    ("GET", "/v1/dead-letters"): EDITORS,
    ("GET", "/v1/dead-letter-counts"): EDITORS,
    ("GET", "/v1/dead-letters/{letter_id}"): EDITORS,
    ("PUT", "/v1/dead-letters/{letter_id}"): EDITORS,
    ("POST", "/v1/dead-letters:bulk"): EDITORS,
    ("POST", "/v1/dead-letters/{letter_id}/replay"): EDITORS,
    ("DELETE", "/v1/dead-letters/{letter_id}"): EDITORS,
    ("GET", "/v1/cleaning-packs"): EDITORS,
    ("GET", "/v1/cleaning-packs/{name}"): EDITORS,
    ("PUT", "/v1/cleaning-packs/{name}"): EDITORS,
    ("DELETE", "/v1/cleaning-packs/{name}"): EDITORS,
    ("POST", "/v1/cleaning-packs/{name}/try"): EDITORS,
    ("GET", "/v1/cleaning-packs/{name}/versions"): EDITORS,
    ("POST", "/v1/cleaning-packs/{name}/activate"): EDITORS,
    ("POST", "/v1/chat"): EVERYONE,
    ("POST", "/v1/chat/completions"): EVERYONE,
    ("POST", "/v1/embeddings"): EVERYONE,
    ("GET", "/v1/models"): EVERYONE,
    ("GET", "/v1/models/{model}"): EVERYONE,
    ("GET", "/v1/conversations"): EVERYONE,
    ("GET", "/v1/conversations/{conversation_id}"): EVERYONE,
    ("DELETE", "/v1/conversations/{conversation_id}"): EVERYONE,
    ("PATCH", "/v1/conversations/{conversation_id}"): EVERYONE,
    ("POST", "/v1/conversations/{conversation_id}/share"): EVERYONE,
    ("DELETE", "/v1/conversations/{conversation_id}/share"): EVERYONE,
    ("GET", "/v1/shared/{token}"): EVERYONE,
    ("POST", "/v1/chat/{turn_id}/stop"): EVERYONE,
    ("GET", "/v1/conversations/{conversation_id}/live"): EVERYONE,
    ("POST", "/v1/conversations/{conversation_id}/typing"): EVERYONE,
    ("POST", "/v1/conversations/{conversation_id}/read"): EVERYONE,
    ("GET", "/v1/conversations/{conversation_id}/transcript"): EVERYONE,
    ("POST", "/v1/feedback"): EVERYONE,
    ("PATCH", "/v1/feedback/{turn_id}"): EDITORS,
    ("GET", "/v1/turns"): EDITORS,
    ("GET", "/v1/turns/{turn_id}"): EDITORS,
    ("GET", "/v1/agent/conversations"): AGENTS,
    ("GET", "/v1/agent/conversations/{conversation_id}"): AGENTS,
    ("POST", "/v1/agent/conversations/{conversation_id}/claim"): AGENTS,
    ("POST", "/v1/agent/conversations/{conversation_id}/reply"): AGENTS,
    ("POST", "/v1/agent/conversations/{conversation_id}/give-back"): AGENTS,
    ("POST", "/v1/agent/conversations/{conversation_id}/close"): AGENTS,
    ("GET", "/v1/agent/live"): AGENTS,
    ("GET", "/v1/agent/conversations/{conversation_id}/live"): AGENTS,
    ("POST", "/v1/agent/conversations/{conversation_id}/typing"): AGENTS,
    ("POST", "/v1/agent/conversations/{conversation_id}/read"): AGENTS,
    ("POST", "/v1/agent/conversations/{conversation_id}/suggestions"): AGENTS,
    ("GET", "/v1/rule-facts"): EDITORS,
    ("GET", "/v1/rules"): EDITORS,
    ("GET", "/v1/rules/{name}"): EDITORS,
    ("PUT", "/v1/rules/{name}"): EDITORS,
    ("DELETE", "/v1/rules/{name}"): EDITORS,
    ("GET", "/v1/rules/{name}/versions"): EDITORS,
    ("GET", "/v1/rules/{name}/versions/{version}"): EDITORS,
    ("POST", "/v1/rules/{name}/activate"): EDITORS,
    ("POST", "/v1/rules/{name}/shadow"): EDITORS,
    ("GET", "/v1/rules/{name}/shadow"): EDITORS,
    ("POST", "/v1/rules/{name}/try"): EDITORS,
    ("GET", "/v1/rules/{name}/conflicts"): EDITORS,
    ("POST", "/v1/rules/{name}/check"): EDITORS,
    ("GET", "/v1/rules/{name}/replay"): EDITORS,
    ("POST", "/v1/rules/{name}/replay"): EDITORS,
}
"""Route, as its decorator names it → the roles that may call it."""


_SAFE = frozenset({"GET", "HEAD"})
_bearer = HTTPBearer(auto_error=False, description="a token from `freshet token`, or an API key")
_cookie = APIKeyCookie(
    name=COOKIE,
    auto_error=False,
    description=f"from POST /v1/session; with {CSRF_HEADER} where the method changes things",
)


async def authorise(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    cookie: Annotated[str | None, Depends(_cookie)],
) -> None:
    """Let the request through when `ROUTES` gives its route to a role of the caller; every route depends on this.

    Raises:
        UnauthenticatedError: the route wants to know who calls, and nothing valid says so.
        ForbiddenError: none of the caller's roles may use the route, the route is in no row of the table, or the
            request came with a cookie that the page did not prove to know of.
        RetryLaterError: the caller has done this too often.
    """
    path = getattr(request.scope.get("route"), "path", "")
    identity: Identity = request.app.state.identity
    allowed = ROUTES.get((request.method, path))
    if allowed is OPEN:
        await identity.limits.check(request.method, path, None, address_of(request))
        return
    if credentials is None and cookie is not None:
        caller, session = await _by_cookie(request, identity.resolver, cookie)
        request.state.session = session
    else:
        caller = await _by_bearer(identity.resolver, credentials, request.headers.get("origin", ""))
    if allowed is None or caller.roles.isdisjoint(allowed):
        raise ForbiddenError(f"{request.method} {path} is not for {' or '.join(sorted(caller.roles))}")
    await identity.limits.check(request.method, path, caller, address_of(request))
    request.state.caller = caller


async def _by_bearer(resolver: Resolver, credentials: HTTPAuthorizationCredentials | None, origin: str) -> Caller:
    if credentials is None:
        raise UnauthenticatedError("this needs a bearer token, or a session")
    if credentials.credentials.startswith(BEGINNING):
        return await resolver.by_key(credentials.credentials)
    return await resolver.by_token(credentials.credentials, origin)


async def _by_cookie(request: Request, resolver: Resolver, cookie: str) -> tuple[Caller, Session]:
    found = await resolver.by_session(cookie)
    if request.method not in _SAFE:
        refuse_cross_site(request)
        if not is_csrf_token(cookie, request.headers.get(CSRF_HEADER, "")):
            raise ForbiddenError(f"the header {CSRF_HEADER} is missing or belongs to another session")
    return found


def refuse_cross_site(request: Request) -> None:
    """Refuse what a page of another site made the browser send; ForbiddenError."""
    if request.headers.get("sec-fetch-site", "").lower() == "cross-site":
        raise ForbiddenError("this was sent by a page of another site")


def address_of(request: Request) -> str:
    """The address of the client; behind a proxy, as that says, when uvicorn trusts it (FORWARDED_ALLOW_IPS)."""
    return request.client.host if request.client else ""


def current_caller(request: Request) -> Caller:
    """The caller that `authorise` let through."""
    caller: Caller = request.state.caller
    return caller


CurrentCaller = Annotated[Caller, Depends(current_caller)]
"""Parameter type of a route that needs to know who calls."""
