"""Payment card numbers: right length for their first digits (ISO/IEC 7812 ranges), and a right Luhn digit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ingestion.cleaning.detectors.model import Finding, after_identifier_label, after_label, matches, number_windows

_NUMBER = re.compile(r"(?<![0-9A-Za-z_.,#/-])[2-6](?:[ -]?\d){12,18}(?![0-9A-Za-z_]|[.,/-]\d)")
_LABEL = re.compile(
    r"(?:(?<![A-Za-z])(?:cards?|visa|mastercard|amex|unionpay|credit|debit|pan)|卡号?|账号|账户)\W{0,4}"
    r"(?:\s*(?:number|no|is|ending|号|号码)\W{0,3}){0,2}[:：#]?\s*\Z",
    re.IGNORECASE,
)
_BRANDS = (
    (re.compile(r"4"), frozenset({13, 16, 19})),
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)"), frozenset({16})),
    (re.compile(r"3[47]"), frozenset({15})),
    (re.compile(r"62"), frozenset({16, 17, 18, 19})),
    (re.compile(r"6011|65|64[4-9]"), frozenset({16, 19})),
    (re.compile(r"35(?:2[89]|[3-8])"), frozenset({16, 17, 18, 19})),
    (re.compile(r"3(?:0[0-5]|[689])"), frozenset({14, 16, 19})),
    (re.compile(r"5[068]|6[37]"), frozenset({12, 13, 14, 15, 16, 17, 18, 19})),
)


@dataclass(frozen=True, slots=True)
class BankCardDetector:
    """Finds card numbers, with or without spaces or hyphens between groups."""

    kind: ClassVar[str] = "bank_card"

    def find(self, text: str) -> Iterator[Finding]:
        """Every card number, in order; none that is announced as another kind of number."""
        for match in matches(_NUMBER, text, number_windows(text)):
            digits = re.sub(r"\D", "", match[0])
            if _is_card(digits) and (
                after_label(text, match.start(), _LABEL) or not after_identifier_label(text, match.start())
            ):
                yield Finding(match.start(), match.end(), self.kind)


def luhn(digits: str) -> bool:
    """Whether the last digit is right by the Luhn formula (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_card(digits: str) -> bool:
    if len(set(digits)) < 2:
        return False
    return any(len(digits) in lengths and prefix.match(digits) for prefix, lengths in _BRANDS) and luhn(digits)
