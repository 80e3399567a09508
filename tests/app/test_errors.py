"""Every error becomes a problem; what nobody foresaw tells nothing but its request id."""

from __future__ import annotations

import errno
import pickle

import orjson
import pytest
import redis.exceptions
import sqlalchemy.exc
from sqlalchemy.ext.asyncio import create_async_engine

from app.errors import STATUSES, describe, named
from app.refusals import ConflictError, InvalidItemsError, UnauthenticatedError
from ingestion.database import async_url
from retrieval.errors import FreshetError, RejectedError, RetryLaterError, UnavailableError
from tests.app.conftest import Api


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnauthenticatedError("x"), 401),
        (ConflictError("x"), 409),
        (RejectedError("x"), 422),
        (InvalidItemsError("x", []), 422),
        (RetryLaterError("x", 2.5), 429),
        (UnavailableError("Milvus"), 503),
        (sqlalchemy.exc.OperationalError("SELECT secret", {}, Exception("password=secret")), 503),
        (redis.exceptions.ConnectionError("redis://:secret@host"), 503),
        (ConnectionRefusedError("secret"), 503),
        (OSError(errno.ENOSPC, "No space left on device", "/secret"), 503),
        (KeyError("secret"), 500),
        (FreshetError("x"), 500),
    ],
)
def test_an_error_has_its_status_and_tells_no_secret(error: Exception, status: int) -> None:
    response = describe(error, "r1")
    body = orjson.loads(bytes(response.body))
    assert (response.status_code, body["status"], body["request_id"]) == (status, status, "r1")
    assert response.media_type == "application/problem+json"
    assert b"secret" not in bytes(response.body)


def test_who_should_come_back_is_told_when() -> None:
    assert describe(RetryLaterError("x", 2.5), "").headers["retry-after"] == "3"
    assert describe(UnavailableError("Milvus"), "").headers["retry-after"]


def test_a_service_that_is_away_is_named() -> None:
    error = sqlalchemy.exc.OperationalError("SELECT 1", {}, Exception())
    assert orjson.loads(bytes(describe(error, "").body))["service"] == "PostgreSQL"


def test_who_is_not_signed_in_is_told_how() -> None:
    assert describe(UnauthenticatedError("x"), "").headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("kind", [kind for kind in STATUSES if kind is not UnavailableError])
def test_errors_pickle(kind: type[Exception]) -> None:
    copy = pickle.loads(pickle.dumps(kind("a sentence")))
    assert (type(copy), copy.message) == (kind, "a sentence")


async def test_an_unforeseen_error_shows_its_request_id_and_no_trace(api: Api) -> None:
    api.candidates.append("no candidate")  # type: ignore[arg-type]
    headers = {"X-Request-ID": "abc-1"}
    response = await api.call("POST", "/v1/search", json={"query": "x"}, headers=headers)
    assert (response.status_code, response.json()["request_id"]) == (500, "abc-1")
    assert response.headers["x-request-id"] == "abc-1"
    assert "candidate" not in response.text
    assert "Traceback" not in response.text


async def test_an_address_that_is_none_is_a_problem_too(api: Api) -> None:
    for method, path, status in (("GET", "/v2/x", 404), ("PATCH", "/v1/search", 405), ("GET", "/v1/documents/", 404)):
        response = await api.call(method, path)
        assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize("given", ["", "a b", "x" * 200, "é"])
async def test_a_request_id_that_is_none_is_replaced(api: Api, given: str) -> None:
    response = await api.client.get("/healthz", headers=[(b"X-Request-ID", given.encode())])
    assert len(response.headers["x-request-id"]) == 32


async def test_a_character_that_cannot_be_stored_is_the_caller_s_mistake(database_url: str) -> None:
    engine = create_async_engine(async_url(database_url))
    async with engine.connect() as connection:
        with pytest.raises(sqlalchemy.exc.DBAPIError) as refused:
            await connection.execute(sqlalchemy.text("SELECT CAST(:given AS text)"), {"given": "a\0b"})
    await engine.dispose()
    assert isinstance(named(refused.value), RejectedError)
