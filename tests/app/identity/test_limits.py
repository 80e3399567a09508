"""How often one may: counted in a real Valkey by caller and class of routes; without it requests go through."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy import Engine

from app.auth import ROUTES
from app.identity.limits import CLASSES, RateLimits
from app.identity.throttle import Throttle
from app.identity.windows import Windows
from app.settings import Settings
from retrieval.errors import RetryLaterError
from tests.app.conftest import Api, start_api


@pytest_asyncio.fixture
async def limited(
    database_url: str, engine: Engine, settings: Settings, tmp_path: Path, valkey_url: str
) -> AsyncIterator[Api]:
    """The application with a limit of ten."""
    async with AsyncExitStack() as stack, Redis.from_url(valkey_url) as redis:
        await redis.flushall()
        few = settings.model_copy(update={"rate_limit_per_minute": 10})
        yield await start_api(database_url, engine, few, tmp_path, valkey_url, stack)


async def until_refused(api: Api, method: str, path: str, **more: object) -> int:
    """How many requests went through before the first 429."""
    for number in range(500):
        response = await api.call(method, path, **more)  # type: ignore[arg-type]
        if response.status_code == 429:
            assert 1 <= int(response.headers["retry-after"]) <= 60
            assert "in a minute" in response.json()["detail"]
            return number
    raise AssertionError("nothing was refused")


async def test_each_caller_has_a_limit_of_the_own(limited: Api) -> None:
    assert await until_refused(limited, "POST", "/v1/search", json={}) == 50
    assert (await limited.call("POST", "/v1/search", json={}, user="bob")).status_code == 422
    assert (await limited.call("POST", "/v1/search", json={}, tenant="other")).status_code == 422
    assert (await limited.call("GET", "/v1/session")).status_code == 200, "another kind of route counts for itself"


async def test_visitors_have_less(limited: Api) -> None:
    assert await until_refused(limited, "POST", "/v1/chat", json={}, role="customer", user="visitor-1") == 2
    assert await until_refused(limited, "POST", "/v1/chat", json={}, role="customer", user="ann") == 10


async def test_open_doors_are_counted_by_address(limited: Api) -> None:
    answers = [(await limited.client.get("/v1/oidc/x/start")).status_code for _ in range(4)]
    assert answers == [404, 404, 429, 429]
    assert (await limited.client.get("/healthz")).status_code == 200


async def test_who_may_not_use_a_route_is_told_that(limited: Api) -> None:
    for _ in range(15):
        assert (await limited.call("GET", "/v1/users", role="employee")).status_code == 403


async def test_without_redis_everything_goes_through(api: Api) -> None:
    windows = Windows(api.app.state.services.redis)
    limits = RateLimits(windows, 1)
    assert await _let_through(limits, 20) == 20


async def test_zero_is_no_limit(limited: Api) -> None:
    limits = RateLimits(Windows(limited.app.state.services.redis), 0)
    assert await _let_through(limits, 20) == 20


async def test_a_limit_lets_some_through(limited: Api) -> None:
    limits = RateLimits(Windows(limited.app.state.services.redis), 1)
    assert 0 < await _let_through(limits, 20) < 20


async def _let_through(limits: RateLimits, times: int) -> int:
    """How many of so many sign-ins from one address are let through."""
    passed = 0
    for _ in range(times):
        with contextlib.suppress(RetryLaterError):
            await limits.check("POST", "/v1/session", None, "1.2.3.4")
            passed += 1
    return passed


@pytest.mark.parametrize("with_redis", [True, False])
async def test_guessing_is_slowed_down_with_and_without_redis(valkey_url: str, with_redis: bool) -> None:
    async with Redis.from_url(valkey_url if with_redis else "redis://127.0.0.1:1/0") as redis:
        if with_redis:
            await redis.flushall()
        throttle = Throttle(Windows(redis))
        for _ in range(5):
            await throttle.enter("default", "ann", "1.1.1.1")
        with pytest.raises(RetryLaterError, match="too many"):
            await throttle.enter("default", "ann", "1.1.1.1")
        await throttle.enter("default", "ann", "2.2.2.2")
        await throttle.succeeded("default", "ann", "1.1.1.1")
        await throttle.enter("default", "ann", "1.1.1.1")


async def test_one_address_cannot_try_one_password_on_many_users(valkey_url: str) -> None:
    async with Redis.from_url(valkey_url) as redis:
        await redis.flushall()
        throttle = Throttle(Windows(redis))
        for number in range(30):
            await throttle.enter("default", f"user{number}", "1.1.1.1")
        with pytest.raises(RetryLaterError):
            await throttle.enter("default", "user31", "1.1.1.1")


def test_classes_name_routes_that_there_are() -> None:
    assert set(CLASSES) - set(ROUTES) <= {("POST", "/v1/widget/session")}
