"""What a language model is to the rest: a stream of pieces for a prompt."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from retrieval.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Generation:
    """How to answer. `schema`: a JSON schema that the answer must follow; `lora`: the adapter's name; "" for none.

    `priority`: lower is served first, where the engine knows priorities.
    """

    max_tokens: int = 700
    temperature: float = 0.0
    schema: Mapping[str, Any] | None = None
    lora: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class TextPiece:
    """The next characters of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost, in tokens, and why it ended ("stop", "length")."""

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    finish_reason: str


Piece = TextPiece | Usage


class LanguageModel(Protocol):
    """Answers a prompt; two do: `retrieval.vllm.VllmModel` and `retrieval.quoting.QuotingModel`."""

    @property
    def name(self) -> str:
        """The name under which its answers are recorded."""

    def stream(self, prompt: Prompt, options: Generation) -> AsyncGenerator[Piece]:
        """The answer as it comes: text, and as the last piece its usage.

        Closing the iterator stops the generation.

        Raises:
            UnavailableError: the model does not answer, or ended in the middle.
            RetryLaterError: it has too much to do.
            RejectedError: it refuses this prompt.
        """
