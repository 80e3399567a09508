"""`POST /v1/search`: nobody finds what is not theirs, and bad questions get sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from retrieval.model import Question
from tests.app.conftest import Api

GROUPS = ["staff", "finance", "service", "public"]


async def test_a_search_gives_passages_and_up_to_when(api: Api, show: Callable[..., Any]) -> None:
    api.candidates.append(show(api, source="erp", key="p/1", readers=["public"], text="espresso"))
    body = (await api.call("POST", "/v1/search", role="customer", json={"query": "espresso"})).json()
    [passage] = body["passages"]
    assert (passage["text"], passage["source"], passage["key"], passage["score"]) == ("espresso", "erp", "p/1", 0.9)
    assert {"document_id", "title", "version", "url", "updated_at", "page", "heading"} <= set(passage)
    assert list(body["as_of"]) == ["erp"]


async def test_nothing_found_is_an_answer(api: Api) -> None:
    body = (await api.call("POST", "/v1/search", json={"query": "?"})).json()
    assert body == {"question": "?", "passages": [], "as_of": {}}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    readers=st.lists(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=3), min_size=1, max_size=6),
    groups=st.lists(st.sampled_from(GROUPS[:3]), max_size=3),
    tenant=st.sampled_from(["default", "other"]),
    role=st.sampled_from(["customer", "employee", "agent", "editor", "admin"]),
)
async def test_a_caller_finds_exactly_what_its_principals_may_read(
    api: Api, show: Callable[..., Any], readers: list[list[str]], groups: list[str], tenant: str, role: str
) -> None:
    with api.engine.begin() as connection:
        connection.execute(text("TRUNCATE ledger, document_texts, source_progress"))
    api.candidates.clear()
    for number, names in enumerate(readers):
        owner = "default" if number % 2 else "other"
        api.candidates.append(show(api, source="erp", key=str(number), readers=names, tenant=owner))
    response = await api.call("POST", "/v1/search", role, json={"query": "x"}, groups=groups, tenant=tenant)
    expected = [
        str(number)
        for number, names in enumerate(readers)
        if ("default" if number % 2 else "other") == tenant and set(names) & {*groups, "public"}
    ]
    assert [passage["key"] for passage in response.json()["passages"]] == expected


async def test_the_history_gives_the_user_turns_as_context(api: Api) -> None:
    history = [{"role": "user", "text": "Which grinder?"}, {"role": "assistant", "text": "The M2."}]
    await api.call("POST", "/v1/search", json={"query": "its price?", "history": history, "limit": 3})
    question = api.asked[-1]
    assert (question.text, question.context, question.limit) == ("The M2’s price?", ("Which grinder?",), 3)


@pytest.mark.parametrize("role", ["assistant", "agent"])
async def test_the_answer_says_what_was_searched_in_its_place(api: Api, role: str) -> None:
    history = [{"role": "user", "text": "Which grinder is quiet?"}, {"role": role, "text": "The X-200."}]
    asked = {"query": "and what does it weigh?", "history": history, "sources": ["erp"]}
    body = (await api.call("POST", "/v1/search", json=asked)).json()
    assert body["question"] == "What does the X-200 weigh?"
    assert len(api.asked) <= 5
    assert {question.sources for question in api.asked} == {("erp",)}


async def test_without_a_history_the_query_is_searched_once_as_it_is(api: Api) -> None:
    body = (await api.call("POST", "/v1/search", json={"query": "and what does it weigh?"})).json()
    assert body["question"] == "and what does it weigh?"
    assert api.asked == [Question("and what does it weigh?", limit=10, unresolved="it")]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "query is missing"),
        ({"query": ""}, "query needs at least 1 characters"),
        ({"query": " \n"}, "query is blank"),
        ({"query": "x" * 10_001}, "query may have at most 10000 characters"),
        ({"query": "a\0b"}, "query holds control characters"),
        ({"query": 7}, "query must be text"),
        ({"query": ["x"]}, "query must be text"),
        ({"query": "x", "limit": 0}, "limit must be at least 1"),
        ({"query": "x", "limit": 101}, "limit must be at most 100"),
        ({"query": "x", "limit": "many"}, "limit must be a whole number"),
        ({"query": "x", "sources": "erp"}, "sources must be a list"),
        ({"query": "x", "sources": ['erp" or true']}, "source"),
        ({"query": "x", "history": [{"role": "king", "text": "x"}]}, "history.0.role must be"),
        ({"query": "x", "topk": 3}, "topk is not a field here"),
        ([], "must be an object"),
        (None, "the body is missing"),
    ],
)
async def test_a_question_that_cannot_be_asked_is_refused_in_words(api: Api, body: Any, said: str) -> None:
    response = await api.call("POST", "/v1/search", json=body)
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert said in response.json()["detail"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\xfd", b'{"query": "\\ud800"}', b'{"query": NaN}', b"\x00" * 100]
)
async def test_a_body_that_is_not_json_is_refused(api: Api, content: bytes) -> None:
    response = await api.call("POST", "/v1/search", content=content, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")


async def test_a_huge_body_is_refused_by_its_size(api: Api) -> None:
    response = await api.call("POST", "/v1/search", json={"query": "x" * 3_000_000})
    assert (response.status_code, response.json()["title"]) == (413, "Too large")


async def test_before_anything_was_indexed_the_answer_says_so(api: Api) -> None:
    with api.engine.begin() as connection:
        connection.execute(text("TRUNCATE indexes"))
    response = await api.call("POST", "/v1/search", json={"query": "x"})
    assert (response.status_code, response.json()["service"]) == (503, "index")
