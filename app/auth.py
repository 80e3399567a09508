"""Who calls, and what the caller's roles may do: bearer tokens, and the one table of routes and roles.

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
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.callers import ADMINS, AGENTS, EDITORS, EVERYONE, Caller, read_token
from app.refusals import ForbiddenError, UnauthenticatedError

OPEN: frozenset[str] = frozenset()
"""Marks a route that asks for no token."""

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
    ("POST", "/v1/chat"): EVERYONE,
    ("POST", "/v1/chat/completions"): EVERYONE,
    ("POST", "/v1/embeddings"): EVERYONE,
    ("GET", "/v1/models"): EVERYONE,
    ("GET", "/v1/models/{model}"): EVERYONE,
    ("GET", "/v1/conversations"): EVERYONE,
    ("GET", "/v1/conversations/{conversation_id}"): EVERYONE,
    ("DELETE", "/v1/conversations/{conversation_id}"): EVERYONE,
    ("POST", "/v1/feedback"): EVERYONE,
    ("GET", "/v1/agent/conversations"): AGENTS,
    ("GET", "/v1/agent/conversations/{conversation_id}"): AGENTS,
    ("POST", "/v1/agent/conversations/{conversation_id}/claim"): AGENTS,
    ("POST", "/v1/agent/conversations/{conversation_id}/reply"): AGENTS,
    ("POST", "/v1/agent/conversations/{conversation_id}/give-back"): AGENTS,
    ("POST", "/v1/agent/conversations/{conversation_id}/close"): AGENTS,
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
}
"""Route, as its decorator names it → the roles that may call it."""


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
