"""Hand-over to a person over HTTP: who asks for one, who takes it, and an assistant that is silent meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.chat.test_routes import ask, chat, events_of, piccola
from tests.app.conftest import Api

__all__ = ["chat", "piccola"]


async def test_a_customer_who_wants_a_person_gets_one_and_the_assistant_is_silent(chat: Api, piccola: Any) -> None:
    first = await ask(chat, "What does the Piccola weigh?")
    conversation = first["conversation_id"]
    done = await ask(chat, "I want to talk to a human", conversation_id=conversation)
    assert (done["decision"], done["handover"]) == ("handed_over", {"state": "waiting", "position": 1})
    inbox = (await chat.call("GET", "/v1/agent/conversations", "agent", user="tom")).json()["conversations"]
    assert [(one["id"], one["state"]) for one in inbox] == [(conversation, "waiting")]
    assert "Piccola" in inbox[0]["summary"]

    path = f"/v1/agent/conversations/{conversation}"
    assert (await chat.call("POST", f"{path}/reply", "agent", user="tom", json={"text": "Hi"})).status_code == 409
    assert (await chat.call("POST", f"{path}/claim", "agent", user="tom")).status_code == 204
    assert (await chat.call("POST", f"{path}/claim", "agent", user="kim")).status_code == 409
    silent = await ask(chat, "What does the Piccola weigh?", conversation_id=conversation)
    assert (silent["decision"], silent["answer"]) == ("handed_over", "")
    assert (await chat.call("POST", f"{path}/reply", "agent", user="tom", json={"text": "Nine."})).status_code == 201

    view = (await chat.call("GET", f"/v1/conversations/{conversation}", "customer")).json()
    assert (view["state"], view["agent"], [one["text"] for one in view["messages"]]) == ("agent", "tom", ["Nine."])
    assert (await chat.call("POST", f"{path}/give-back", "agent", user="kim")).status_code == 409
    assert (await chat.call("POST", f"{path}/give-back", "agent", user="tom")).status_code == 204
    back = await ask(chat, "What does the Piccola weigh?", conversation_id=conversation)
    assert back["decision"] == "answered"
    assert (await chat.call("POST", f"{path}/claim", "agent", user="tom")).status_code == 204
    assert (await chat.call("POST", f"{path}/close", "agent", user="tom")).status_code == 204
    closed = (await chat.call("GET", path, "agent", user="kim")).json()
    assert closed["state"] == "closed"
    anew = await ask(chat, "What does the Piccola weigh?", conversation_id=conversation)
    assert anew["decision"] == "answered"


async def test_agents_see_only_conversations_of_their_tenant(chat: Api, piccola: Any) -> None:
    done = await ask(chat, "I want to talk to a human")
    other = {"user": "tom", "tenant": "other"}
    assert (await chat.call("GET", "/v1/agent/conversations", "agent", **other)).json() == {"conversations": []}
    path = f"/v1/agent/conversations/{done['conversation_id']}"
    for method, end in (("GET", ""), ("POST", "/claim"), ("POST", "/give-back"), ("POST", "/close")):
        assert (await chat.call(method, f"{path}{end}", "agent", **other)).status_code == 404


async def test_two_refusals_in_a_row_hand_a_customer_over(chat: Api, piccola: Any) -> None:
    first = await ask(chat, "Who won the football cup in 1954?")
    second = await ask(chat, "And the cup of 1958, who?", conversation_id=first["conversation_id"])
    assert [first["decision"], second["decision"]] == ["refused", "handed_over"]


async def test_yes_to_the_offer_of_a_person_hands_over(chat: Api, piccola: Any) -> None:
    first = await ask(chat, "Who won the football cup in 1954?")
    second = await ask(chat, "yes please", conversation_id=first["conversation_id"])
    assert second["decision"] == "handed_over"


@pytest.mark.parametrize("message", ["I want to talk to a human", "Who won the football cup in 1958?"])
async def test_what_a_stream_says_of_a_hand_over_is_the_answer(chat: Api, piccola: Any, message: str) -> None:
    first = await ask(chat, "Who won the football cup in 1954?")
    body = {"message": message, "conversation_id": first["conversation_id"]}
    response = await chat.call("POST", "/v1/chat", "customer", json=body, headers={"Accept": "text/event-stream"})
    events = events_of(response.text)
    told = "".join(data["text"] for _, name, data in events if name == "delta")
    done = events[-1][2]
    assert (done["decision"], told) == ("handed_over", done["answer"])
    assert done["answer"].endswith("You are number 1 in line.")
    assert [data for _, name, data in events if name == "handover"] == [{"state": "waiting", "position": 1}]
