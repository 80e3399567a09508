"""The values of slots in a text: where one stands, what it is in its one written form, whether it is valid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import phonenumbers
from phonenumbers import PhoneNumberFormat

from app.dialog.dates import find_dates
from app.dialog.slot_tasks import Slot

_REGIONS = ("CN", "US")
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9@])")
_PHONE_SHAPE = re.compile(r"(?<![\w.])\+?\(?\d(?:[ ()./-]{0,2}\d){6,16}(?!\w)", re.ASCII)
_NUMERIC_DATE = re.compile(r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}$")
_SEPARATORS = re.compile(r"[\s_]+")


@dataclass(frozen=True, slots=True)
class Value:
    """What stands at `start` to `end` of a text: `value` in its one written form, "" where it is not valid."""

    start: int
    end: int
    written: str
    value: str


def find_values(slot: Slot, text: str, today: date) -> list[Value]:
    """Everything in `text` that has the shape of the slot's value, in order, without overlaps."""
    found = sorted(_all(slot, text, today), key=lambda one: (one.start, -one.end))
    kept: list[Value] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _all(slot: Slot, text: str, today: date) -> Iterator[Value]:
    if slot.kind == "pattern":
        yield from _patterned(slot, text)
    if slot.kind == "date":
        for one in find_dates(text, today):
            yield Value(one.start, one.end, text[one.start : one.end], one.day.isoformat() if one.day else "")
    if slot.kind in {"email", "contact"}:
        yield from (Value(*match.span(), match[0], match[0].lower()) for match in _EMAIL.finditer(text))
    if slot.kind in {"phone", "contact"}:
        yield from _phones(text)


def _patterned(slot: Slot, text: str) -> Iterator[Value]:
    """Matches that are whole words: RE2 knows no look-around, so the neighbours are looked at here."""
    for pattern in slot.patterns:
        for match in pattern.finditer(text):
            start, end = match.span()
            if end > start and not _inside_word(text, start, end):
                written = match.group()
                yield Value(start, end, written, _SEPARATORS.sub("-", written.strip().lstrip("#")).upper())


def _inside_word(text: str, start: int, end: int) -> bool:
    """Whether letters, digits or the joints of an identifier go on beyond the match; Chinese text does not count."""
    before, after = text[start - 1 : start], text[end : end + 2]
    if re.match(r"[A-Za-z0-9_@+]", before) or (before in {"-", "/", "."} and text[start - 2 : start - 1].isalnum()):
        return True
    return re.match(r"[A-Za-z0-9_@]|[-/.][A-Za-z0-9]", after) is not None


def _phones(text: str) -> Iterator[Value]:
    for match in _PHONE_SHAPE.finditer(text):
        written = match[0]
        if _NUMERIC_DATE.match(written):
            continue
        yield Value(*match.span(), written, _phone(written))


def _phone(written: str) -> str:
    """The number in E.164, or "" where no numbering plan knows it."""
    for region in (None,) if written.startswith("+") else _REGIONS:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return ""
