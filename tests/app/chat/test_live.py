"""Live conversations with a person, on a real PostgreSQL and a real Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy import Engine, text

from app.chat.handovers import Handovers
from app.chat.live import Live, read_id
from app.chat.live_reads import LiveReads, Reached
from app.chat.model import Asked
from app.chat.notices import Notices
from app.chat.presence import Presence, Side
from app.refusals import NotFoundError
from retrieval.errors import RejectedError
from tests.app.chat.conftest import ANN, World, follow
from tests.app.chat.test_handovers import quiet_or_answer
from tests.app.chat.test_routes import ask, chat, events_of, piccola
from tests.app.conftest import Api
from tests.app.documents import until

__all__ = ["chat", "piccola"]

MASKING = """\
tables:
  - table: privacy
    stage: before
    rules:
      - rule: cards
        when: {}
        then: {mask: [bank_card]}
"""


@pytest_asyncio.fixture
async def handed(chat: Api, piccola: Any) -> str:
    """A conversation that waits for a person."""
    first = await ask(chat, "What does the Piccola weigh?")
    done = await ask(chat, "I want to talk to a human", conversation_id=first["conversation_id"])
    assert done["decision"] == "handed_over"
    return str(first["conversation_id"])


async def heard(chat: Api, path: str, role: str, user: str, last: str = "") -> list[tuple[str, str, dict[str, Any]]]:
    """The events of a live stream until it ends."""
    headers = {"Last-Event-ID": last} if last else {}
    response = await chat.call("GET", path, role, user=user, headers=headers)
    assert response.status_code == 200, response.text
    return events_of(response.text)


async def as_agent(chat: Api, conversation: str, deed: str, user: str = "tom", **more: Any) -> int:
    """Status of what an agent does with a conversation."""
    response = await chat.call("POST", f"/v1/agent/conversations/{conversation}/{deed}", "agent", user=user, **more)
    return response.status_code


async def test_the_customer_hears_who_came_and_what_was_said(chat: Api, handed: str) -> None:
    path = f"/v1/conversations/{handed}/live"
    [(_, name, state)] = [one for one in await heard(chat, path, "customer", "ann") if one[1] == "state"]
    assert (name, state["state"], state["position"], state["agent"]) == ("state", "waiting", 1, None)
    await as_agent(chat, handed, "claim")
    await as_agent(chat, handed, "reply", json={"text": "Hello, nine kilos."})
    events = await heard(chat, path, "customer", "ann")
    assert [one[2]["agent"] for one in events if one[1] == "state"] == [{"name": "tom"}]
    [said] = [one[2] for one in events if one[1] == "message" and one[2]["from"] == "agent"]
    assert (said["text"], said["name"]) == ("Hello, nine kilos.", "tom")


async def test_a_stream_goes_on_behind_the_last_event_and_says_nothing_twice(chat: Api, handed: str) -> None:
    await as_agent(chat, handed, "claim")
    await as_agent(chat, handed, "reply", json={"text": "One."})
    path = f"/v1/conversations/{handed}/live"
    last = (await heard(chat, path, "customer", "ann"))[-1][0]
    await as_agent(chat, handed, "reply", json={"text": "Two."})
    await ask(chat, "thanks", conversation_id=handed)
    events = await heard(chat, path, "customer", "ann", last)
    said = [(one[2]["from"], one[2]["text"]) for one in events if one[1] == "message"]
    assert said == [("agent", "Two."), ("customer", "thanks")]


async def test_typing_and_read_marks_reach_the_other_side_only(chat: Api, handed: str) -> None:
    await as_agent(chat, handed, "claim")
    number = (
        await chat.call("POST", f"/v1/agent/conversations/{handed}/reply", "agent", user="tom", json={"text": "Hi"})
    ).json()["message_id"]
    turn = (await ask(chat, "hello?", conversation_id=handed))["turn_id"]
    mine, theirs = f"/v1/conversations/{handed}", f"/v1/agent/conversations/{handed}"
    for path, role, user in ((mine, "customer", "ann"), (theirs, "agent", "tom")):
        assert (await chat.call("POST", f"{path}/typing", role, user=user)).status_code == 204
    assert (await chat.call("POST", f"{mine}/read", "customer", json={"message_id": number})).status_code == 204
    assert await as_agent(chat, handed, "read", json={"message_id": turn}) == 204
    to_ann = {one[1]: one[2] for one in await heard(chat, f"{mine}/live", "customer", "ann")}
    assert (to_ann["typing"]["from"], to_ann["typing"]["name"]) == ("agent", "tom")
    assert (to_ann["read"]["by"], to_ann["read"]["message_id"]) == ("agent", turn)
    to_tom = {one[1]: one[2] for one in await heard(chat, f"{theirs}/live", "agent", "tom")}
    assert (to_tom["typing"]["from"], to_tom["read"]["message_id"]) == ("customer", number)
    view = (await chat.call("GET", theirs, "agent", user="tom")).json()
    assert view["read"]["customer"]["message_id"] == number


async def test_only_the_agent_who_has_it_types_and_reads(chat: Api, handed: str) -> None:
    await as_agent(chat, handed, "claim")
    assert await as_agent(chat, handed, "typing", user="kim") == 409
    assert await as_agent(chat, handed, "read", user="kim", json={"message_id": "x"}) == 409
    assert await as_agent(chat, handed, "read", json={"message_id": "f" * 32}) == 404


@pytest.mark.parametrize("message_id", [0, -1, 2**63, 10**30, "x", "\0", "9" * 40, 999_999])
async def test_nobody_reads_what_was_not_said(chat: Api, handed: str, message_id: int | str) -> None:
    response = await chat.call("POST", f"/v1/conversations/{handed}/read", "customer", json={"message_id": message_id})
    assert response.status_code in {404, 422}


async def test_a_conversation_of_somebody_else_is_not_there(chat: Api, handed: str) -> None:
    for method, end in (("GET", "live"), ("POST", "typing"), ("GET", "transcript")):
        response = await chat.call(method, f"/v1/conversations/{handed}/{end}", "customer", user="eve")
        assert response.status_code == 404
    response = await chat.call("GET", f"/v1/agent/conversations/{handed}/live", "agent", user="tom", tenant="other")
    assert response.status_code == 404


async def test_what_rules_mask_is_masked_before_a_person_reads_it(chat: Api, handed: str) -> None:
    answer = await chat.call("PUT", "/v1/rules/privacy", content=MASKING)
    assert answer.status_code < 300, answer.text
    await chat.call("POST", "/v1/rules/privacy/activate", json={"version": answer.json()["version"]})
    await as_agent(chat, handed, "claim")
    await ask(chat, "my card is 4111 1111 1111 1111, please refund", conversation_id=handed)
    path = f"/v1/agent/conversations/{handed}"
    said = [one[2]["text"] for one in await heard(chat, f"{path}/live", "agent", "tom") if one[1] == "message"]
    view = (await chat.call("GET", path, "agent", user="tom")).json()
    assert "please refund" in said[-1]
    assert "4111" not in f"{said}{view}"
    with chat.engine.connect() as connection:
        stored = connection.execute(text("SELECT string_agg(message, ' ') FROM turns")).scalar_one()
    assert "4111" not in stored


async def test_the_inbox_shows_mine_then_who_waits_then_others(chat: Api, handed: str) -> None:
    others = await ask(chat, "I want to talk to a human", user="bea")
    mine = await ask(chat, "I want to talk to a human", user="cem")
    await as_agent(chat, others["conversation_id"], "claim", user="kim")
    await as_agent(chat, mine["conversation_id"], "claim")
    await ask(chat, "hello?", conversation_id=mine["conversation_id"], user="cem")
    [(identifier, _, inbox)] = [one for one in await heard(chat, "/v1/agent/live", "agent", "tom") if one[1] == "inbox"]
    lines = [(one["id"], one["state"], one["mine"], one["unread"]) for one in inbox["conversations"]]
    assert lines == [
        (mine["conversation_id"], "agent", True, 1),
        (handed, "waiting", False, 0),
        (others["conversation_id"], "agent", False, 0),
    ]
    assert inbox["conversations"][0]["last_message"] == "hello?"
    assert [one for one in await heard(chat, "/v1/agent/live", "agent", "tom", identifier) if one[1] == "inbox"] == []
    turn = (await chat.call("GET", f"/v1/agent/conversations/{mine['conversation_id']}", "agent", user="tom")).json()
    await as_agent(chat, mine["conversation_id"], "read", json={"message_id": turn["turns"][-1]["turn_id"]})
    inbox = (await chat.call("GET", "/v1/agent/conversations", "agent", user="tom")).json()
    assert inbox["conversations"][0]["unread"] == 0


async def test_an_agent_sees_what_the_assistant_knew(chat: Api, handed: str) -> None:
    await ask(chat, "What does the Piccola weigh?")
    view = (await chat.call("GET", f"/v1/agent/conversations/{handed}", "agent", user="tom")).json()
    assert (view["owner"], view["is_signed"], view["state"], view["language"]) == ("ann", True, "waiting", "en")
    assert view["until"] > view["state_since"]
    assert (view["turns"][0]["decision"], view["turns"][0]["citations"][0]["title"]) == ("answered", "Piccola")
    assert view["turns"][0]["confidence"] > 0
    assert [one["title"] for one in view["earlier"]] == ["What does the Piccola weigh?"]


async def test_a_suggestion_answers_the_last_question_and_is_said_to_nobody(chat: Api, handed: str) -> None:
    path = f"/v1/agent/conversations/{handed}"
    [item] = (await chat.call("POST", f"{path}/suggestions", "agent", user="tom")).json()["items"]
    assert "9 kg" in item["text"]
    assert (item["citations"][0]["title"], item["citations"][0]["customer_may_read"]) == ("Piccola", True)
    view = (await chat.call("GET", f"/v1/conversations/{handed}", "customer")).json()
    assert (len(view["turns"]), view["messages"]) == (2, [])


async def test_a_suggestion_rests_on_what_the_agent_may_read(chat: Api, handed: str, show: Callable[..., Any]) -> None:
    inside = "Repair of a broken Piccola pump takes three days in the workshop."
    found = show(chat, source="erp", key="p2", readers=["agents"], text=inside, title="Workshop")
    chat.candidates.append(found)
    await as_agent(chat, handed, "claim")
    await ask(chat, "How many days does the repair of a broken Piccola pump take?", conversation_id=handed)
    path = f"/v1/agent/conversations/{handed}/suggestions"
    knows = (await chat.call("POST", path, "agent", user="tom", groups=["agents"])).json()["items"]
    knows_not = (await chat.call("POST", path, "agent", user="kim")).json()["items"]
    assert [one["customer_may_read"] for one in knows[0]["citations"]] == [False]
    assert "three days" not in str(knows_not)


@pytest.mark.parametrize(
    ("question", "who"), [("What does the Piccola weigh?", "Assistant"), ("Piccola 多重？", "智能助手")]
)
async def test_a_transcript_is_a_mail_with_all_that_was_said(chat: Api, piccola: Any, question: str, who: str) -> None:
    done = await ask(chat, question)
    conversation = done["conversation_id"]
    await as_agent(chat, conversation, "claim")
    await as_agent(chat, conversation, "reply", json={"text": "<b>Nine</b> kilos."})
    response = await chat.call("GET", f"/v1/conversations/{conversation}/transcript", "customer")
    assert response.headers["content-type"] == "message/rfc822"
    assert response.headers["content-disposition"].endswith('.eml"')
    mail = message_from_bytes(response.content, policy=default)
    plain = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert question in plain
    assert who in plain
    assert "<b>Nine</b> kilos." in plain
    assert "&lt;b&gt;Nine" in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize("text_", ["x", "1", "1.x", "-1.2", "1.2.3", "²." * 2, f"{'9' * 30}.1"])
def test_an_id_that_is_none_of_ours_is_refused(text_: str) -> None:
    with pytest.raises(RejectedError):
        read_id(text_)


def test_an_id_says_how_far_was_heard() -> None:
    assert read_id("12.3") == Reached(12, 3)


@pytest_asyncio.fixture
async def two(world: World, valkey_url: str, engine: Engine) -> AsyncIterator[list[Live]]:
    """Two API processes, each with a connection of its own to Valkey."""
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(2):
            redis: Redis = Redis.from_url(valkey_url)
            stack.push_async_callback(redis.aclose)
            notices = Notices(redis)
            stack.push_async_callback(notices.close)
            reads = world.transcript._engine.execution_options(isolation_level="AUTOCOMMIT")
            made.append(Live(LiveReads(reads), Presence(redis), notices))
        yield made


async def collect(live: Live, conversation: str, side: Side, want: str) -> bytes:
    """What a stream says until `want` is in it."""
    standing = await live.reads.standing("default", conversation)
    told = b""
    async for part in live.follow(standing, conversation, side, ""):
        told += part
        if want.encode() in told:
            break
    return told


async def test_what_one_process_does_is_heard_in_another(
    world: World, two: list[Live], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.chat.live.LONGEST_SECONDS", 20.0)
    monkeypatch.setattr("app.chat.live.LOOK_SECONDS", 20.0)
    here, there = two
    service = world.process()
    row = await service.begin(ANN, Asked("hello"), quiet_or_answer)
    await follow(service, row.id)
    handovers = Handovers(world.transcript._engine, here.notices.tell)
    await handovers.claim("default", row.conversation_id, "kim")
    listening = asyncio.create_task(collect(there, row.conversation_id, "customer", "Hello Ann."))
    await until(lambda: there.notices.connected)
    await here.type("default", row.conversation_id, "agent", "Kim")
    await handovers.reply("default", row.conversation_id, "kim", "Hello Ann.")
    told = await asyncio.wait_for(listening, 15)
    assert told.index(b"event: state") < told.index(b"Hello Ann.")


async def test_without_redis_everything_but_typing_still_comes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.chat.live.LONGEST_SECONDS", 20.0)
    away: Redis = Redis.from_url("redis://127.0.0.1:1/0")
    reads = world.transcript._engine.execution_options(isolation_level="AUTOCOMMIT")
    live = Live(LiveReads(reads), Presence(away), Notices(away))
    service = world.process()
    row = await service.begin(ANN, Asked("hello"), quiet_or_answer)
    await follow(service, row.id)
    handovers = Handovers(world.transcript._engine, live.notices.tell)
    listening = asyncio.create_task(collect(live, row.conversation_id, "customer", "Hello Ann."))
    await handovers.claim("default", row.conversation_id, "kim")
    await live.type("default", row.conversation_id, "agent", "Kim")
    await handovers.reply("default", row.conversation_id, "kim", "Hello Ann.")
    assert b"Hello Ann." in await asyncio.wait_for(listening, 15)
    await live.notices.close()
    await away.aclose()


async def test_a_stream_ends_when_its_conversation_is_deleted(
    world: World, two: list[Live], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.chat.live.LONGEST_SECONDS", 20.0)
    monkeypatch.setattr("app.chat.live.LOOK_SECONDS", 0.05)
    service = world.process()
    row = await service.begin(ANN, Asked("hello"), quiet_or_answer)
    await follow(service, row.id)
    listening = asyncio.create_task(collect(two[0], row.conversation_id, "customer", "never said"))
    await world.transcript.delete(ANN, row.conversation_id)
    try:
        assert b"never said" not in await asyncio.wait_for(listening, 15)
    except NotFoundError:
        """It was deleted before the first look."""
