"""The nouns of one turn: what was heard, and what is replied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from app.callers import CUSTOMER, Caller
from app.chat.model import Filters, TurnRow
from app.dialog.session import Session
from app.rules.facts import Facts
from app.rules.model import Verdict
from retrieval.model import Citation

Done = Literal["answered", "refused", "clarify", "blocked", "handed_over"]
ANSWERED: Done = "answered"
REFUSED: Done = "refused"
CLARIFY: Done = "clarify"
BLOCKED: Done = "blocked"
HANDED_OVER: Done = "handed_over"
PERSON = "person"
"""What the session waits for when a person was offered."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as the dialog understood it. `message` has nothing in it that a rule masks.

    `question` is what the person wants to know as far as this message says it, "" where it asks nothing.
    """

    caller: Caller
    row: TurnRow
    session: Session
    message: str
    language: str
    channel: str
    moment: datetime
    facts: Facts
    verdict: Verdict
    question: str = ""
    filters: Filters = field(default_factory=Filters)

    @property
    def is_staff(self) -> bool:
        """Whether the caller works here."""
        return self.caller.roles != {CUSTOMER}

    @property
    def is_known_customer(self) -> bool:
        """Whether somebody vouches for who this customer is: a site's server, or our own sign-in."""
        return not self.is_staff and not self.caller.is_anonymous


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to end a turn, and the session that it leaves.

    `reason` says in a word why; `hand_over` why a person is asked for, "" for not. `details` is kept for triage.
    """

    decision: Done
    text: str
    session: Session
    reason: str = ""
    rule: str = ""
    question: str = ""
    confidence: float = 0.0
    citations: tuple[Citation, ...] = ()
    options: tuple[str, ...] = ()
    hand_over: str = ""
    as_of: Mapping[str, datetime] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
