"""From a question and passages to what the model reads, within a budget of the model's own tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.errors import RejectedError
from retrieval.messages import CountTokens, Message, Role, TokenCount, estimated
from retrieval.model import Passage
from retrieval.prompt_sources import Source, fitting, show, source_of, without_control
from retrieval.prompt_templates import Template, load_template

__all__ = [
    "Budget",
    "CountTokens",
    "Message",
    "Prompt",
    "Role",
    "TokenCount",
    "build_prompt",
    "build_task_prompt",
    "estimated",
]

_ROUNDS = 4
_FULL = 0.85


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is asked; its beginning is the same for many questions, so that engines can cache it.

    `template` is name, language and version ("answer/en/1"). `passages` are those shown, in order: the answer cites
    the n-th as [n], counted from 1. `tokens` is the size of `messages`.
    """

    template: str
    messages: tuple[Message, ...]
    question: str
    language: str
    passages: tuple[Passage, ...]
    tokens: int


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens of a prompt, and those that its answer must still find room for in the model."""

    prompt_tokens: int = 6000
    answer_tokens: int = 512


async def build_prompt(
    question: str,
    passages: Sequence[Passage],
    language: str,
    *,
    budget: Budget,
    count: CountTokens = estimated,
    version: int = 1,
) -> Prompt:
    """The prompt that answers `question` from the best of `passages` (best first), as many as the budget takes.

    A passage that fits in part is cut at a sentence's end, and `Prompt.passages` holds what was shown of it. Texts that
    come twice are shown once. The model counts one to four times.

    Raises:
        RejectedError: the question alone is larger than the budget.
    """
    template = load_template("answer", language, version)
    bare, counted = await _filled(template, question, (), language, count)
    limit = min(budget.prompt_tokens, counted.limit - budget.answer_tokens if counted.limit else budget.prompt_tokens)
    room = limit - bare.tokens
    if room < 0:
        raise RejectedError("the question is longer than what the language model reads at once")
    sources = _distinct(passages, language)
    best, scale = bare, 1.0
    for _ in range(_ROUNDS):
        shown = fitting(sources, room / scale, language)
        if not shown:
            break
        prompt, counted = await _filled(template, question, shown, language, count)
        taken = prompt.tokens - bare.tokens
        if taken <= room:
            best = max(best, prompt, key=lambda one: one.tokens)
            if len(shown) == len(sources) or not counted.exact or taken > _FULL * room:
                break
        scale = taken / sum(one.tokens for one in shown) * (1.0 if taken <= room else 1.02)
    return best


async def build_task_prompt(
    task: str, language: str, history: Sequence[tuple[str, str]], question: str = "", count: CountTokens = estimated
) -> Prompt:
    """The prompt of a task over a conversation: "standalone" (with the last message), or "summary".

    `history` holds role and text of each turn, oldest first.
    """
    template = load_template(task, language)
    said = "\n".join(f"{role}: {without_control(text)}" for role, text in history)
    values = {"history": said, "question": without_control(question)}
    messages = template.fill({name: values[name] for name in template.variables})
    return Prompt(template.name, messages, question, language, (), (await count(messages)).tokens)


def _distinct(passages: Sequence[Passage], language: str) -> list[Source]:
    """Passages as they are shown, each text once, at its best place."""
    by_text: dict[str, Passage] = {}
    for passage in passages:
        by_text.setdefault(passage.text, passage)
    return [source_of(passage, language) for passage in by_text.values()]


async def _filled(
    template: Template, question: str, shown: Sequence[Source], language: str, count: CountTokens
) -> tuple[Prompt, TokenCount]:
    messages = template.fill({"sources": show(shown), "question": without_control(question)})
    counted = await count(messages)
    passages = tuple(one.passage for one in shown)
    return Prompt(template.name, messages, question, language, passages, counted.tokens), counted
