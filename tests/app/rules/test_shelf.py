"""The rules in force: on a real PostgreSQL and a real Valkey, as two processes see them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.rules import storage
from app.rules.judge import load_ruleset
from app.rules.shelf import RuleShelf, announce
from app.rules.storage import Draft
from ingestion.database import async_url
from retrieval.errors import UnavailableError

RULE = "{rule: a, when: {hour: '>= %d'}, then: {hand_over: true}}"
BODY = f"tables: [{{table: t, stage: before, hit: all, rules: [{RULE}]}}]\n"
FACTS = {"text": "x", "hour": 12}
NOWHERE = "redis://127.0.0.1:1/0"

Open = Callable[[str], Awaitable[RuleShelf]]


@pytest_asyncio.fixture
async def pool(database_url: str, engine: Engine) -> AsyncIterator[AsyncEngine]:
    made = create_async_engine(async_url(database_url))
    yield made
    await made.dispose()


@pytest_asyncio.fixture
async def shelf_at(pool: AsyncEngine) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def open_shelf(redis_url: str) -> RuleShelf:
            redis: Redis = Redis.from_url(redis_url)
            stack.push_async_callback(redis.aclose)
            return await stack.enter_async_context(RuleShelf(pool, redis))

        yield open_shelf


async def save(pool: AsyncEngine, hour: int, name: str = "shop") -> int:
    body = BODY % hour
    return (await storage.save(pool, "default", Draft(load_ruleset(body, "yaml", name), body, "yaml", "ann", "")))[0]


async def until(asked: Callable[[], Awaitable[bool]], seconds: float) -> float:
    began = time.monotonic()
    while not await asked():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds} s")
        await asyncio.sleep(0.005)
    return time.monotonic() - began


async def rule(shelf: RuleShelf) -> str:
    return (await shelf.judge("default", "before", FACTS)).rule


async def test_built_in_rules_are_in_force_from_the_start(shelf_at: Open) -> None:
    shelf = await shelf_at(NOWHERE)
    verdict = await shelf.judge("default", "before", {"text": "转人工", "hour": 12, "weekday": "mon"})
    assert verdict.rule == "service/0 wants-a-person"


async def test_an_activation_acts_at_once_in_every_process(pool: AsyncEngine, shelf_at: Open, valkey_url: str) -> None:
    shelves = [await shelf_at(valkey_url), await shelf_at(valkey_url)]
    redis: Redis = Redis.from_url(valkey_url)
    await until(lambda: _listeners(redis, 2), 10)
    for version in range(1, 6):
        assert await save(pool, version) == version
        for shelf in shelves:
            await rule(shelf)
        await storage.set_active(pool, "default", "shop", version, "ann")
        await announce(redis, "default")
        for shelf in shelves:
            await until(lambda shelf=shelf, version=version: _says(shelf, f"shop/{version} a"), 0.9)  # type: ignore[misc]
    await redis.aclose()


async def _listeners(redis: Redis, count: int) -> bool:
    return bool((await redis.pubsub_numsub("freshet:rules"))[0][1] >= count)


async def _says(shelf: RuleShelf, wanted: str) -> bool:
    return await rule(shelf) == wanted


async def test_without_redis_it_acts_within_a_second_or_so(pool: AsyncEngine, shelf_at: Open) -> None:
    shelf = await shelf_at(NOWHERE)
    await save(pool, 1)
    assert await rule(shelf) == ""
    await storage.set_active(pool, "default", "shop", 1, "ann")
    await until(lambda: _says(shelf, "shop/1 a"), 3)
    await storage.set_active(pool, "default", "shop", None, "ann")
    await until(lambda: _says(shelf, ""), 3)


async def test_a_notice_during_a_look_is_not_lost(
    pool: AsyncEngine, shelf_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = await shelf_at(NOWHERE)
    await save(pool, 1)
    real = storage.states

    async def slow(reads: AsyncEngine, tenant: str) -> dict[str, storage.State]:
        found = await real(reads, tenant)
        await storage.set_active(pool, "default", "shop", 1, "ann")
        shelf.noticed(tenant)
        return found

    monkeypatch.setattr("app.rules.shelf.states", slow)
    assert await rule(shelf) == ""
    assert await rule(shelf) == "shop/1 a"


async def test_shadow_counts_and_changes_nothing(pool: AsyncEngine, shelf_at: Open) -> None:
    shelf = await shelf_at(NOWHERE)
    await save(pool, 1)
    await save(pool, 20)
    await storage.set_active(pool, "default", "shop", 1, "ann")
    await storage.set_shadow(pool, "default", "shop", 2, "ann")
    assert await rule(shelf) == "shop/1 a"
    assert (await shelf.judge("default", "before", {"text": "x", "hour": 21})).rule == "shop/1 a"
    await shelf.flush()
    counts = await storage.shadow_counts(pool, "default", "shop")
    assert [(one.version, one.rule, one.count, one.differed) for one in counts] == [(2, "", 2, 1), (2, "a", 1, 0)]


async def test_without_postgres_the_rules_known_last_stay(pool: AsyncEngine, shelf_at: Open) -> None:
    shelf = await shelf_at(NOWHERE)
    await save(pool, 1)
    await storage.set_active(pool, "default", "shop", 1, "ann")
    await storage.set_shadow(pool, "default", "shop", 1, "ann")
    assert await rule(shelf) == "shop/1 a"
    away = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    there = (shelf._engine, shelf._reads)
    shelf._engine = shelf._reads = away
    shelf.noticed("default")
    assert await rule(shelf) == "shop/1 a"
    await shelf.flush()
    with pytest.raises(UnavailableError, match="PostgreSQL"):
        await shelf.in_force("other")
    shelf._engine, shelf._reads = there
    await shelf.flush()
    assert sum(one.count for one in await storage.shadow_counts(pool, "default", "shop") if not one.rule) == 2


async def test_rules_that_do_not_load_any_more_are_named(pool: AsyncEngine, shelf_at: Open) -> None:
    shelf = await shelf_at(NOWHERE)
    await save(pool, 1)
    await storage.set_active(pool, "default", "shop", 1, "ann")
    async with pool.begin() as connection:
        await connection.execute(text("UPDATE rule_versions SET normal = '{\"tables\": 3}'"))
    with pytest.raises(UnavailableError, match="rules 'shop', version 1"):
        await shelf.in_force("default")
