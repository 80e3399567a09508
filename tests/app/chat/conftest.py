"""Turns on a real PostgreSQL and a real Valkey; several services stand for several API processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.callers import Caller, make_caller
from app.chat import running
from app.chat.model import DONE, Event, Outcome, TurnRow
from app.chat.running import RunningTurns, Said, Work
from app.chat.service import ChatService
from app.chat.transcript import Transcript
from ingestion.database import async_url

ANN = make_caller("default", "ann", [], [])


class Gone:
    """The transcript as a process that is no more reaches it."""

    async def extend(self, _: str) -> bool:
        await asyncio.Event().wait()
        return False

    async def end(self, *_: object) -> bool:
        return False


@dataclass
class World:
    """PostgreSQL, Valkey, and as many processes as a test wants."""

    engine: Engine
    redis: Redis
    transcript: Transcript
    services: list[ChatService] = field(default_factory=list)
    turns: list[RunningTurns] = field(default_factory=list)

    def process(self, grace_seconds: float = 20.0) -> ChatService:
        """Another API process."""
        self.turns.append(RunningTurns(self.transcript, self.redis, grace_seconds))
        self.services.append(ChatService(self.transcript, self.turns[-1]))
        return self.services[-1]

    async def kill(self, service: ChatService) -> None:
        """The process is gone: nothing of its turns is written any more, and their leases run out."""
        self.turns[self.services.index(service)]._transcript = Gone()  # type: ignore[assignment]
        await asyncio.to_thread(self._expire)  # it may wait for a row that a coroutine of this very loop holds

    def _expire(self) -> None:
        expire = "UPDATE turns SET lease_until = now() - interval '1 second' WHERE state = 'running'"
        with self.engine.begin() as connection:
            connection.execute(text(expire))

    def state(self, turn_id: str) -> str:
        """How a turn stands in PostgreSQL."""
        with self.engine.connect() as connection:
            return str(connection.execute(text("SELECT state FROM turns WHERE id = :id"), {"id": turn_id}).scalar_one())


@pytest_asyncio.fixture
async def world(database_url: str, engine: Engine, valkey_url: str) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        pool = create_async_engine(async_url(database_url))
        stack.push_async_callback(pool.dispose)
        redis: Redis = Redis.from_url(valkey_url)
        stack.push_async_callback(redis.aclose)
        await redis.flushall()
        made = World(engine, redis, Transcript(pool))
        yield made
        for turns in made.turns:
            await turns.close()


def counting(words: int, gate: asyncio.Event | None = None, pause: float = 0.0) -> Work:
    """Work that says `words` words; before the last it waits for `gate`."""

    async def work(row: TurnRow) -> AsyncIterator[Said | Outcome]:
        said = []
        for number in range(words):
            if gate and number == words - 1:
                await gate.wait()
            await asyncio.sleep(pause)
            said.append(f"w{number} ")
            yield Said("delta", {"text": said[-1]})
        yield Outcome(DONE, {"turn_id": row.id, "answer": "".join(said)})

    return work


def text_of(events: list[Event]) -> str:
    """What the deltas say together."""
    return "".join(event.data["text"] for event in events if event.name == "delta")


async def follow(service: ChatService, turn_id: str, after: int = 0, caller: Caller = ANN) -> list[Event]:
    """Every event behind `after`."""
    return [event async for event in service.follow(caller, turn_id, after) if event]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often, so that tests need not wait."""
    monkeypatch.setattr(running, "_EXTEND_SECONDS", 0.05)
    monkeypatch.setattr("app.chat.service._LOOK_SECONDS", 0.02)
    monkeypatch.setattr("app.chat.service._BLOCK_MILLISECONDS", 20)


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], object]:
    """Waits for a condition."""
    from tests.app.documents import until as wait

    return wait
