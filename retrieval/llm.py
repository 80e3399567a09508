"""What a language model is to the rest: a prompt goes in, pieces of an answer come out as they are made.

`VllmModel` (`retrieval/engine`) asks an engine over HTTP; the quoting model needs none.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from retrieval.prompt import Prompt

FinishReason = Literal["stop", "length", "repetition", "interrupted"]
"""Why an answer ended: as the model wished, at its limit, because it repeated itself, or the engine was lost."""


@dataclass(frozen=True, slots=True)
class Generation:
    """How one answer is to be made.

    `schema` is a JSON schema that the answer must follow (None: free text). `lora` names an adapter that the engine
    has loaded ("": the model itself). Requests with a lower `priority` go first.
    """

    max_tokens: int = 512
    temperature: float = 0.0
    schema: Mapping[str, Any] | None = None
    lora: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class TextPiece:
    """The next characters of the answer; never empty, never half a character."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What the answer cost, in tokens; the last piece. `cached_tokens` of the prompt were known to the engine."""

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    finish_reason: FinishReason


Piece = TextPiece | Usage


class LanguageModel(Protocol):
    """Answers prompts."""

    @property
    def name(self) -> str:
        """The name under which its answers are recorded."""

    def stream(self, prompt: Prompt, options: Generation) -> AsyncGenerator[Piece]:
        """The answer as it is made: text pieces, then one `Usage`. Closing the iterator stops the generation.

        Nothing was said when these are raised, so the caller may ask another model; once text has come, an engine
        that is lost ends the answer with `finish_reason` "interrupted".

        Raises:
            RejectedError: this prompt cannot be answered (too long, a schema that the engine does not take).
            RetryLaterError: the engine has too much to do.
            UnavailableError: no engine answers, or none answers in time.
        """
