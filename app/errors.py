"""The one table from errors to HTTP problems (RFC 9457): what callers are told, and with which status."""

from __future__ import annotations

import errno
import math
from collections.abc import Mapping, Sequence
from typing import Any

import obstore.exceptions
import orjson
import redis.exceptions
import sqlalchemy.exc
import structlog
from asyncpg.exceptions import CannotConnectNowError, PostgresConnectionError, TooManyConnectionsError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.refusals import (
    ConflictError,
    ForbiddenError,
    InvalidItemsError,
    NotFoundError,
    TooLargeError,
    UnauthenticatedError,
)
from retrieval.errors import FreshetError, RejectedError, RetryLaterError, UnavailableError

log = structlog.get_logger(__name__)


STATUSES: Mapping[type[Exception], tuple[int, str]] = {
    UnauthenticatedError: (401, "Not signed in"),
    ForbiddenError: (403, "Not allowed"),
    NotFoundError: (404, "Not found"),
    ConflictError: (409, "Conflict"),
    TooLargeError: (413, "Too large"),
    RejectedError: (422, "Not accepted"),
    RetryLaterError: (429, "Try again later"),
    UnavailableError: (503, "A service does not answer"),
}
"""Error → status and title; a subclass without its own row has its parent's."""

SERVICES: Mapping[type[Exception], str] = {
    sqlalchemy.exc.OperationalError: "PostgreSQL",
    sqlalchemy.exc.InterfaceError: "PostgreSQL",
    sqlalchemy.exc.TimeoutError: "PostgreSQL",
    PostgresConnectionError: "PostgreSQL",
    CannotConnectNowError: "PostgreSQL",
    TooManyConnectionsError: "PostgreSQL",
    redis.exceptions.ConnectionError: "Redis",
    redis.exceptions.TimeoutError: "Redis",
    obstore.exceptions.BaseError: "object store",
    ConnectionError: "PostgreSQL",
    TimeoutError: "PostgreSQL",
}
"""What libraries raise when a service does not answer. asyncpg lets the operating system's own errors through."""

_NOT_STORABLE = "22021"
"""PostgreSQL's code for a character that it has no place for: what a caller sent, not a fault here."""

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})

_SENTENCES: Mapping[str, str] = {
    "missing": "is missing",
    "string_too_long": "may have at most {max_length} characters",
    "string_too_short": "needs at least {min_length} characters",
    "too_long": "may have at most {max_length} entries",
    "too_short": "needs at least {min_length} entries",
    "string_type": "must be text",
    "string_unicode": "is not valid Unicode",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "extra_forbidden": "is not a field here",
    "literal_error": "must be {expected}",
    "json_invalid": "is not JSON: {error}",
}


def problem(status: int, title: str, detail: str, request_id: str, **more: Any) -> Response:
    """A response of type application/problem+json; `more` are further members, or headers under `headers`."""
    headers = dict(more.pop("headers", {}))
    slug = title.lower().replace(" ", "-")
    body = {"type": f"urn:freshet:problem:{slug}", "title": title, "status": status, "detail": detail}
    body |= {"request_id": request_id, **more}
    return Response(orjson.dumps(body), status, headers, "application/problem+json")


def named(error: Exception) -> Exception:
    """What a library raised when a service did not answer, as the error that names the service; else `error`."""
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return UnavailableError("disk", "the disk of the service is full: nothing was accepted")
    if isinstance(error, sqlalchemy.exc.DBAPIError) and getattr(error.orig, "sqlstate", "") == _NOT_STORABLE:
        return RejectedError("a text holds a character that cannot be stored (NUL)")
    for kind, service in SERVICES.items():
        if isinstance(error, kind):
            log.warning("service_unavailable", service=service, error=type(error).__name__)
            return UnavailableError(service)
    return error


def describe(error: Exception, request_id: str) -> Response:
    """The problem that a caller is shown for `error`; what nobody foresaw is a 500 without its text."""
    error = named(error)
    for kind in type(error).__mro__:
        if kind in STATUSES and isinstance(error, FreshetError):
            status, title = STATUSES[kind]
            return problem(status, title, error.message, request_id, **_extra(error))
    log.error("unexpected_error", exc_info=error)
    return problem(500, "Internal error", "something went wrong here; quote the request id", request_id)


def _extra(error: FreshetError) -> dict[str, Any]:
    if isinstance(error, UnauthenticatedError):
        return {"headers": {"WWW-Authenticate": "Bearer"}}
    if isinstance(error, RetryLaterError):
        return {"headers": {"Retry-After": str(max(1, math.ceil(error.retry_after_seconds)))}}
    if isinstance(error, UnavailableError):
        return {"headers": {"Retry-After": "2"}, "service": error.service}
    if isinstance(error, InvalidItemsError):
        return {"errors": error.items}
    return {}


def sentence(found: Mapping[str, Any]) -> str:
    """One validation error of pydantic in a person's words, without the value that was sent."""
    places = {"body", "query", "path", "header"}
    parts = found["loc"][1:] if found["loc"] and found["loc"][0] in places else found["loc"]
    name = ".".join(str(part) for part in parts)
    if found["type"] == "value_error":
        told = str(found.get("ctx", {}).get("error", found["msg"]))
    elif found["type"] in _SENTENCES:
        told = _SENTENCES[found["type"]].format(**found.get("ctx", {}))
    else:
        told = str(found["msg"])
    if found["type"] == "json_invalid" or not name:
        return f"the body {told}"
    return f"{name} {told}"


def validation_error(errors: Sequence[Mapping[str, Any]]) -> InvalidItemsError:
    """What pydantic found wrong, as the one error that callers are shown."""
    sentences = [sentence(found) for found in errors]
    items = [
        {"pointer": "/" + "/".join(str(part) for part in found["loc"]), "detail": told}
        for found, told in zip(errors, sentences, strict=True)
    ]
    return InvalidItemsError("; ".join(sentences[:5]), items[:100])


def install(app: FastAPI) -> None:
    """Make `app` answer every error with a problem."""

    def request_id(request: Request) -> str:
        return str(getattr(request.state, "request_id", ""))

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return describe(validation_error(error.errors()), request_id(request))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if isinstance(error.__cause__, FreshetError):  # FastAPI wraps what reading a body raised
            return describe(error.__cause__, request_id(request))
        if isinstance(error.__cause__, UnicodeDecodeError):
            return describe(RejectedError("the body is not UTF-8"), request_id(request))
        titles = {404: "Not found", 405: "Method not allowed", 413: "Too large"}
        detail = {404: "there is nothing here", 405: f"{request.method} is not for this address"}
        title = titles.get(error.status_code, "Not accepted")
        told = detail.get(error.status_code, str(error.detail))
        return problem(error.status_code, title, told, request_id(request), headers=error.headers or {})

    async def on_error(request: Request, error: Exception) -> Response:
        return describe(error, request_id(request))

    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(FreshetError, on_error)
    for kind in SERVICES:
        app.add_exception_handler(kind, on_error)
