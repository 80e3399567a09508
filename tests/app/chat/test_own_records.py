"""A signed-in customer is not asked for what stands in the own account: over HTTP, on a real PostgreSQL and Valkey."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from retrieval.errors import UnavailableError
from tests.app.chat.test_routes import ask, chat
from tests.app.conftest import Api, FakeSearch

__all__ = ["chat"]

NOW_ASKED = "What is the order number?"
Order = Callable[..., None]


@pytest.fixture
def order(chat: Api, show: Callable[..., Any]) -> Order:
    """Adds an order that `login` may read."""

    def add(number: str, login: str, status: str = "shipped") -> None:
        body = f"# Order {number}\n\n- Status (订单状态): {status}\n- Shipment (物流): DHL 4711, on its way"
        title = f"Order {number}: {status}"
        shown = show(chat, source="erp", key=number, readers=[f"user:{login}"], text=body, title=title)
        chat.candidates.append(shown)

    return add


@pytest.mark.parametrize("question", ["Where is my order?", "我的订单到哪了？"])
async def test_the_only_order_is_found_without_its_number(chat: Api, order: Order, question: str) -> None:
    order("SO-10201", "ann")
    order("SO-10202", "bea")
    done = await ask(chat, question)
    assert (done["decision"], "shipped" in done["answer"]) == ("answered", True)
    assert [one["title"] for one in done["citations"]] == ["Order SO-10201: shipped"] * len(done["citations"])


@pytest.mark.parametrize("chosen", ["2", "Order SO-10201: delivered", "SO-10201"])
async def test_of_several_the_newest_are_offered_and_one_is_chosen(chat: Api, order: Order, chosen: str) -> None:
    order("SO-10201", "ann", "delivered")
    order("SO-10203", "ann", "packed")
    order("SO-10204", "bea")
    asked = await ask(chat, "Where is my order?")
    assert (asked["decision"], asked["slot"]["name"]) == ("clarify", "order_number")
    assert asked["options"] == ["Order SO-10203: packed", "Order SO-10201: delivered"]
    assert "1. Order SO-10203" in asked["answer"]
    done = await ask(chat, chosen, conversation_id=asked["conversation_id"])
    assert (done["decision"], "delivered" in done["answer"]) == ("answered", True)


async def test_a_chosen_order_leads_to_the_next_slot_of_its_task(chat: Api, order: Order) -> None:
    order("SO-10201", "ann")
    done = await ask(chat, "I want to return my order")
    assert (done["decision"], done["slot"]["name"], done["answer"]) == (
        "clarify",
        "delivered_on",
        "When did it arrive?",
    )


@pytest.mark.parametrize("user", ["", "visitor-1234", "cat"])
async def test_who_is_unknown_or_has_no_order_is_asked_for_the_number(chat: Api, order: Order, user: str) -> None:
    order("SO-10201", "ann")
    order("SO-10201", "visitor-1234")
    done = await ask(chat, "Where is my order?", user=user)
    assert (done["decision"], done["slot"]["name"]) == ("clarify", "order_number")
    assert done["answer"].startswith(NOW_ASKED)
    assert done.get("options", []) == []


async def test_where_nothing_can_be_looked_up_the_number_is_asked_for(
    chat: Api, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    order("SO-10201", "ann")

    async def away(*_: Any) -> Any:
        raise UnavailableError("Milvus")

    monkeypatch.setattr(FakeSearch, "__call__", away)
    done = await ask(chat, "Where is my order?")
    assert (done["decision"], done["slot"]["name"]) == ("clarify", "order_number")
