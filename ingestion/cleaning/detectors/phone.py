"""Phone numbers: found by the shapes people write, confirmed by the numbering plans of libphonenumber.

A bare run of digits is as often an order number. It is a phone number only where its shape says so (+, brackets,
groups of the plan, a Chinese mobile number), or the words before it do ("tel.", "手机"); never behind the words that
announce an identifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import phonenumbers
from phonenumbers import PhoneNumberType

from ingestion.cleaning.detectors.model import Finding, after_identifier_label, after_label, matches, number_windows

_GAP = r"[ .()\u2010-\u2015\u00a0-]{0,3}"
_START, _END = r"(?<![0-9A-Za-z_])(?<![0-9]\.)", r"(?![0-9A-Za-z_])(?!\.[0-9])(?!,[0-9]{3}(?![0-9-]))"
_INTERNATIONAL = re.compile(rf"(?<![0-9A-Za-z_+])(?:\+{_GAP}|00(?=[1-9]))[1-9](?:{_GAP}\d){{6,14}}(?![0-9A-Za-z_])")
_CHINESE_MOBILE = re.compile(rf"{_START}(?:86[ -]?)?1[3-9]\d[ -]?\d{{4}}[ -]?\d{{4}}{_END}")
_CHINESE_LANDLINE = re.compile(
    rf"{_START}\(?0(?:10|2\d|[3-9]\d{{2}})(?:\)[ -]?|[ -]{{1,3}})[2-8]\d{{2,3}}[ -]?\d{{4}}{_END}"
)
_JOINT = r"[-. \u2010-\u2015]"
_AMERICAN = re.compile(
    rf"{_START}(?:1[-. ])?(?:\([2-9]\d{{2}}\){_JOINT}?|[2-9]\d{{2}}{_JOINT})[2-9]\d{{2}}{_JOINT}\d{{4}}{_END}"
)
_TRUNK = re.compile(rf"{_START}\(?0\d{{1,5}}\)?(?:[ ./\u2010-\u2015-]{{1,3}}\d{{2,8}}){{1,5}}{_END}")
_AFTER_LABEL = re.compile(rf"{_START}\(?\d(?:{_GAP}\d){{6,14}}(?![0-9A-Za-z_])")
_DATE = re.compile(r"(?:19|20)\d{2}[-./ ](?:0?[1-9]|1[0-2])[-./ ]|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d{2}")
_LABEL = re.compile(
    r"(?:(?<![A-Za-z])(?:tele?phones?|phones?|tel|mobiles?|cell(?:phones?)?|handy|fax|whats-?app|we-?chat|sms|call(?:ed|ing)?|dial|text|reach|ring)"
    r"|电话|手机|座机|传真|联系方式|联系|热线|致电|拨打|来电|微信|号码)"
    r"(?:\s*(?:number|no|num|nr|#|us|me|him|her|them|号码|号))?(?:\s+(?:is|was|at|on|to|via|by))?[\s.:：=是为*_|\"'（(`/]{0,6}\Z",
    re.IGNORECASE,
)
_TIED_BEFORE = re.compile(r"[0-9A-Za-z][-_=]\Z|[A-Za-z]/\Z|[#@]\Z")
_TIED_BEHIND = re.compile(r"[-_][0-9A-Za-z]|/(?:[A-Za-z]|\d{1,6}(?!\d))|@")
_LIST_GAP = re.compile(r"\s?(?:[,，、;；/|]|or|and|或|和)\s?")
_EXTENSION = re.compile(r"[ ,;]{0,2}(?:x|ext\.?|extension|分机号?|转)[ .:：]{0,2}\d{1,6}(?!\d)", re.IGNORECASE)
_URL_END = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。]*\Z")
_HOTLINES = frozenset({PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST, PhoneNumberType.PREMIUM_RATE})


@dataclass(frozen=True, slots=True)
class PhoneDetector:
    """Finds numbers that are valid in one of `regions` (ISO 3166) or international; `hotlines` too when asked."""

    kind: ClassVar[str] = "phone"
    regions: tuple[str, ...] = ("US", "CN")
    hotlines: bool = False

    def find(self, text: str) -> Iterator[Finding]:
        """Every phone number with its extension, in order; of two that overlap the longer."""
        end = 0
        for one in sorted(self._all(text), key=lambda one: (one.start, -one.end)):
            if one.start >= end:
                yield one
                end = one.end

    def _all(self, text: str) -> Iterator[Finding]:
        windows = number_windows(text)
        for match in matches(_INTERNATIONAL, text, windows):
            yield from self._international(text, match)
        for shape, regions in self._shapes():
            for match in matches(shape, text, windows):
                if not _is_in_identifier(text, match.start(), match.end()) and self._wanted(match[0], regions):
                    yield self._finding(text, match.start(), match.end())
        before: re.Match[str] | None = None
        for match in matches(_AFTER_LABEL, text, windows):
            announced = after_label(text, match.start(), _LABEL) or (
                before is not None and _goes_on(text, before, match)
            )
            if announced and not _DATE.match(match[0]) and self._possible(match[0]):
                before = match
                yield self._finding(text, match.start(), match.end())

    def _shapes(self) -> Iterator[tuple[re.Pattern[str], tuple[str, ...]]]:
        """The shapes of a number without country code, and the regions that write it so."""
        if "CN" in self.regions:
            yield _CHINESE_MOBILE, ("CN",)
            yield _CHINESE_LANDLINE, ("CN",)
        if american := tuple(region for region in self.regions if region in {"US", "CA"}):
            yield _AMERICAN, american
        if others := tuple(region for region in self.regions if region not in {"US", "CA", "CN"}):
            yield _TRUNK, others

    def _international(self, text: str, match: re.Match[str]) -> Iterator[Finding]:
        """The longest valid number at the match: digits of the next thing may have been caught behind it."""
        if match[0].startswith("00") and _is_in_identifier(text, match.start(), match.end()):
            return
        number = re.sub(r"^00", "+", match[0])
        dropped = len(match[0]) - len(number)
        for end in [
            len(number),
            *(gap.start() for gap in reversed(list(re.finditer(r"[ .()\u2010-\u2015\u00a0-]+", number)))),
        ]:
            if end > 7 and self._wanted(number[:end], ()):
                yield self._finding(text, match.start(), match.start() + dropped + end)
                return

    def _finding(self, text: str, start: int, end: int) -> Finding:
        extension = _EXTENSION.match(text, end)
        return Finding(start, extension.end() if extension else end, self.kind)

    def _wanted(self, written: str, regions: tuple[str, ...]) -> bool:
        return any(
            (number := _parsed(written, region)) is not None
            and phonenumbers.is_valid_number(number)
            and (self.hotlines or phonenumbers.number_type(number) not in _HOTLINES)
            for region in (regions or (None,))
        )

    def _possible(self, written: str) -> bool:
        numbers = [number for region in self.regions if (number := _parsed(written, region)) is not None]
        if not self.hotlines and any(
            phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in _HOTLINES for number in numbers
        ):
            return False
        return any(phonenumbers.is_possible_number(number) for number in numbers)


def _goes_on(text: str, before: re.Match[str], match: re.Match[str]) -> bool:
    """Whether the match goes on a list of numbers: right behind the one before, with as many digits."""
    digits = [sum(character.isdigit() for character in number) for number in (before[0], match[0])]
    return digits[0] == digits[1] and _LIST_GAP.fullmatch(text, before.end(), match.start()) is not None


def _parsed(written: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None


def _is_in_identifier(text: str, start: int, end: int) -> bool:
    """Whether the digits belong to something else: "AB-1381…", "…-22", an announced order number, an address."""
    if after_label(text, start, _LABEL):
        return False
    before, behind = text[max(0, start - 2) : start], text[end : end + 8]
    if _TIED_BEFORE.search(before) or _TIED_BEHIND.match(behind):
        return True
    return after_identifier_label(text, start) or bool(_URL_END.search(text[max(0, start - 300) : start]))
