"""A turn that cannot be lost: whoever is cut, killed or flushed, each event arrives once and each turn ends stated."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from app.callers import make_caller
from app.chat.model import CANCELLED, DONE, FAILED, INTERRUPTED, Asked, Event
from app.chat.running import Said
from app.chat.service import event_id, read_event_id
from app.chat.transcript import BusyError
from app.refusals import ConflictError, NotFoundError
from retrieval.errors import RejectedError, UnavailableError
from tests.app.chat.conftest import ANN, World, counting, follow, text_of
from tests.app.documents import until


async def test_a_turn_is_streamed_and_written_down(world: World) -> None:
    service = world.process()
    row = await service.begin(ANN, Asked("hello"), counting(3))
    events = await follow(service, row.id)
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert (events[0].name, events[-1].name, text_of(events)) == ("turn", DONE, "w0 w1 w2 ")
    assert world.state(row.id) == DONE
    assert (await world.transcript.turn(ANN, row.id)).events == tuple(events)


async def test_another_process_goes_on_where_the_connection_was_cut(world: World) -> None:
    here, there = world.process(), world.process()
    gate = asyncio.Event()
    row = await here.begin(ANN, Asked("hello"), counting(5, gate))
    stream = here.follow(ANN, row.id, 0)
    first = [await anext(stream), await anext(stream)]
    await stream.aclose()  # type: ignore[attr-defined]
    assert first[-1]
    rest = asyncio.create_task(follow(there, row.id, first[-1].number))
    gate.set()
    events = [event for event in first if event] + await rest
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert text_of(events) == "w0 w1 w2 w3 w4 "


async def test_what_is_asked_again_with_the_same_key_is_answered_once(world: World) -> None:
    service = world.process()
    asked = Asked("hello", idempotency_key="k1")
    first = await service.begin(ANN, asked, counting(2))
    again = await service.begin(ANN, asked, counting(2))
    assert first.id == again.id
    assert await follow(service, first.id) == await follow(service, again.id)
    with pytest.raises(ConflictError, match="another message"):
        await service.begin(ANN, Asked("something else", idempotency_key="k1"), counting(2))


async def test_turns_of_a_conversation_are_taken_one_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.chat.service._BUSY_SECONDS", 0.2)
    service, gate = world.process(), asyncio.Event()
    first = await service.begin(ANN, Asked("one"), counting(2, gate))
    with pytest.raises(BusyError):
        await service.begin(ANN, Asked("two", first.conversation_id), counting(2))
    waiting = asyncio.create_task(service.begin(ANN, Asked("two", first.conversation_id), counting(2)))
    gate.set()
    second = await waiting
    assert (first.number, second.number) == (1, 2)
    assert text_of(await follow(service, second.id)) == "w0 w1 "


async def test_nobody_follows_or_continues_the_conversation_of_another(world: World) -> None:
    service = world.process()
    row = await service.begin(ANN, Asked("hello"), counting(1))
    for stranger in (make_caller("default", "bob", [], []), make_caller("other", "ann", [], [])):
        with pytest.raises(NotFoundError):
            await follow(service, row.id, caller=stranger)
        with pytest.raises(NotFoundError):
            await service.begin(stranger, Asked("hi", row.conversation_id), counting(1))
        with pytest.raises(NotFoundError):
            await world.transcript.delete(stranger, row.conversation_id)
        with pytest.raises(NotFoundError):
            await world.transcript.rate(stranger, row.id, 1, "")


async def test_an_answer_that_nobody_waits_for_is_cancelled_after_a_grace(world: World) -> None:
    service = world.process(grace_seconds=0.1)
    row = await service.begin(ANN, Asked("hello"), counting(2, asyncio.Event()))
    await until(lambda: world.state(row.id) == CANCELLED)
    assert (await follow(service, row.id))[-1].name == CANCELLED


async def test_listening_from_another_process_keeps_it_alive(world: World) -> None:
    here, there, gate = world.process(grace_seconds=0.1), world.process(), asyncio.Event()
    row = await here.begin(ANN, Asked("hello"), counting(2, gate))
    listening = asyncio.create_task(follow(there, row.id))
    await asyncio.wait({listening}, timeout=0.6)
    assert world.state(row.id) == "running"
    gate.set()
    assert (await listening)[-1].name == DONE


@pytest.mark.parametrize(
    ("error", "said"),
    [(UnavailableError("Milvus"), "Milvus does not answer"), (ValueError("secret detail"), "went wrong on our side")],
)
async def test_a_turn_that_fails_says_so_without_its_insides(world: World, error: Exception, said: str) -> None:
    async def failing(_: object) -> AsyncIterator[Said]:
        yield Said("delta", {"text": "so far"})
        raise error

    service = world.process()
    row = await service.begin(ANN, Asked("hello"), failing)
    last = (await follow(service, row.id))[-1]
    assert (last.name, world.state(row.id)) == (FAILED, FAILED)
    assert said in last.data["reason"]
    assert "secret" not in str(last.data)


async def test_work_that_just_stops_is_a_failure(world: World) -> None:
    async def stopping(_: object) -> AsyncIterator[Said]:
        yield Said("delta", {"text": "so far"})

    service = world.process()
    row = await service.begin(ANN, Asked("hello"), stopping)
    assert (await follow(service, row.id))[-1].name == FAILED


async def test_the_turn_of_a_killed_process_ends_interrupted_and_can_be_asked_again(world: World) -> None:
    here, there = world.process(), world.process()
    row = await here.begin(ANN, Asked("hello"), counting(4, asyncio.Event()))
    stream = here.follow(ANN, row.id, 0)
    seen = [await anext(stream), await anext(stream)]
    await world.kill(here)
    assert seen[-1]
    rest = await follow(there, row.id, seen[-1].number)
    events = [event for event in seen if event] + rest
    assert (events[-1].name, world.state(row.id)) == (INTERRUPTED, INTERRUPTED)
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    again = await there.begin(ANN, Asked("hello", row.conversation_id), counting(1))
    assert (await follow(there, again.id))[-1].name == DONE


async def test_a_flushed_redis_loses_nothing(world: World) -> None:
    here, there, gate = world.process(), world.process(), asyncio.Event()
    row = await here.begin(ANN, Asked("hello"), counting(3, gate))
    stream = here.follow(ANN, row.id, 0)
    await anext(stream)
    await world.redis.flushall()
    gate.set()
    events = await follow(there, row.id)
    assert (events[-1].name, text_of(events)) == (DONE, "w0 w1 w2 ")
    await world.redis.flushall()
    assert await follow(there, row.id) == events


async def test_two_hundred_random_cuts_lose_and_double_nothing(world: World) -> None:
    chance = random.Random(11)
    processes = [world.process() for _ in range(3)]

    async def one(number: int) -> None:
        begun = chance.choice(processes)
        row = await begun.begin(ANN, Asked(f"question {number}"), counting(12, pause=0.004))
        seen: list[Event] = []
        while not (seen and seen[-1].is_last):
            stream = chance.choice(processes).follow(ANN, row.id, len(seen))
            patience = chance.randint(1, 6)
            async for event in stream:
                if event:
                    seen.append(event)
                    patience -= 1
                if patience <= 0:
                    break
            await stream.aclose()  # type: ignore[attr-defined]
            if chance.random() < 0.1:
                await world.redis.flushall()
        assert [event.number for event in seen] == list(range(1, len(seen) + 1))
        assert text_of(seen) == "".join(f"w{at} " for at in range(12))
        assert world.state(row.id) == DONE

    for start in range(0, 200, 20):
        await asyncio.gather(*(one(number) for number in range(start, start + 20)))


@pytest.mark.parametrize(
    "text", ["", "x", "a.1", "0" * 32 + ".", "0" * 32 + ".x", "0" * 31 + "/.1", "0" * 32 + ".1" * 9]
)
def test_the_id_of_no_event_is_refused(text: str) -> None:
    with pytest.raises(RejectedError, match="Last-Event-ID"):
        read_event_id(text)


def test_the_id_of_an_event_is_read_back() -> None:
    assert read_event_id(event_id("a" * 32, 17)) == ("a" * 32, 17)


async def test_a_turn_that_is_being_written_down_as_ended_is_not_taken_for_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease ends with its state: that must not stop the telling of its last event."""
    service = world.process()
    transcript = world.turns[-1]._transcript
    end = transcript.end

    async def slowly(*given: object) -> bool:
        written = await end(*given)  # type: ignore[arg-type]
        await asyncio.sleep(0.3)
        return written

    monkeypatch.setattr(transcript, "end", slowly)
    row = await service.begin(ANN, Asked("hello"), counting(2, pause=0.05))
    events = await follow(service, row.id)
    assert events[-1].name == DONE


async def test_a_turn_is_stopped_from_any_process_and_tells_so(world: World) -> None:
    here, there = world.process(), world.process()
    for service in (here, there):
        row = await here.begin(ANN, Asked("go"), counting(2, asyncio.Event()))
        await service.stop(ANN, row.id)
        assert (await follow(here, row.id))[-1].name == "cancelled"
