"""Hand-over under random interleavings: one owner at a time, no word of the bot while an agent owns, nobody stuck."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from app.chat.handovers import Handovers
from app.chat.model import DONE, Asked, Outcome, TurnRow
from app.chat.running import Said
from app.chat.service import ChatService
from app.chat.transcript import BusyError
from app.dialog.handover import AGENT, BACK, BOT, BOT_OWNS, CLOSED, WAITING
from app.refusals import ConflictError, NotFoundError
from tests.app.chat.conftest import ANN, World, follow

STEPS = 10_000
AGENTS = ("kim", "lee")


@pytest.fixture
def handovers(world: World) -> Handovers:
    return Handovers(world.transcript._engine)


async def conversation(service: ChatService, words: str = "hello") -> str:
    row = await service.begin(ANN, Asked(words), quiet_or_answer)
    await follow(service, row.id)
    return row.conversation_id


async def quiet_or_answer(row: TurnRow) -> AsyncIterator[Said | Outcome]:
    """The bot: answers where it owns the conversation, and says nothing where a person does."""
    if row.held_by in BOT_OWNS:
        yield Said("delta", {"text": "I am the bot."})
        yield Outcome(DONE, {"turn_id": row.id, "decision": "answered", "answer": "I am the bot."})
    else:
        yield Outcome(DONE, {"turn_id": row.id, "decision": "handed_over", "answer": ""})


async def test_the_whole_way_to_a_person_and_back(world: World, handovers: Handovers) -> None:
    service = world.process()
    one = await conversation(service)
    assert (await handovers.ask("default", one, "wish", "Ann asks.")).position == 1
    await handovers.claim("default", one, "kim")
    assert await handovers.reply("default", one, "kim", "Hello Ann.")
    turn = await service.begin(ANN, Asked("thanks", one), quiet_or_answer)
    assert (await follow(service, turn.id))[-1].data["answer"] == ""
    await handovers.leave("default", one, "kim", "give_back")
    assert (await handovers.ownership("default", one)).state == BACK
    turn = await service.begin(ANN, Asked("and now?", one), quiet_or_answer)
    assert (await follow(service, turn.id))[-1].data["answer"] == "I am the bot."


async def test_an_agent_cannot_do_what_another_owns(world: World, handovers: Handovers) -> None:
    one = await conversation(world.process())
    await handovers.claim("default", one, "kim")
    await handovers.claim("default", one, "kim")
    for attempt in (
        handovers.claim("default", one, "lee"),
        handovers.reply("default", one, "lee", "Me too."),
        handovers.leave("default", one, "lee", "close"),
    ):
        with pytest.raises(ConflictError, match="another agent"):
            await attempt
    with pytest.raises(NotFoundError):
        await handovers.claim("other", one, "lee")


async def test_two_agents_who_claim_at_once_are_one_owner(world: World, handovers: Handovers) -> None:
    service = world.process()
    for _ in range(20):
        one = await conversation(service)
        claims = [handovers.claim("default", one, agent) for agent in AGENTS]
        results = await asyncio.gather(*claims, return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["ConflictError", "NoneType"]


async def test_waiting_customers_have_places(world: World, handovers: Handovers) -> None:
    service = world.process()
    waiting = [await conversation(service) for _ in range(3)]
    for one in waiting:
        await handovers.ask("default", one, "wish", "")
    assert [(await handovers.ownership("default", one)).position for one in waiting] == [1, 2, 3]
    await handovers.claim("default", waiting[0], "kim")
    assert (await handovers.ownership("default", waiting[2])).position == 2
    inbox = await handovers.inbox("default", "kim")
    assert [(row.id, row.state) for row in inbox] == [(waiting[0], AGENT), (waiting[1], WAITING), (waiting[2], WAITING)]


async def test_nobody_waits_for_ever(world: World, handovers: Handovers) -> None:
    service = world.process()
    alone, silent = await conversation(service), await conversation(service)
    await handovers.ask("default", alone, "wish", "")
    await handovers.claim("default", silent, "kim")
    assert await handovers.settle_late() == 0
    assert await handovers.settle_late(wait_seconds=0, idle_seconds=0) == 2
    assert (await handovers.ownership("default", alone)).state == BACK
    assert (await handovers.ownership("default", silent)).state == WAITING


@dataclass
class Crowd:
    """Customer, bot, two agents, time and crashes on a handful of conversations."""

    world: World
    handovers: Handovers
    chance: random.Random
    services: list[ChatService]
    conversations: list[str] = field(default_factory=list)
    bot_words: int = 0
    refused: int = 0

    async def step(self) -> None:
        one = self.chance.choice(self.conversations)
        agent = self.chance.choice(AGENTS)
        what = self.chance.choice(
            ("customer", "customer", "ask", "claim", "reply", "give_back", "close", "late", "crash")
        )
        try:
            if what == "customer":
                await self._customer(one)
            elif what == "ask":
                await self.handovers.ask("default", one, "wish", "")
            elif what == "claim":
                await self.handovers.claim("default", one, agent)
            elif what == "reply":
                await self.handovers.reply("default", one, agent, "Yes?")
            elif what in {"give_back", "close"}:
                await self.handovers.leave("default", one, agent, what)  # type: ignore[arg-type]
            elif what == "late" and self.chance.random() < 0.1:
                await self.handovers.settle_late(wait_seconds=0, idle_seconds=0)
            elif what == "crash" and self.chance.random() < 0.05:
                await self._crash()
        except (ConflictError, NotFoundError):
            self.refused += 1

    async def _customer(self, one: str) -> None:
        service = self.chance.choice(self.services)
        row = await service.begin(ANN, Asked("hm", one), quiet_or_answer)
        if self.chance.random() < 0.5:
            last = (await follow(service, row.id))[-1]
            self.bot_words += bool(last.data.get("answer"))

    async def _crash(self) -> None:
        number = self.chance.randrange(len(self.services))
        killed, self.services[number] = self.services[number], self.world.process()
        await self.world.kill(killed)


@pytest.mark.timeout(600)
async def test_ten_thousand_random_steps_keep_one_owner(
    world: World, handovers: Handovers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.chat.service._BUSY_SECONDS", 0.5)
    crowd = Crowd(world, handovers, random.Random(5), [world.process() for _ in range(2)])
    crowd.conversations = [await conversation(crowd.services[0]) for _ in range(12)]
    for _ in range(STEPS // 8):
        await asyncio.gather(*(crowd.step() for _ in range(8)))
        await _no_two_owners(crowd)
    assert crowd.bot_words > STEPS / 100
    assert crowd.refused > STEPS / 100
    await _nothing_said_against_the_owner(world)
    for one in crowd.conversations:
        await _ends(crowd, one)


async def _no_two_owners(crowd: Crowd) -> None:
    with crowd.world.engine.connect() as connection:
        wrong = connection.execute(
            text("SELECT count(*) FROM conversations WHERE (state = 'agent') <> (agent <> '')")
        ).scalar_one()
    assert wrong == 0


async def _nothing_said_against_the_owner(world: World) -> None:
    """No agent's word and no bot's answer may overlap: turns that the bot answered began and ended while it owned."""
    with world.engine.connect() as connection:
        overlapping = connection.execute(
            text(
                "SELECT count(*) FROM turns t JOIN messages m ON m.conversation_id = t.conversation_id "
                "WHERE t.answer <> '' AND m.created_at > t.created_at AND m.created_at < t.updated_at"
            )
        ).scalar_one()
    assert overlapping == 0


async def _ends(crowd: Crowd, one: str) -> None:
    """Whatever state it is in, the customer is answered in the end."""
    for _ in range(3):
        await crowd.handovers.settle_late(wait_seconds=0, idle_seconds=0)
    state = (await crowd.handovers.ownership("default", one)).state
    assert state in {BOT, BACK, CLOSED}
    try:
        row = await crowd.services[0].begin(ANN, Asked("still there?", one), quiet_or_answer)
    except BusyError:
        pytest.fail("a turn is stuck")
    assert (await follow(crowd.services[0], row.id))[-1].data["answer"] == "I am the bot."
