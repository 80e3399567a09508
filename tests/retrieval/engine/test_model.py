"""The failure paths, on an engine that fails as it is told."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

import pytest

from retrieval.engine import VllmModel, base_urls
from retrieval.errors import RejectedError, RetryLaterError, UnavailableError
from retrieval.llm import Generation, TextPiece, Usage
from tests.retrieval.conftest import free_port
from tests.retrieval.engine.conftest import Fake, model_of, prompt, until
from tests.retrieval.engine.fake_engine import OVERLOADED, Reply, event

ANSWER = "The pump is guaranteed for 24 months [1]."


async def said(model: VllmModel, options: Generation | None = None) -> tuple[str, Usage]:
    """The whole answer."""
    text, usage = "", None
    async for piece in model.stream(prompt(), options or Generation()):
        if isinstance(piece, TextPiece):
            assert piece.text
            text += piece.text
        else:
            assert usage is None
            usage = piece
    assert usage is not None
    return text, usage


async def test_a_request_names_model_or_adapter_limits_schema_and_priority_only_where_asked(fake: Fake) -> None:
    engine = fake()
    model = model_of(engine.url)
    await said(model)
    schema = {"type": "object"}
    await said(model, Generation(max_tokens=9, temperature=0.5, schema=schema, lora="polite", priority=3))
    plain, special = engine.asked
    assert plain["model"] == "tiny"
    assert [message["role"] for message in plain["messages"]] == ["system", "user"]
    assert not {"priority", "response_format"} & plain.keys()
    assert special["model"] == "polite"
    assert special["priority"] == 3
    assert special["max_tokens"] == 9
    assert special["response_format"]["json_schema"]["schema"] == schema
    assert engine.headers[0]["authorization"] == "Bearer secret"


async def test_answers_one_after_another_share_a_connection(fake: Fake) -> None:
    engine = fake()
    model = model_of(engine.url)
    for _ in range(5):
        assert (await said(model))[0] == ANSWER
    assert len(engine.connections) == 1


async def test_before_the_first_token_a_busy_engine_is_asked_again(fake: Fake) -> None:
    engine = fake(OVERLOADED, OVERLOADED, Reply())
    assert (await said(model_of(engine.url)))[0] == ANSWER
    assert len(engine.asked) == 3


async def test_an_engine_that_stays_busy_is_for_later(fake: Fake) -> None:
    engine = fake(OVERLOADED)
    model = model_of(engine.url)
    for _ in range(3):
        with pytest.raises(RetryLaterError, match="too much to do"):
            await said(model)
    assert len(engine.asked) == 9, "being busy is no fault: the engine is still asked"


async def test_a_wait_that_the_engine_names_is_passed_on(fake: Fake) -> None:
    engine = fake(Reply(status=429, body={"error": "slow down"}, headers={"Retry-After": "7"}))
    with pytest.raises(RetryLaterError) as raised:
        await said(model_of(engine.url))
    assert raised.value.retry_after_seconds == 7


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_refused_prompt_is_never_sent_again(fake: Fake, status: int) -> None:
    engine = fake(Reply(status=status, body={"error": {"message": "maximum context length is 2048"}}))
    with pytest.raises(RejectedError, match="longer than the language model reads"):
        await said(model_of(engine.url))
    assert len(engine.asked) == 1


@pytest.mark.parametrize("status", [401, 404])
async def test_a_wrong_key_or_model_is_said_at_once(fake: Fake, status: int) -> None:
    engine = fake(Reply(status=status, body={"error": {"message": "no such model"}}))
    with pytest.raises(UnavailableError, match=f"{status}: no such model"):
        await said(model_of(engine.url))
    assert len(engine.asked) == 1


async def test_nobody_there_is_unavailable_and_soon_said_without_asking() -> None:
    model = model_of(f"http://127.0.0.1:{free_port()}/v1")
    with pytest.raises(UnavailableError, match="does not answer"):
        await said(model)
    began = time.perf_counter()
    with pytest.raises(UnavailableError, match="a moment ago"):
        await said(model)
    assert time.perf_counter() - began < 0.05


async def test_a_connection_lost_before_the_first_token_is_tried_again(fake: Fake) -> None:
    engine = fake(Reply(deltas=(), breaks=True), Reply())
    assert (await said(model_of(engine.url)))[0] == ANSWER


async def test_after_the_first_token_nothing_is_asked_again(fake: Fake) -> None:
    engine = fake(Reply(deltas=("The pump ", "is "), breaks=True), Reply())
    text, usage = await said(model_of(engine.url))
    assert text == "The pump is "
    assert usage.finish_reason == "interrupted"
    assert usage.prompt_tokens == 40
    assert usage.completion_tokens > 0
    assert len(engine.asked) == 1


async def test_an_engine_that_reports_its_failure_in_the_stream_is_lost(fake: Fake) -> None:
    failed = event({"error": {"message": "EngineCore died", "code": 500}})
    engine = fake(Reply(raw=(event({"choices": [{"delta": {"content": "The"}}]}), failed)))
    text, usage = await said(model_of(engine.url))
    assert (text, usage.finish_reason) == ("The", "interrupted")
    refused = event({"error": {"message": "too long", "code": 400}})
    with pytest.raises(RejectedError):
        await said(model_of(fake(Reply(raw=(refused,))).url))


async def test_a_first_token_that_does_not_come_is_given_up(fake: Fake) -> None:
    engine = fake(Reply(deltas=(), hangs=True))
    began = time.perf_counter()
    with pytest.raises(UnavailableError, match="gave no first token"):
        await said(model_of(engine.url, first_token_seconds=0.4))
    assert time.perf_counter() - began < 1
    await until(lambda: engine.running() == 0)


async def test_a_next_token_that_does_not_come_interrupts(fake: Fake) -> None:
    engine = fake(Reply(deltas=("The pump",), hangs=True))
    text, usage = await said(model_of(engine.url, next_token_seconds=0.3))
    assert (text, usage.finish_reason) == ("The pump", "interrupted")
    await until(lambda: engine.running() == 0)


async def test_a_reader_who_takes_long_is_no_slow_engine(fake: Fake) -> None:
    engine = fake()
    got = []
    async for piece in model_of(engine.url, next_token_seconds=0.2, first_token_seconds=0.2).stream(
        prompt(), Generation()
    ):
        got.append(piece)
        await asyncio.sleep(0.3)
    assert isinstance(got[-1], Usage)
    assert got[-1].finish_reason == "stop"


async def test_closing_the_stream_leaves_the_engine_within_a_second(fake: Fake) -> None:
    engine = fake(Reply(deltas=["word "] * 1000, between=0.02))
    async with aclosing(model_of(engine.url).stream(prompt(), Generation(max_tokens=2000))) as stream:
        await anext(stream)
        assert engine.running() == 1
    await until(lambda: engine.running() == 0, 1)
    assert engine.left_alone == 1


async def test_a_cancelled_task_leaves_the_engine_too(fake: Fake) -> None:
    engine = fake(Reply(deltas=["word "] * 1000, between=0.02))
    task = asyncio.create_task(said(model_of(engine.url), Generation(max_tokens=2000)))
    await until(lambda: engine.running() == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: engine.running() == 0, 1)


async def test_a_model_that_says_nothing_is_unavailable(fake: Fake) -> None:
    for deltas in ((), ("", "\n", "  ")):
        with pytest.raises(UnavailableError, match="empty answer"):
            await said(model_of(fake(Reply(deltas=deltas)).url))


async def test_a_model_that_repeats_itself_is_stopped(fake: Fake) -> None:
    engine = fake(Reply(deltas=["Ask our service. "] * 5000, between=0.001))
    text, usage = await said(model_of(engine.url), Generation(max_tokens=6000))
    assert usage.finish_reason == "repetition"
    assert len(text) < 2000
    await until(lambda: engine.running() == 0, 1)


async def test_a_model_that_ignores_its_limit_is_stopped(fake: Fake) -> None:
    engine = fake(Reply(deltas=[f"{number} " for number in range(9000)], between=0.001))
    text, usage = await said(model_of(engine.url), Generation(max_tokens=50))
    assert usage.finish_reason == "length"
    assert len(text.split()) == 51


async def test_half_characters_never_come_out(fake: Fake) -> None:
    whole = event({"choices": [{"delta": {"content": "保修两年😀"}}]})
    end = event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    engine = fake(Reply(raw=[bytes([one]) for one in whole] + [end], between=0.001))
    assert (await said(model_of(engine.url)))[0] == "保修两年😀"
    split = (
        b'data: {"choices":[{"delta":{"content":"ok \\ud83d"}}]}\n\n',
        b'data: {"choices":[{"delta":{"content":"\\ude00"}}]}\n\n',
    )
    assert (await said(model_of(fake(Reply(raw=(*split, end))).url)))[0] == "ok 😀"
    cut = event({"choices": [{"delta": {"content": "ok \ufffd"}}]})
    assert (await said(model_of(fake(Reply(raw=(cut, end))).url)))[0] == "ok "


async def test_a_server_that_is_no_engine_is_unavailable(fake: Fake) -> None:
    page = fake(Reply(body={"choices": [{"message": {"content": "not streamed"}}]}))
    with pytest.raises(UnavailableError, match="another form"):
        await said(model_of(page.url))
    with pytest.raises(UnavailableError, match="another form"):
        await said(model_of(fake(Reply(raw=(b"data: <html>\n\n",))).url))


async def test_an_answer_that_ends_without_the_last_event_is_whole_when_it_said_why_it_ended(fake: Fake) -> None:
    assert (await said(model_of(fake(Reply(done=False)).url)))[1].finish_reason == "stop"


async def test_the_other_replica_answers_when_one_is_away_busy_or_hangs(fake: Fake) -> None:
    for first in (Reply(status=500, body={}), OVERLOADED, Reply(deltas=(), hangs=True)):
        bad, good = fake(first), fake()
        model = model_of(bad.url, good.url, first_token_seconds=2.0)
        assert (await said(model))[0] == ANSWER
        assert len(bad.asked) == 1
        assert len(good.asked) == 1


async def test_a_replica_that_fails_is_left_alone_and_the_load_is_shared(fake: Fake) -> None:
    bad, good, other = fake(Reply(status=500, body={})), fake(), fake()
    model = model_of(bad.url, good.url, other.url)
    for _ in range(20):
        assert (await said(model))[0] == ANSWER
    assert len(bad.asked) == 3
    assert len(good.asked) == len(other.asked) == 10


async def test_tokens_are_counted_by_the_engine_and_estimated_without_it(fake: Fake) -> None:
    messages = prompt("one two three").messages
    counted = await model_of(fake().url).count_tokens(messages)
    assert (counted.exact, counted.limit, counted.tokens) == (True, 2048, 16)
    guessed = await model_of(f"http://127.0.0.1:{free_port()}/v1").count_tokens(messages)
    assert not guessed.exact
    assert guessed.tokens > 10


def test_addresses_are_separated_by_commas() -> None:
    assert base_urls(" http://a/v1/, http://b/v1 ,") == ("http://a/v1", "http://b/v1")
    assert base_urls("  ") == ()
