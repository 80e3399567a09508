"""Every claim is bound before it is given on, and a model that fails is replaced or said to have failed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import pytest

from retrieval.answering import Answered, Answerer, Claim
from retrieval.errors import FreshetError, RejectedError, RetryLaterError, UnavailableError
from retrieval.llm import Generation, Piece, TextPiece, Usage
from retrieval.prompt import Prompt
from tests.retrieval.passages import passage

SHOWN = (passage("The pump weighs 9 kg. It is blue.", heading=""),)
PROMPT = Prompt("answer/en/1", (), "What does the pump weigh?", "en", SHOWN, 10)


class Scripted:
    """A model that says its pieces, then raises `error` where there is one."""

    def __init__(
        self, name: str, pieces: Sequence[str], error: FreshetError | None = None, finish: str = "stop"
    ) -> None:
        self.name = name
        self._pieces, self._error, self._finish = pieces, error, finish
        self.closed = False

    async def stream(self, prompt: Prompt, options: Generation) -> AsyncGenerator[Piece]:
        try:
            for text in self._pieces:
                yield TextPiece(text)
            if self._error:
                raise self._error
            yield Usage(10, 4, 5, self._finish)  # type: ignore[arg-type]
        finally:
            self.closed = True


async def answered(*models: Scripted) -> tuple[str, Answered]:
    claims: list[str] = []
    async for one in Answerer(models).answer(PROMPT, Generation()):
        if isinstance(one, Claim):
            claims.append(one.text)
        else:
            return "".join(claims), one
    raise AssertionError("an answer has an end")


async def test_claims_come_bound_and_the_end_counts_tokens() -> None:
    told, end = await answered(Scripted("m", ["The pump wei", "ghs 9 kg. [1] It ", "is blue. [1]"]))
    assert told == "The pump weighs 9 kg. [1] It is blue. [2]"
    assert [one.quote for one in end.bound.citations] == ["The pump weighs 9 kg.", "It is blue."]
    assert (end.model, end.instead_of, end.cut_short) == ("m", "", False)
    assert end.usage is not None
    assert end.usage.cached_tokens == 4


async def test_what_no_source_supports_never_comes_out() -> None:
    told, end = await answered(Scripted("m", ["It costs 100 EUR. [1] The pump weighs 9 kg. [1]"]))
    assert told == "The pump weighs 9 kg. [1]"
    assert end.bound.unsupported == ("It costs 100 EUR.",)


@pytest.mark.parametrize("error", [UnavailableError("vLLM"), RetryLaterError("busy"), RejectedError("too long")])
async def test_a_model_that_does_not_begin_is_replaced_and_named(error: FreshetError) -> None:
    told, end = await answered(Scripted("vllm", [], error), Scripted("quoting", ["The pump weighs 9 kg. [1]"]))
    assert told == "The pump weighs 9 kg. [1]"
    assert (end.model, end.instead_of) == ("quoting", "vllm")


async def test_a_model_that_is_lost_in_the_middle_leaves_what_was_said_and_says_so() -> None:
    lost = Scripted("vllm", ["The pump weighs 9 kg. [1] It is"], UnavailableError("vLLM"))
    told, end = await answered(lost, Scripted("quoting", ["It is blue. [1]"]))
    assert told.strip() == "The pump weighs 9 kg. [1]"
    assert (end.model, end.cut_short) == ("vllm", True)
    _, interrupted = await answered(Scripted("vllm", ["The pump weighs 9 kg. [1]"], finish="interrupted"))
    assert interrupted.cut_short


async def test_a_model_that_only_invents_is_replaced_but_one_that_knows_nothing_is_believed() -> None:
    quoting = Scripted("quoting", ["The pump weighs 9 kg. [1]"])
    told, end = await answered(Scripted("vllm", ["It costs 100 EUR. [1] Buy two!"]), quoting)
    assert (told.strip(), end.model, end.instead_of) == ("The pump weighs 9 kg. [1]", "quoting", "vllm")
    told, end = await answered(Scripted("vllm", ["The sources I may use do not say."]), quoting)
    assert (told, end.model, end.bound.citations) == ("", "vllm", ())


async def test_without_any_model_the_failure_is_told() -> None:
    with pytest.raises(UnavailableError):
        await answered(Scripted("vllm", [], UnavailableError("vLLM")))


async def test_an_empty_answer_is_an_answer_without_claims() -> None:
    told, end = await answered(Scripted("m", []))
    assert (told, end.bound.citations, end.first_token_seconds) == ("", (), 0.0)


async def test_closing_the_answer_stops_the_model() -> None:
    model = Scripted("m", ["The pump weighs 9 kg. [1] It is blue. [1] It is blue."] * 50)
    async with aclosing(Answerer([model]).answer(PROMPT, Generation())) as claims:
        await anext(claims)
    assert model.closed
