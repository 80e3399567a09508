"""What rules may ask about: every fact with its kind, meaning and example, in one list from which the docs are made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from app.callers import ROLES
from app.rules.conditions import KIND_NAMES, Kind
from app.rules.model import Stage, known_at
from retrieval.errors import RejectedError

PERSONAL_DATA = ("bank_card", "date_of_birth", "email", "iban", "national_id", "phone")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SLOT = "slot."
"""`slot.NAME` is the value of one slot: text, "" while it is missing."""

_SLOT_NAME = re.compile(r"slot\.\w[\w -]{0,63}")

Facts = Mapping[str, Any]
"""Name → value, as JSON has them: numbers, texts, booleans, lists of texts, and `slot` as an object of texts."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. `derived`: judging finds it out from the texts with the lists and patterns of the rules.

    `values`: all there are (empty: any). `named`: the rule file must declare the values, as `lists` or `patterns`.
    """

    name: str
    kind: Kind
    stage: Stage
    meaning: str
    example: Any
    derived: bool = False
    values: tuple[str, ...] = ()
    named: str = ""

    @property
    def absent(self) -> Any:
        """The value when nobody gave one."""
        empty: Mapping[Kind, Any] = {"number": 0, "text": "", "truth": False, "set": []}
        return empty[self.kind]


FACTS: tuple[Fact, ...] = (
    Fact(
        "text", "text", "before", "the message as it was sent; rules reach it by `says` and `matches`", "Where is it?"
    ),
    Fact("language", "text", "before", "language of the message", "en", True, ("en", "zh", "other")),
    Fact("length", "number", "before", "characters of the message", 12, True),
    Fact("words", "set", "before", "lists of which a phrase is in the message", ["angry"], True, named="lists"),
    Fact("patterns", "set", "before", "patterns that fit the message", ["order_number"], True, named="patterns"),
    Fact("personal_data", "set", "before", "kinds of personal data in the message", ["bank_card"], True, PERSONAL_DATA),
    Fact(
        "injection_score", "number", "before", "how much the message reads like an attack on the prompt, 0 to 1", 0.93
    ),
    Fact("intent", "text", "before", "what the message is about; empty while unknown", "order_status"),
    Fact("slots", "set", "before", "names of the slots that are filled", ["order_number"]),
    Fact("tenant", "text", "greeting", "tenant of the caller", "default"),
    Fact("roles", "set", "greeting", "roles of the caller", ["customer"], False, tuple(ROLES)),
    Fact("groups", "set", "greeting", "groups of the caller", ["sales"]),
    Fact("anonymous", "truth", "greeting", "the caller has no name: a visitor who did not sign in", True),
    Fact("channel", "text", "greeting", "where the message came from: widget, ask, api …", "widget"),
    Fact("hour", "number", "greeting", "local time of day, 0 to 24; half past eight is 8.5", 14.25),
    Fact("weekday", "text", "greeting", "local day of the week", "mon", False, WEEKDAYS),
    Fact("turn_count", "number", "before", "turns in this conversation before this one", 3),
    Fact("decision", "text", "after", "what is about to be said", "answer", False, ("answer", "refuse", "clarify")),
    Fact("retrieval_confidence", "number", "after", "how surely the passages support an answer, 0 to 1", 0.82),
    Fact("unsupported_sentences", "number", "after", "sentences of the answer that no passage supports", 1),
    Fact(
        "answer", "text", "after", "the answer, before it is sent; rules reach it by `answer_words`", "It costs 20 €."
    ),
    Fact("answer_language", "text", "after", "language of the answer", "en", True, ("en", "zh", "other")),
    Fact("answer_length", "number", "after", "characters of the answer", 14, True),
    Fact("answer_words", "set", "after", "lists of which a phrase is in the answer", ["promises"], True, named="lists"),
    Fact(
        "unsupported_words",
        "set",
        "after",
        "lists of which a phrase is in the answer and in none of the passages",
        ["promises"],
        True,
        named="lists",
    ),
    Fact("answer_patterns", "set", "after", "patterns that fit the answer", ["iban"], True, named="patterns"),
    Fact(
        "answer_personal_data", "set", "after", "kinds of personal data in the answer", ["phone"], True, PERSONAL_DATA
    ),
    Fact(
        "unsupported_personal_data",
        "set",
        "after",
        "kinds of personal data in the answer that stand neither in a passage nor in the message",
        ["phone"],
        True,
        PERSONAL_DATA,
    ),
    Fact(
        "unsupported_numbers",
        "number",
        "after",
        "numbers in the answer, prices included, that stand neither in a passage nor in the message",
        2,
        True,
    ),
    Fact("unsupported_prices", "number", "after", "those of them that are amounts of money", 1, True),
    Fact(
        "passages", "set", "after", "texts of the passages shown to the model; only other facts use them", ["It is 9 €"]
    ),
)
"""All facts. Rules of a stage may ask those of the stages before it too."""

BY_NAME: Mapping[str, Fact] = {fact.name: fact for fact in FACTS}
RAW = frozenset({"text", "answer", "passages"})
"""Facts that the plain form cannot ask directly; JDM files may use `text` and `answer`."""


def known_fact(name: str, stage: Stage, written: str = "") -> Fact:
    """The fact of that name for rules of `stage`; `slot.NAME` is one. `written`: the name that a person wrote for it.

    Raises:
        ValueError: there is none, or it is known only at a later stage.
    """
    fact = Fact(name, "text", "before", "value of a slot", "") if _SLOT_NAME.fullmatch(name) else _named(name)
    if not known_at(fact.stage, stage):
        known = "after the answer" if fact.stage == "after" else "once there is a message"
        raise ValueError(f"fact {written or name!r} is known only {known}; this table is of stage {stage}")
    return fact


def _named(name: str) -> Fact:
    fact = BY_NAME.get(name)
    if fact is None:
        near = get_close_matches(name, [*BY_NAME, "says", "matches", "slot.NAME"], 1)
        raise ValueError(f"unknown fact {name!r}{f'; did you mean {near[0]!r}?' if near else ''}")
    return fact


def check_facts(given: Facts, stage: Stage) -> dict[str, Any]:
    """`given` with a value for every fact of `stage` that is not derived; derived ones stay where they were given.

    Numbers are rounded to 12 places, lists lose what stands twice.

    Raises:
        RejectedError: an unknown fact, or a value of the wrong kind.
    """
    checked: dict[str, Any] = {"slot": _slots(given.get("slot", {}))}
    for name, value in given.items():
        if name == "slot":
            continue
        try:
            fact = known_fact(name, stage)
        except ValueError as error:
            raise RejectedError(f"the facts: {error}") from None
        place = checked["slot"] if name.startswith(SLOT) else checked
        place[name.removeprefix(SLOT)] = _value(fact, value)
    for fact in FACTS:
        if fact.name not in checked and not fact.derived and known_at(fact.stage, stage):
            checked[fact.name] = fact.absent
    return checked


def fact_document() -> str:
    """The facts as a Markdown table, for docs/rules.md; a test holds the page against it."""
    lines = ["| fact | kind | stage | found out | meaning | example |", "|---|---|---|---|---|---|"]
    for fact in FACTS:
        meaning = fact.meaning + (f" ({', '.join(fact.values)})" if fact.values else "")
        found = "from the texts" if fact.derived else "given"
        lines.append(
            f"| `{fact.name}` | {KIND_NAMES[fact.kind]} | {fact.stage} | {found} | {meaning} | {_shown(fact.example)} |"
        )
    lines.append(f"| `slot.NAME` | {KIND_NAMES['text']} | before | given | value of one slot | SO-1001 |")
    return "\n".join(lines)


def _shown(example: Any) -> str:
    return (
        ", ".join(example) if isinstance(example, list) else str(example).lower() if example is True else str(example)
    )


def _slots(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or not all(isinstance(part, str) for pair in given.items() for part in pair):
        raise RejectedError("the facts: slot must be an object of texts")
    return dict(given)


def _value(fact: Fact, value: Any) -> Any:
    right = {
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "text": isinstance(value, str),
        "truth": isinstance(value, bool),
        "set": isinstance(value, Sequence | frozenset | set)
        and not isinstance(value, str)
        and all(isinstance(one, str) for one in value),
    }[fact.kind]
    if not right:
        raise RejectedError(f"the facts: {fact.name} must be {KIND_NAMES[fact.kind]}, not {value!r}")
    if fact.kind == "number":
        if not abs(value) < 1e15:
            raise RejectedError(f"the facts: {fact.name} is too large a number")
        return round(value, 12)
    if fact.kind == "set":
        return sorted(set(value)) if fact.name != "passages" else list(value)
    return value
