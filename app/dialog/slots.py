"""Slots filled from messages: found, checked, corrected, asked for when missing, and used as terms of the search."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.dialog.slot_tasks import Slot, SlotTask
from app.dialog.slot_values import Value, find_values

_BETWEEN = re.compile(
    r"[\s:：=#\"'“”‘’*]*(?:(?:is|was|are|it's|on|at|of|should be|must be|to|"
    r"是|为|应该是|改成|改为|号码?是?)[\s:：\"'“”‘’]*)*\Z",
    re.IGNORECASE,
)
_REACH = 40
"""How far a label may stand before its value."""
_CORRECTION = re.compile(
    r"\A\W*(?:no\b|nope\b|not\b|wrong\b|sorry\b|oops\b|correction\b|i meant\b|i mean\b|"
    r"不是|不对|错了|弄错|说错|写错|更正|不，|不,)"
    r"|\b(?:i meant|instead of|should (?:be|have been)|correct(?:ed)? (?:is|it)|change (?:it|that|the)|mistyped|typo)\b"
    r"|说错了|写错了|打错了|弄错了|应该是|改成|改为|换成|更正",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?:\bnot|\binstead of|\brather than|\bisn't|\bis wrong:?|不是|并非|而不是|而非|不要)"
    r"\s*(?:the |my )?(?:[\w ]{0,20}\s)?[\s:：\"'“#]*\Z",
    re.IGNORECASE,
)
_DENIED_BEHIND = re.compile(r"\A[\"'”\s]*(?:is|was|是)?\s*(?:wrong|incorrect|a mistake|错的|不对|写错)", re.IGNORECASE)
_DECLINED = re.compile(
    r"\A\W*(?:i (?:do not|don't) (?:know|have|remember)|no idea|not sure|i(?:'ve| have) lost|can't find|cannot find|"
    r"不知道|不清楚|不记得|忘了|忘记了|没有(?:了)?\W*\Z|找不到|丢了)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Filling:
    """What one message gave: slots with valid values, slots that it changed, and what could not be accepted as written.

    `declined`: the slot that was asked for is one the customer cannot give.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    corrected: tuple[str, ...] = ()
    invalid: Mapping[str, str] = field(default_factory=dict)
    declined: str = ""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A value that a slot may take; the strongest wins: behind its label, asked for, by its shape alone."""

    strength: int
    order: int
    slot: Slot
    value: Value


def task_for(tasks: Sequence[SlotTask], message: str) -> SlotTask | None:
    """The task that the message begins, of several the one with the longest words in it."""
    said = " ".join(message.lower().replace("’", "'").split())
    spoken = [(max((len(word) for word in task.begins_with if word in said), default=0), task) for task in tasks]
    length, task = max(spoken, key=lambda one: one[0], default=(0, None))
    return task if length else None


def fill(task: SlotTask, known: Mapping[str, str], waiting_for: str, message: str, today: date) -> Filling:
    """What `message` says about the task's slots, with the value said last where it says several.

    `known` are the slots filled by now and `waiting_for` the one that was asked for ("" for none): a correction
    ("no, it is …", "不是，是…") without a label is about that one, else about the latest filled that it fits.
    """
    correcting = _CORRECTION.search(message) is not None
    asked = waiting_for or (_corrected_slot(task, known, message, today) if correcting else "")
    claims = [
        _Claim(strength, order, slot, value)
        for order, slot in enumerate(task.slots)
        for value in find_values(slot, message, today)
        if not _is_denied(message, value)
        and (strength := _strength(slot, value, message, asked, known, correcting=correcting))
    ]
    values: dict[str, str] = {}
    invalid: dict[str, str] = {}
    for claim in _settled(claims):
        name, value = claim.slot.name, claim.value
        if value.value:
            values[name] = value.value
            invalid.pop(name, None)
        elif name not in values and (claim.strength > 1 or claim.slot.kind == "date"):
            invalid[name] = value.written
    changed = tuple(name for name, value in values.items() if known.get(name, value) != value)
    declined = waiting_for if waiting_for and not values and _DECLINED.search(message) else ""
    return Filling(values, changed, invalid, declined)


def labelled_value(slot: Slot, text: str, today: date) -> str:
    """The first valid value of `slot` that stands behind one of its labels in `text`, "" where none does."""
    found = find_values(slot, text, today)
    return next((one.value for one in found if one.value and _is_labelled(slot, one, text)), "")


def _strength(slot: Slot, value: Value, message: str, asked: str, known: Mapping[str, str], *, correcting: bool) -> int:
    """3 behind one of the slot's labels, 2 where it was asked for, 1 by its shape; 0 for no claim."""
    if _is_labelled(slot, value, message):
        return 3
    if slot.name == asked:
        return 2
    return 1 if slot.bare and (slot.name not in known or correcting) else 0


def _is_labelled(slot: Slot, value: Value, message: str) -> bool:
    before = message[max(0, value.start - _REACH) : value.start].lower()
    for label in slot.labels:
        at = before.rfind(label)
        opens = at >= 0 and not (label[0].isascii() and re.match(r"\w", before[at - 1 : at], re.ASCII))
        if opens and _BETWEEN.fullmatch(before[at + len(label) :]):
            return True
    return False


def _is_denied(message: str, value: Value) -> bool:
    """Whether the message says that this is not the value."""
    before, behind = message[max(0, value.start - _REACH) : value.start], message[value.end : value.end + _REACH]
    return _DENIED.search(before) is not None or _DENIED_BEHIND.match(behind) is not None


def _corrected_slot(task: SlotTask, known: Mapping[str, str], message: str, today: date) -> str:
    """The slot that an unlabelled correction is about: the one whose value it names, else the latest it fits."""
    fitting = ""
    for name in known:
        slot = task.slot(name)
        found = find_values(slot, message, today) if slot else []
        if any(value.value == known[name] for value in found):
            return name
        if found:
            fitting = name
    return fitting


def _settled(claims: Sequence[_Claim]) -> list[_Claim]:
    """The claims by which every stretch of the text goes to one slot, in the order of the text."""
    taken: list[_Claim] = []
    for claim in sorted(claims, key=lambda one: (-one.strength, one.order, one.value.start)):
        if all(claim.value.end <= other.value.start or claim.value.start >= other.value.end for other in taken):
            taken.append(claim)
    best = {
        name: max(one.strength for one in taken if one.slot.name == name) for name in {one.slot.name for one in taken}
    }
    return sorted((one for one in taken if one.strength == best[one.slot.name]), key=lambda one: one.value.start)


def missing(task: SlotTask, known: Mapping[str, str]) -> Slot | None:
    """The first required slot that is not known yet."""
    return next((slot for slot in task.slots if slot.required and not known.get(slot.name)), None)


def asking_text(slot: Slot, language: str, refused: str = "") -> str:
    """The words that ask for `slot`; where `refused` is what was written and not accepted, those that say so."""
    chosen = "zh" if language.startswith("zh") else "en"
    return slot.invalid[chosen].replace("{value}", refused) if refused else slot.ask[chosen]


def search_terms(task: SlotTask, known: Mapping[str, str]) -> tuple[str, ...]:
    """The values that a search must find word for word: those of the searched slots."""
    return tuple(known[slot.name] for slot in task.slots if slot.searched and known.get(slot.name))
