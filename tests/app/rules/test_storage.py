"""Versions, states and counts on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.rules import storage
from app.rules.judge import load_ruleset
from app.rules.storage import Draft, ShadowCount
from ingestion.database import async_url

BODY = "tables: [{table: t, stage: before, rules: [{rule: a, then: {hand_over: true}}]}]\n"


@pytest_asyncio.fixture
async def pool(database_url: str, engine: Engine) -> AsyncIterator[AsyncEngine]:
    made = create_async_engine(async_url(database_url))
    yield made
    await made.dispose()


def draft(name: str = "shop", body: str = BODY, note: str = "") -> Draft:
    return Draft(load_ruleset(body, "yaml", name), body, "yaml", "ann", note)


async def test_a_version_is_made_only_when_the_body_changed(pool: AsyncEngine) -> None:
    saved = [await storage.save(pool, "default", draft(body=body)) for body in (BODY, BODY, BODY + "#\n", BODY)]
    assert saved == [(1, True), (1, False), (2, True), (3, True)]
    assert [one.version for one in await storage.versions(pool, "default", "shop")] == [3, 2, 1]


async def test_many_at_once_get_numbers_of_their_own(pool: AsyncEngine) -> None:
    bodies = [f"{BODY}# {number}\n" for number in range(8)]
    saved = await asyncio.gather(*(storage.save(pool, "default", draft(body=body)) for body in bodies))
    assert sorted(version for version, _ in saved) == list(range(1, 9))


async def test_numbers_are_not_given_again_after_a_removal(pool: AsyncEngine) -> None:
    await storage.save(pool, "default", draft())
    await storage.set_active(pool, "default", "shop", 1, "ann")
    assert await storage.remove(pool, "default", "shop", "bob")
    assert not await storage.remove(pool, "default", "shop", "bob")
    assert "shop" not in await storage.states(pool, "default")
    assert await storage.save(pool, "default", draft()) == (2, True)
    assert (await storage.states(pool, "default"))["shop"].active is None
    assert [one.version for one in await storage.versions(pool, "default", "shop")] == [2, 1]


async def test_saving_over_a_built_in_set_leaves_it_in_force(pool: AsyncEngine) -> None:
    await storage.save(pool, "default", draft("safety"))
    await storage.save(pool, "default", draft("opening-hours"))
    found = await storage.states(pool, "default")
    assert (found["safety"].active, found["opening-hours"].active, found["opening-hours"].shadow) == (0, None, 0)
    assert [one.version for one in await storage.versions(pool, "default", "safety")] == [1, 0]


async def test_tenants_do_not_see_each_other(pool: AsyncEngine) -> None:
    await storage.save(pool, "default", draft())
    await storage.set_active(pool, "default", "service", None, "ann")
    other = await storage.states(pool, "other")
    assert ("shop" in other, other["service"].active) == (False, 0)
    assert await storage.version_of(pool, "other", "shop", 1) is None


async def test_counts_add_up(pool: AsyncEngine) -> None:
    key = ("default", "shop", 1, "before")
    await storage.add_counts(pool, {(*key, ""): (3, 1), (*key, "a"): (2, 1)})
    await storage.add_counts(pool, {(*key, "a"): (5, 0)})
    assert await storage.shadow_counts(pool, "default", "shop") == [
        ShadowCount(1, "before", "", 3, 1),
        ShadowCount(1, "before", "a", 7, 1),
    ]
    assert await storage.shadow_counts(pool, "other", "shop") == []
