"""Hand-over to a person as a state machine: a conversation has one owner at a time, the bot or a named agent.

    bot ──ask──▶ waiting ──claim──▶ agent ──give back──▶ back (the bot answers again)
     ▲             │  ▲               │  │
     │             │  └──idle─────────┘  └──close──▶ closed ──next message──▶ bot
     └─back◀─time out (nobody came)

An agent may also claim a conversation that the bot owns, while no answer is being written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

BOT, WAITING, AGENT, BACK, CLOSED = STATES = ("bot", "waiting", "agent", "back", "closed")
BOT_OWNS = frozenset({BOT, BACK})
"""States in which the bot answers."""

Action = Literal["ask", "claim", "give_back", "close", "time_out", "idle"]

TRANSITIONS: Mapping[Action, Mapping[str, str]] = {
    "ask": {BOT: WAITING, BACK: WAITING},
    "claim": {WAITING: AGENT, BOT: AGENT, BACK: AGENT},
    "give_back": {AGENT: BACK},
    "close": {AGENT: CLOSED},
    "time_out": {WAITING: BACK},
    "idle": {AGENT: WAITING},
}
"""Action → state before → state after; what is not there is not possible."""

REFUSALS: Mapping[str, str] = {
    BOT: "the assistant has this conversation",
    WAITING: "this conversation waits for an agent: claim it first",
    AGENT: "another agent has this conversation",
    BACK: "this conversation was given back to the assistant",
    CLOSED: "this conversation is closed",
}
"""Why an action is not possible in a state."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who owns a conversation: `agent` is "" unless the state is `agent`; `position` counts from 1 while it waits."""

    state: str
    agent: str = ""
    position: int = 0


def after(action: Action, state: str) -> str | None:
    """The state after `action`; None where it is not possible."""
    return TRANSITIONS[action].get(state)
