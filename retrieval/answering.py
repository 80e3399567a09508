"""From a prompt to an answer whose every claim is bound to its source before anybody sees it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from retrieval.citations import Binder
from retrieval.claims import ClaimReader
from retrieval.errors import RejectedError, RetryLaterError, UnavailableError
from retrieval.llm import Generation, LanguageModel, TextPiece, Usage
from retrieval.model import BoundAnswer
from retrieval.prompt import Prompt
from retrieval.prompt_templates import load_template

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """The next words of the answer with their final markers, checked against the passages.

    `left_out` counts the claims before it that no passage supports.
    """

    text: str
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """The end of an answer. `model` gave it; `instead_of` is the model that was asked first and gave no usable answer.

    `cut_short`: the model stopped in the middle. `first_token_seconds` is 0 where nothing came.
    """

    bound: BoundAnswer
    model: str
    usage: Usage | None
    first_token_seconds: float
    instead_of: str = ""
    cut_short: bool = False


class Answerer:
    """Asks the first model that answers from the sources; the last one is there when all others do not."""

    def __init__(self, models: Sequence[LanguageModel]) -> None:
        self._models = tuple(models)

    async def answer(self, prompt: Prompt, options: Generation) -> AsyncGenerator[Claim | Answered]:
        """Claims as they are complete and bound, and how it ended as the last item. Closing it stops the model.

        Raises:
            UnavailableError: no model answers.
        """
        failed = ""
        for at, model in enumerate(self._models):
            attempt = _Attempt(model, prompt, options)
            try:
                async with aclosing(attempt.run()) as claims:
                    async for claim in claims:
                        yield claim
            except (UnavailableError, RetryLaterError, RejectedError) as error:
                _log.warning("model_failed", model=model.name, reason=error.message, said=attempt.said)
                if not attempt.said and at + 1 < len(self._models):
                    failed = failed or model.name
                    continue
                if not attempt.said:
                    raise
                yield attempt.ended(failed, cut_short=True)
                return
            if attempt.invented and at + 1 < len(self._models):
                _log.warning("model_invented", model=model.name)
                failed = failed or model.name
                continue
            yield attempt.ended(failed)
            return


class _Attempt:
    """One model's answer."""

    def __init__(self, model: LanguageModel, prompt: Prompt, options: Generation) -> None:
        self._model, self._prompt, self._options = model, prompt, options
        self._binder = Binder(prompt.passages, prompt.question)
        self._text = ""
        self._usage: Usage | None = None
        self._first = 0.0

    @property
    def said(self) -> bool:
        """Whether anything was given on already."""
        return bool(self._text)

    @property
    def invented(self) -> bool:
        """Whether no source supports anything that it wrote; that the sources say nothing is no invention."""
        unsupported = self._binder.unsupported
        return bool(unsupported) and not self.said and not self._says_unknown("".join(unsupported))

    def _says_unknown(self, text: str) -> bool:
        task, language, version = self._prompt.template.split("/")
        return load_template(task, language, int(version)).not_known in text

    async def run(self) -> AsyncGenerator[Claim]:
        """The bound claims."""
        reader = ClaimReader()
        began = time.perf_counter()
        async with aclosing(self._model.stream(self._prompt, self._options)) as pieces:
            async for piece in pieces:
                if isinstance(piece, TextPiece):
                    self._first = self._first or time.perf_counter() - began
                    for claim in self._bound(reader.feed(piece.text)):
                        yield claim
                else:
                    self._usage = piece
        for claim in self._bound([reader.rest()]):
            yield claim

    def _bound(self, claims: Sequence[str]) -> list[Claim]:
        bound = [
            Claim(text, len(self._binder.unsupported))
            for claim in claims
            if claim and (text := self._binder.bind(claim))
        ]
        self._text += "".join(claim.text for claim in bound)
        return bound

    def ended(self, instead_of: str, *, cut_short: bool = False) -> Answered:
        """How it ended."""
        cut_short = cut_short or (self._usage is not None and self._usage.finish_reason == "interrupted")
        answer = BoundAnswer(self._text.strip(), self._binder.citations, tuple(self._binder.unsupported))
        return Answered(answer, self._model.name, self._usage, self._first, instead_of, cut_short)
