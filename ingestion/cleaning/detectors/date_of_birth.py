"""Dates of birth: a date behind words that say so. A date alone is never personal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ingestion.cleaning.detectors.model import Finding

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_BORN = re.compile(
    r"(?:date\s+of\s+birth|birth\s?dates?|birthdays?|d\.?o\.?b\.?|born(?:\s+on)?|生日|出生(?:日期|年月日?|于)?|出生)"
    r"[^0-9A-Za-z\n\f]{0,6}(?:(?:is|was|on|of|为|是)[\s:：*|]{0,4}){0,2}"
    rf"(?P<date>\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}|\d{{4}}\s?年\s?\d{{1,2}}\s?月(?:\s?\d{{1,2}}\s?日)?"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH},?\s+\d{{4}}|(?:19|20)\d{{6}})(?!\d)",
    re.IGNORECASE,
)
_WORDS = ("birth", "born", "dob", "d.o.b", "生日", "出生")


@dataclass(frozen=True, slots=True)
class DateOfBirthDetector:
    """Finds dates of birth by the words before them, in English and Chinese."""

    kind: ClassVar[str] = "date_of_birth"

    def find(self, text: str) -> Iterator[Finding]:
        """Every date of birth (the date alone, not the words), in order."""
        lowered = text.lower()
        if not any(word in lowered for word in _WORDS):
            return
        for match in _BORN.finditer(text):
            yield Finding(match.start("date"), match.end("date"), self.kind)
