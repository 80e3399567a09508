"""What is said to a model, and how large it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from retrieval.tokens import estimate_message_tokens

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to the model."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Size of messages; `exact` when the model's own tokenizer counted. The model reads `limit` (0: not known)."""

    tokens: int
    exact: bool
    limit: int


CountTokens = Callable[[Sequence[Message]], Awaitable[TokenCount]]
"""How many tokens messages are: an engine's own count, or `estimated`."""


async def estimated(messages: Sequence[Message]) -> TokenCount:
    """An estimate, rather too high than too low, for where there is no engine."""
    return TokenCount(estimate_message_tokens([message.text for message in messages]), exact=False, limit=0)
