"""What happens around every request: its id, its size, its time in the metrics and its line in the log."""

from __future__ import annotations

import re
import time
import uuid

import structlog
from opentelemetry import trace
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import describe
from app.metrics import Metrics
from app.refusals import TooLargeError

log = structlog.get_logger(__name__)

DEFAULT_BODY_BYTES = 2 * 1024 * 1024
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")


class AroundRequests:
    """Pure ASGI: `X-Request-ID` in and out, a limit on the body by path, one log line and two metrics a request.

    `limits` maps (method, beginning of the path) to bytes; the first that fits counts, else `DEFAULT_BODY_BYTES`.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, limits: dict[tuple[str, str], int]) -> None:
        self._app = app
        self._metrics = metrics
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; anything but HTTP goes through untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = _request_id(headers.get(b"x-request-id", b""))
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        _name_in_span(scope, request_id)
        answer = _Answer(send, request_id)
        body = _Body(receive, self._limit(scope))
        try:
            body.check_declared(headers.get(b"content-length", b""))
            await self._app(scope, body, answer)
        except ClientDisconnect:
            log.info("client_gone")
        except Exception as error:
            if answer.status:
                log.exception("response_broken")
                raise
            await describe(error, request_id)(scope, receive, answer)
        finally:
            self._record(scope, answer)

    def _limit(self, scope: Scope) -> int:
        for (method, beginning), limit in self._limits.items():
            if scope["method"] == method and scope["path"].startswith(beginning):
                return limit
        return DEFAULT_BODY_BYTES

    def _record(self, scope: Scope, answer: _Answer) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        seconds = answer.first_byte - answer.began if answer.first_byte else 0.0
        self._metrics.requests.labels(scope["method"], route, answer.status or 499).inc()
        self._metrics.request_seconds.labels(scope["method"], route).observe(seconds)
        if route not in {"/healthz", "/metrics"}:
            log.info("request", method=scope["method"], route=route, status=answer.status, ms=round(seconds * 1000, 1))


class _Answer:
    """`send` that adds the request id and remembers status and time of the first byte."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id.encode()
        self.status = 0
        self.began = time.perf_counter()
        self.first_byte = 0.0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.first_byte = time.perf_counter()
            headers = list(message.get("headers", ()))
            message["headers"] = [*headers, (b"x-request-id", self._request_id)]
        await self._send(message)


class _Body:
    """`receive` that stops a body larger than `limit` bytes, declared or not."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0

    def check_declared(self, length: bytes) -> None:
        if length.isdigit() and int(length) > self._limit:
            raise self._error()

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._seen += len(message.get("body", b""))
            if self._seen > self._limit:
                raise self._error()
        return message

    def _error(self) -> TooLargeError:
        size = f"{self._limit // 1024**2:,} MB" if self._limit >= 1024**2 else f"{self._limit:,} bytes"
        return TooLargeError(f"the request is larger than {size}")


def _request_id(given: bytes) -> str:
    return given.decode() if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _name_in_span(scope: Scope, request_id: str) -> None:
    """Give the request's span the id, and take from it the query, which may hold what a person searches for."""
    current = trace.get_current_span()
    current.set_attribute("freshet.request_id", request_id)
    if scope["query_string"]:
        current.set_attribute("url.query", "REDACTED")
