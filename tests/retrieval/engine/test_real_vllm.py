"""What only a real vLLM can show: its own limits, and its death in the middle of an answer."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import httpx
import pytest

from retrieval.errors import FreshetError, RejectedError, RetryLaterError, UnavailableError
from retrieval.llm import Generation, Piece, TextPiece, Usage
from tests.retrieval.engine.conftest import model_of, prompt, until
from tests.retrieval.engine.test_model import said
from tests.vllm_server import QUEUE, VllmServer

LONG = Generation(max_tokens=400, temperature=1.0)


async def test_more_than_the_queue_holds_is_refused_with_503_and_for_later(vllm: VllmServer) -> None:
    model = model_of(vllm.url, first_token_seconds=30)
    streams = [model.stream(prompt(f"Question {number}?"), LONG) for number in range(QUEUE + 12)]

    async def first(number: int) -> str:
        try:
            await anext(streams[number])
        except FreshetError as error:
            return type(error).__name__
        return "begun"

    outcomes = await asyncio.gather(*(first(number) for number in range(len(streams))))
    for stream in streams:
        await stream.aclose()
    assert outcomes.count("begun") >= QUEUE - 1
    assert outcomes.count(RetryLaterError.__name__) >= 1
    assert set(outcomes) <= {"begun", RetryLaterError.__name__}
    await until(lambda: vllm.running() == 0, 10)


async def test_overload_carries_no_wait_so_we_choose_one(vllm: VllmServer) -> None:
    body = {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "max_tokens": 300, "temperature": 1}
    async with httpx.AsyncClient(timeout=60) as client:
        asked = [client.post(f"{vllm.url}/chat/completions", json=body) for _ in range(QUEUE + 12)]
        responses = await asyncio.gather(*asked)
    refused = [response for response in responses if response.status_code == 503]
    assert refused
    assert all("retry-after" not in response.headers for response in refused)


async def test_a_schema_that_vllm_does_not_take_is_rejected(vllm: VllmServer) -> None:
    with pytest.raises(RejectedError):
        await said(model_of(vllm.url), Generation(schema={"type": "no such type"}))


async def test_an_adapter_that_vllm_has_not_loaded_is_said(vllm: VllmServer) -> None:
    with pytest.raises(UnavailableError, match="404"):
        await said(model_of(vllm.url), Generation(lora="nobody"))


async def test_an_engine_killed_in_mid_answer_interrupts_and_is_then_unavailable(vllm: VllmServer) -> None:
    model = model_of(vllm.url, first_token_seconds=30)
    pieces: list[Piece] = []
    async with aclosing(model.stream(prompt(), Generation(max_tokens=1500, temperature=1.0))) as stream:
        async for piece in stream:
            pieces.append(piece)
            if len(pieces) == 5:
                await asyncio.to_thread(vllm.kill)
    *texts, usage = pieces
    assert len(texts) >= 5
    assert all(isinstance(piece, TextPiece) for piece in texts)
    assert isinstance(usage, Usage)
    assert usage.finish_reason == "interrupted"
    with pytest.raises(UnavailableError):
        await said(model)
