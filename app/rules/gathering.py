"""The facts of one message and of one answer, gathered from what the service knows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.callers import Caller
from app.rules.facts import WEEKDAYS, Facts


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a message besides its text. `moment` is local time where the customers are.

    `slots`: name → value of those filled. `injection_score`: 0 to 1. `turn_count`: turns before this one.
    """

    caller: Caller
    moment: datetime
    channel: str = ""
    turn_count: int = 0
    intent: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    injection_score: float = 0.0


def facts_greeting(known: Circumstances) -> Facts:
    """The facts for rules of stage `greeting`: who is there, where, and when."""
    return {
        "tenant": known.caller.tenant,
        "roles": sorted(known.caller.roles),
        "groups": sorted(known.caller.groups),
        "anonymous": known.caller.is_anonymous,
        "channel": known.channel,
        "hour": round(known.moment.hour + known.moment.minute / 60, 4),
        "weekday": WEEKDAYS[known.moment.weekday()],
    }


def facts_before(text: str, known: Circumstances) -> Facts:
    """The facts for rules of stage `before`; those that follow from the text are found out when they are judged."""
    return {
        "text": text,
        "injection_score": known.injection_score,
        "intent": known.intent,
        "slots": sorted(known.slots),
        "slot": dict(known.slots),
        "turn_count": known.turn_count,
        **facts_greeting(known),
    }


@dataclass(frozen=True, slots=True)
class Answered:
    """What is about to be said: `passages` are the texts shown to the model, `unsupported` counts sentences."""

    text: str
    decision: str
    confidence: float
    unsupported: int
    passages: Sequence[str]


def facts_after(before: Facts, answered: Answered) -> Facts:
    """The facts for rules of stage `after`: those of the message, and those of the answer."""
    answer: dict[str, Any] = {
        "answer": answered.text,
        "decision": answered.decision,
        "retrieval_confidence": answered.confidence,
        "unsupported_sentences": answered.unsupported,
        "passages": list(answered.passages),
    }
    return {**before, **answer}
