"""Reads the server-sent events of a streamed chat completion.

https://html.spec.whatwg.org/multipage/server-sent-events.html and OpenAI's chat completion chunks. Chunks are not
tokens, reads are not chunks: bytes are kept until their line is complete.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from retrieval.engine.failures import other_form, refusal

_MAX_LINE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Counts:
    """The engine's own count of tokens."""

    prompt: int
    cached: int
    completion: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one event says: text ("" for none), why the answer ended ("" while it goes on), counts at the end."""

    text: str = ""
    finish: str = ""
    counts: Counts | None = None
    done: bool = False


class EventReader:
    """Turns bytes as they arrive into chunks."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """The chunks that `data` completes.

        Raises:
            LostError: what arrives is no stream of chat completion chunks, or says that the engine failed.
            RejectedError: the engine refuses the prompt inside the stream.
        """
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > _MAX_LINE_BYTES:
            raise other_form("a line without an end")
        for line in lines:
            if line.startswith(b"data:"):
                yield _read(line[5:].strip())


def _read(data: bytes) -> Chunk:
    if data == b"[DONE]":
        return Chunk(done=True)
    try:
        event = _parsed(data)
        if error := event.get("error"):
            status = error.get("code") if isinstance(error, dict) else None
            raise refusal(status if isinstance(status, int) else 500, data)
        choices, usage = event.get("choices"), event.get("usage")
        choice = choices[0] if choices else {}
        text = (choice.get("delta") or {}).get("content") or ""
        return Chunk(
            text if isinstance(text, str) else "",
            choice.get("finish_reason") or "",
            _counts(usage) if usage else None,
        )
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise other_form(f"an event that is none ({type(error).__name__})") from None


def _parsed(data: bytes) -> dict[str, Any]:
    """The event; Python's own reader takes half a surrogate pair, which some engines send at a chunk's edge."""
    try:
        event = orjson.loads(data)
    except orjson.JSONDecodeError:
        event = json.loads(data)
    if not isinstance(event, dict):
        raise TypeError
    return event


def _counts(usage: dict[str, Any]) -> Counts:
    details = usage.get("prompt_tokens_details") or {}
    return Counts(
        int(usage.get("prompt_tokens") or 0),
        int(details.get("cached_tokens") or 0),
        int(usage.get("completion_tokens") or 0),
    )
