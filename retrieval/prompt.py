"""Question and passages to a prompt within a token budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retrieval.model import Passage

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to the model."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a language model is given: `template` names its template and version ("answer/en/1").

    `messages` begin with what is the same for every question, so that the engine's prefix cache works. `passages` are
    those shown, in order: passage n is cited as [n], from 1. `question` is the stand-alone question, `language` "en" or
    "zh" that of the answer, `tokens` the prompt's length.
    """

    template: str
    messages: tuple[Message, ...]
    question: str
    language: str
    passages: tuple[Passage, ...]
    tokens: int
