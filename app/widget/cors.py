"""Cross-origin requests: exactly the routes that the widget uses, from exactly the origins of active sites.

Never `*`, and never with cookies: a visitor's token travels in a header, so a page of another site can do nothing in
the name of somebody who is signed in here. Which site a token belongs to is asked where the token is read.
"""

from __future__ import annotations

import re

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = structlog.get_logger(__name__)
_CONVERSATION = r"/v1/conversations/[0-9a-f]{32}"
_ROUTES = (
    (re.compile(r"/v1/(?:widget/session|widget/demo|chat|feedback)"), "POST"),
    (re.compile(_CONVERSATION), "GET"),
    (re.compile(_CONVERSATION + "/(?:live|transcript)"), "GET"),
    (re.compile(_CONVERSATION + "/(?:typing|read)"), "POST"),
)
_REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-ID"
_SHOWN_HEADERS = "Retry-After, X-Request-ID, Content-Disposition"
_PREFLIGHT_SECONDS = "300"
_ALLOWED = text("SELECT EXISTS (SELECT 1 FROM sites WHERE active AND origins @> ARRAY[:origin])")


class WidgetOrigins:
    """Pure ASGI: answers preflights, and lets pages of the sites read the answers; other paths go through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        method = _method_of(scope)
        if not method:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        allowed = bool(origin) and await _is_allowed(scope["app"].state.identity.reads, origin)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _preflight(origin if allowed else "", method)(scope, receive, send)
            return

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.add_vary_header("Origin")
                if allowed:
                    answer["Access-Control-Allow-Origin"] = origin
                    answer["Access-Control-Expose-Headers"] = _SHOWN_HEADERS
            await send(message)

        await self._app(scope, receive, send_named)


def _method_of(scope: Scope) -> str:
    """The method by which the widget uses this path; "" where it does not."""
    if scope["type"] != "http":
        return ""
    return next((method for pattern, method in _ROUTES if pattern.fullmatch(scope["path"])), "")


async def _is_allowed(reads: AsyncEngine, origin: str) -> bool:
    try:
        async with reads.connect() as connection:
            return bool((await connection.execute(_ALLOWED, {"origin": origin[:300]})).scalar_one())
    except (SQLAlchemyError, OSError) as error:
        _log.warning("origins_unknown", reason=type(error).__name__)
        return False


def _preflight(origin: str, method: str) -> Response:
    if not origin:
        return Response(status_code=403, headers={"Vary": "Origin"})
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": method,
            "Access-Control-Allow-Headers": _REQUEST_HEADERS,
            "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
            "Vary": "Origin",
        },
    )
