"""A conversation as far as the dialog needs it: frozen nouns, pure transitions, and its stored form.

The stored form is JSON with a version number; one of another version is not guessed at but rebuilt from the transcript.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

import orjson

from retrieval.errors import RejectedError
from retrieval.model import Citation

FORMAT = 1
"""Version of the stored form."""
MAX_TURNS = 60
"""Older turns are forgotten: the transcript keeps them, the dialog needs the latest."""

Role = Literal["user", "assistant", "agent", "system"]
_ROLES = frozenset(get_args(Role))


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. Of a user's: `question` is what was searched for it; of a reply: `decision` and `citations`.

    `slots` holds what the message gave, name → value; "" and empty where there is none.
    """

    role: Role
    text: str
    question: str = ""
    decision: str = ""
    citations: tuple[Citation, ...] = ()
    language: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation's state: its turns, oldest first, the slots known by now, and what is being waited for.

    `begins` counts the turns that "start over" put aside: they stay in `turns` and mean nothing any more.
    `task` is the slot task in progress, `waiting_for` the slot that was asked for, `pending` the question that a
    clarifying question was asked about and `options` what it offered; "" and () for none.
    """

    id: str
    turns: tuple[Turn, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    begins: int = 0
    task: str = ""
    waiting_for: str = ""
    pending: str = ""
    options: tuple[str, ...] = ()

    @property
    def current(self) -> tuple[Turn, ...]:
        """The turns since the conversation last started over."""
        return self.turns[self.begins :]

    def said(self, turn: Turn) -> Session:
        """The session after `turn`; slots of the turn replace those known under the same names."""
        turns = (*self.turns, turn)
        dropped = max(0, len(turns) - MAX_TURNS)
        return replace(
            self,
            turns=turns[dropped:],
            begins=max(0, self.begins - dropped),
            slots={**self.slots, **turn.slots},
            language=turn.language if turn.role == "user" and turn.language else self.language,
        )

    def started_over(self) -> Session:
        """The session with nothing talked about and nothing known, but its transcript and language."""
        return Session(id=self.id, turns=self.turns, language=self.language, begins=len(self.turns))

    def asking(self, task: str, slot: str) -> Session:
        """The session that waits for `slot` of `task`; with "" for both it waits for nothing."""
        return replace(self, task=task, waiting_for=slot)

    def clarifying(self, question: str, options: Iterable[str]) -> Session:
        """The session that asked back about `question`; with "" and () it no longer does."""
        return replace(self, pending=question, options=tuple(options))

    def forgetting(self, *names: str) -> Session:
        """The session without these slots."""
        return replace(self, slots={name: value for name, value in self.slots.items() if name not in names})


def dump(session: Session) -> bytes:
    """The stored form of `session`."""
    return orjson.dumps({"format": FORMAT, **_plain(session)})


def load(stored: bytes) -> Session:
    """The session of a stored form.

    Raises:
        RejectedError: it is of another version, or damaged: rebuild the session from its transcript.
    """
    try:
        found = orjson.loads(stored)
        version = found.pop("format")
        if version != FORMAT:
            raise RejectedError(f"a session of format {version} is not read by format {FORMAT}")
        turns = tuple(_turn(turn) for turn in found.pop("turns"))
        options = tuple(found.pop("options"))
        return Session(turns=turns, options=options, **found)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RejectedError(f"a stored session is damaged: {type(error).__name__}") from None


def _plain(session: Session) -> dict[str, Any]:
    """The fields by name; orjson writes the dataclasses inside."""
    named = {one.name: getattr(session, one.name) for one in fields(session)}
    return {**named, "slots": dict(session.slots), "turns": [_plain_turn(turn) for turn in session.turns]}


def _plain_turn(turn: Turn) -> dict[str, Any]:
    named = {one.name: getattr(turn, one.name) for one in fields(turn)}
    return {name: value for name, value in {**named, "slots": dict(turn.slots)}.items() if value}


def _turn(stored: dict[str, Any]) -> Turn:
    if stored.get("role") not in _ROLES:
        raise ValueError(stored.get("role"))
    citations = tuple(Citation(**one) for one in stored.pop("citations", ()))
    return Turn(text=stored.pop("text", ""), citations=citations, **stored)
