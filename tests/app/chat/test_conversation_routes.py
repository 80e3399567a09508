"""Search in, renaming and sharing conversations; filters, asking again in other words, stopping, and why a thumb."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from tests.app.chat.test_routes import PICCOLA, ask, chat, piccola, stream
from tests.app.conftest import Api

__all__ = ["chat", "piccola"]
WEIGHT = "What does the Piccola weigh?"


async def test_a_conversation_is_found_by_its_words_and_by_the_name_it_was_given(chat: Api, piccola: Any) -> None:
    done = await ask(chat, WEIGHT)
    path = f"/v1/conversations/{done['conversation_id']}"
    assert (await chat.call("PATCH", path, "customer", json={"title": "100 %_sure"})).status_code == 204

    async def found(query: str, user: str = "ann") -> int:
        page = await chat.call("GET", "/v1/conversations", "customer", params={"query": query}, user=user)
        return len(page.json()["conversations"])

    assert [await found("0 %_s"), await found("piccola"), await found("1.5 LITRES"), await found("0%s")] == [1, 1, 1, 0]
    assert await found("piccola", user="bob") == 0
    assert (await chat.call("PATCH", path, "customer", json={"title": " \n"})).status_code == 422
    assert (await chat.call("PATCH", path, "customer", json={"title": "x"}, user="bob")).status_code == 404


async def test_who_follows_a_link_reads_what_his_own_rights_allow(chat: Api, show: Callable[..., Any]) -> None:
    chat.candidates.append(show(chat, source="erp", key="p1", readers=["staff"], text=PICCOLA, title="Piccola"))
    done = await ask(chat, WEIGHT, "employee", groups=["staff"])
    path = f"/v1/conversations/{done['conversation_id']}/share"
    made = (await chat.call("POST", path, "employee")).json()
    assert made["url"] == f"/ask/shared/{made['token']}"
    shared = f"/v1/shared/{made['token']}"
    await ask(chat, WEIGHT, "employee", groups=["staff"], conversation_id=done["conversation_id"])
    reader = (await chat.call("GET", shared, "employee", user="bob", groups=["staff"])).json()
    assert [turn["answer"] for turn in reader["turns"]] == [done["answer"]]
    assert (reader["owner"], reader["mine"]) == ("ann", False)
    other = await chat.call("GET", shared, "employee", user="bob")
    assert "9 kg" not in other.text
    assert other.json()["turns"][0]["withdrawn"] is True
    assert (await chat.call("GET", shared, "employee", tenant="other", groups=["staff"])).status_code == 404
    assert (await chat.call("POST", path, "employee", user="bob")).status_code == 404
    assert (await chat.call("DELETE", path, "employee", user="bob")).status_code == 204
    assert (await chat.call("GET", shared, "employee")).status_code == 200
    assert (await chat.call("DELETE", path, "employee")).status_code == 204
    assert (await chat.call("GET", shared, "employee")).status_code == 404


async def test_filters_go_with_the_search_and_are_kept_with_the_turn(chat: Api, piccola: Any) -> None:
    since = datetime.now(UTC) - timedelta(days=1)
    done = await ask(chat, WEIGHT, sources=["erp"], since=since.isoformat())
    assert {(question.sources, question.since) for question in chat.asked} == {(("erp",), since)}
    view = await chat.call("GET", f"/v1/conversations/{done['conversation_id']}", "customer")
    assert view.json()["turns"][0]["filters"]["sources"] == ["erp"]
    refused = await chat.call("POST", "/v1/chat", "customer", json={"message": "x", "sources": ["No Slug"]})
    assert refused.status_code == 422


async def test_the_last_question_asked_in_other_words_takes_its_place(chat: Api, piccola: Any) -> None:
    first = await ask(chat, "What does the Gigante weigh?")
    conversation = first["conversation_id"]
    second = await ask(chat, WEIGHT, conversation_id=conversation, replaces=first["turn_id"])
    view = (await chat.call("GET", f"/v1/conversations/{conversation}", "customer")).json()
    assert [turn["turn_id"] for turn in view["turns"]] == [second["turn_id"]]
    await ask(chat, "And how much water does it hold?", conversation_id=conversation)
    body = {"message": "x", "conversation_id": conversation, "replaces": second["turn_id"]}
    assert (await chat.call("POST", "/v1/chat", "customer", json=body)).status_code == 409


async def test_stopping_a_turn_that_has_ended_changes_nothing_and_is_the_owners_right(chat: Api, piccola: Any) -> None:
    done = await ask(chat, WEIGHT)
    path = f"/v1/chat/{done['turn_id']}/stop"
    assert (await chat.call("POST", path, "customer")).status_code == 204
    assert (await chat.call("POST", path, "customer", user="bob")).status_code == 404
    assert "event: done" in (await stream(chat, None, {"Last-Event-ID": f"{done['turn_id']}.0"})).text


async def test_a_thumb_comes_with_its_reason(chat: Api, piccola: Any) -> None:
    done = await ask(chat, WEIGHT)
    body = {"turn_id": done["turn_id"], "rating": -1, "reason": "outdated", "comment": "it is \u000010 kg"}
    assert (await chat.call("POST", "/v1/feedback", "customer", json=body)).status_code == 204
    with chat.engine.connect() as connection:
        kept = connection.execute(text("SELECT rating, reason, comment FROM feedback")).one()
    assert tuple(kept) == (-1, "outdated", "it is 10 kg")
    assert (await chat.call("POST", "/v1/feedback", "customer", json={**body, "reason": "mood"})).status_code == 422
