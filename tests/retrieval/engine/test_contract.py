"""What every engine must do for `VllmModel`: the same tests on the fake and on a real vLLM."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import Protocol

import pytest

from retrieval.errors import RejectedError
from retrieval.llm import Generation, TextPiece, Usage
from tests.retrieval.engine.conftest import Fake, model_of, prompt, until
from tests.retrieval.engine.fake_engine import Reply
from tests.retrieval.engine.test_model import said
from tests.vllm_server import ADAPTER, VllmServer

SCHEMA = {
    "type": "object",
    "properties": {"language": {"enum": ["en", "zh"]}, "known": {"type": "boolean"}},
    "required": ["language", "known"],
    "additionalProperties": False,
}
LIVELY = Generation(max_tokens=24, temperature=1.0)
TOO_LONG = Reply(status=400, body={"error": {"message": "This model's maximum context length is 2048 tokens."}})


class Engine(Protocol):
    """Something that serves chat completions."""

    @property
    def url(self) -> str: ...

    def running(self) -> int: ...


@pytest.fixture(params=["fake", "vllm"])
def engine(request: pytest.FixtureRequest, fake: Fake) -> Engine:
    if request.param == "vllm":
        server: VllmServer = request.getfixturevalue("vllm")
        return server
    lengthy = [f"word{number} " for number in range(400)]
    plans = {
        "test_an_answer_comes_in_pieces_and_ends_with_what_it_cost": Reply(lengthy[:24], finish="length", between=0.01),
        "test_closing_the_stream_stops_the_generation": Reply(lengthy * 5, between=0.02),
        "test_a_prompt_longer_than_the_model_is_rejected": TOO_LONG,
        "test_an_answer_follows_its_schema": Reply(('{"language": ', '"en", "known": true}')),
        "test_a_prompt_that_was_just_read_is_cached": Reply(cached=32),
    }
    return fake(plans.get(request.node.originalname, Reply()))


async def test_an_answer_comes_in_pieces_and_ends_with_what_it_cost(engine: Engine) -> None:
    model = model_of(engine.url, first_token_seconds=30)
    *texts, usage = [piece async for piece in model.stream(prompt(), LIVELY)]
    assert all(isinstance(piece, TextPiece) and piece.text for piece in texts)
    assert len(texts) > 5
    assert isinstance(usage, Usage)
    assert usage.completion_tokens == LIVELY.max_tokens
    assert usage.finish_reason == "length"
    assert usage.prompt_tokens > 20


async def test_closing_the_stream_stops_the_generation(engine: Engine) -> None:
    stream = model_of(engine.url, first_token_seconds=30).stream(prompt(), Generation(max_tokens=1500, temperature=1.0))
    async with aclosing(stream):
        await anext(stream)
        assert await asyncio.to_thread(engine.running) == 1
    await until(lambda: not engine.running())


async def test_a_prompt_longer_than_the_model_is_rejected(engine: Engine) -> None:
    with pytest.raises(RejectedError, match="longer than the language model reads"):
        await anext(model_of(engine.url).stream(prompt("水泵 pump " * 2000), Generation()))


async def test_an_answer_follows_its_schema(engine: Engine) -> None:
    text, usage = await said(
        model_of(engine.url, first_token_seconds=60), Generation(max_tokens=200, temperature=1.0, schema=SCHEMA)
    )
    found = json.loads(text)
    assert found["language"] in {"en", "zh"}
    assert isinstance(found["known"], bool)
    assert usage.finish_reason == "stop"


async def test_an_adapter_and_a_priority_are_taken(engine: Engine) -> None:
    options = Generation(max_tokens=3, temperature=1.0, lora=ADAPTER, priority=2)
    assert (await said(model_of(engine.url, first_token_seconds=30), options))[0]


async def test_a_prompt_that_was_just_read_is_cached(engine: Engine) -> None:
    model = model_of(engine.url, first_token_seconds=30)
    long = prompt("The pump is guaranteed for two years. " * 30)
    for _ in range(2):
        async with aclosing(model.stream(long, LIVELY)) as stream:
            *_, last = [piece async for piece in stream]
    assert isinstance(last, Usage)
    assert last.cached_tokens > 0


async def test_tokens_are_counted_by_the_model_itself(engine: Engine) -> None:
    counted = await model_of(engine.url).count_tokens(prompt().messages)
    assert counted.exact
    assert counted.limit == 2048
    await until(lambda: engine.running() == 0)
