"""What the assistant says without a model: refusals, questions back, greetings, and words around a hand-over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import yaml

_NAMED_SOURCES = 4


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    """Name → language → words."""
    texts: dict[str, dict[str, str]] = yaml.safe_load(files("app.dialog").joinpath("replies.yaml").read_text("utf-8"))
    return texts


def say(name: str, language: str, **values: object) -> str:
    """The words of that name in `language` ("zh", else English), with what stands in braces replaced."""
    text = _texts()[name]["zh" if language == "zh" else "en"]
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", str(value))
    return text


def refusal(reason: str, language: str, question: str, sources: Sequence[str], *, thing: str = "", staff: bool) -> str:
    """Why there is no answer: what was searched, where, and what the person can do."""
    following = say("next_staff" if staff else "next_customer", language)
    asked = " ".join(question.split())
    shown = asked if len(asked) <= 160 else f"{asked[:159]}…"
    return say(reason, language, question=shown, places=_places(sources, language), next=following, thing=thing)


def numbered(opening: str, options: Sequence[str], language: str) -> str:
    """The saying `opening` and the options, a line each, with numbers by which they can be chosen."""
    return "\n".join([say(opening, language), *(f"{at}. {option}" for at, option in enumerate(options, 1))])


def question_back(options: Sequence[str], words: str, language: str) -> str:
    """Which of several meanings, as a numbered list; without any, which `words` of the question are not clear."""
    if not options:
        return say("unclear_words", language, words=words) if words else say("underspecified", language)
    return numbered("which", options, language)


def _places(sources: Sequence[str], language: str) -> str:
    """The sources searched, in brackets; "" where there is none."""
    if not sources:
        return ""
    named = list(sources[:_NAMED_SOURCES])
    more = len(sources) - len(named)
    if language == "zh":
        return f"（{'、'.join(named)}{f'等 {len(sources)} 个来源' if more else ''}）"
    return f" ({', '.join(named)}{f' and {more} more' if more else ''})"
