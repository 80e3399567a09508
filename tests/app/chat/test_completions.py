"""OpenAI's own client library against `/v1/chat/completions`, `/v1/models` and `/v1/embeddings`."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest

from tests.app.chat.test_routes import PICCOLA, chat, piccola
from tests.app.conftest import Api

__all__ = ["chat", "piccola"]

QUESTION = [{"role": "user", "content": "What does the Piccola weigh?"}]


def client_of(api: Api, role: str = "customer") -> Any:
    """The client as anyone would make it; only its connection leads into this process."""
    http: Any = httpx.AsyncClient(transport=httpx.ASGITransport(api.app))
    return openai.AsyncOpenAI(
        base_url="http://freshet.test/v1", api_key=api.token(role), http_client=http, max_retries=0
    )


async def test_an_answer_has_its_citations_in_an_extra_field(chat: Api, piccola: Any) -> None:
    answer = await client_of(chat).chat.completions.create(model="freshet", messages=QUESTION)
    assert "9 kg" in answer.choices[0].message.content
    extra = answer.model_extra["freshet"]
    assert (extra["decision"], extra["citations"][0]["quote"]) == ("answered", PICCOLA)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == 0


async def test_a_streamed_answer_adds_up_and_ends_with_the_citations(chat: Api, piccola: Any) -> None:
    stream = await client_of(chat).chat.completions.create(
        model="freshet", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    told = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    [last] = [chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason]
    assert told.strip() == last.model_extra["freshet"]["answer"]
    assert chunks[-1].usage.total_tokens == 0


async def test_earlier_messages_are_the_history(chat: Api, piccola: Any) -> None:
    messages = [
        *QUESTION,
        {"role": "assistant", "content": "9 kg"},
        {"role": "user", "content": "And how much water does it hold?"},
    ]
    answer = await client_of(chat).chat.completions.create(model="freshet", messages=messages)
    assert "Piccola" in answer.model_extra["freshet"]["question"]


async def test_parts_of_text_are_one_message(chat: Api, piccola: Any) -> None:
    parts = [{"type": "text", "text": "What does the"}, {"type": "text", "text": "Piccola weigh?"}]
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": parts}]
    answer = await client_of(chat).chat.completions.create(model="freshet", messages=messages)
    assert "9 kg" in answer.choices[0].message.content


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"model": "gpt-4", "messages": QUESTION}, 404),
        ({"model": "freshet", "messages": []}, 422),
        ({"model": "freshet", "messages": [{"role": "assistant", "content": "hi"}]}, 422),
        ({"model": "freshet", "messages": [{"role": "user", "content": " "}]}, 422),
        ({"model": "freshet", "messages": [{"role": "user", "content": "x" * 8001}]}, 422),
        (
            {"model": "freshet", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            422,
        ),
        ({"model": "freshet", "messages": QUESTION, "n": 3}, 422),
    ],
)
async def test_what_cannot_be_answered_is_refused(chat: Api, asked: dict[str, Any], status: int) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        await client_of(chat).chat.completions.create(**asked)
    assert refused.value.status_code == status
    assert refused.value.response.json()["detail"]


async def test_the_models_are_listed(chat: Api) -> None:
    assert [model.id async for model in client_of(chat).models.list()] == ["freshet"]
    assert (await client_of(chat).models.retrieve("freshet")).owned_by == "freshet"
    with pytest.raises(openai.NotFoundError):
        await client_of(chat).models.retrieve("gpt-4")


async def test_embeddings_of_another_model_are_refused_and_an_absent_server_is_named(chat: Api) -> None:
    client = client_of(chat)
    with pytest.raises(openai.NotFoundError) as refused:
        await client.embeddings.create(model="ada", input="x")
    assert "multilingual-e5-small" in refused.value.response.json()["detail"]
    with pytest.raises(openai.InternalServerError) as refused_too:
        await client.embeddings.create(model="multilingual-e5-small", input=["x", "y"])
    assert "embedding server" in refused_too.value.response.json()["detail"]
