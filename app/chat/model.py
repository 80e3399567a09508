"""The nouns of a turn as it is carried out and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

RUNNING, DONE, INTERRUPTED, CANCELLED, FAILED = "running", "done", "interrupted", "cancelled", "failed"
State = Literal["running", "done", "interrupted", "cancelled", "failed"]
LAST = frozenset({DONE, INTERRUPTED, CANCELLED, FAILED})
"""Names of the events that end a stream, which are the states that a turn can end in."""


def judged_message(state: str, message: str) -> str:
    """What others than its writer see of a message: "" unless its turn is done, as only then rules have masked it."""
    return message if state == DONE else ""


@dataclass(frozen=True, slots=True)
class Filters:
    """Where a person wants to look: only these sources (none: all), only documents changed since that moment."""

    sources: tuple[str, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person sent: one message in a conversation ("" begins a new one).

    `replaces` is the id of the conversation's last turn where the message takes its place, "" for none.
    """

    message: str
    conversation_id: str = ""
    channel: str = ""
    language: str = ""
    idempotency_key: str = ""
    filters: Filters = field(default_factory=Filters)
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a turn's stream; `number` counts from 1."""

    number: int
    name: str
    data: Mapping[str, Any]

    @property
    def is_last(self) -> bool:
        """Whether no event follows."""
        return self.name in LAST


@dataclass(frozen=True, slots=True)
class TurnRow:
    """A turn as it lies in PostgreSQL; `events` is empty while it runs.

    `held_by` is the state of its conversation when it began: the bot may speak in `bot` and `back` only.
    """

    id: str
    conversation_id: str
    number: int
    tenant: str
    owner: str
    message: str
    state: str
    events: tuple[Event, ...] = ()
    held_by: str = "bot"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a turn ended: `done` is the document that the caller is given; `details` is kept beside it for triage."""

    state: str
    done: Mapping[str, Any]
    details: Mapping[str, Any] = field(default_factory=dict)
