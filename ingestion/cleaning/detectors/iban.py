"""International bank account numbers (ISO 13616): length by country, check digits by ISO 7064 mod 97-10."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ingestion.cleaning.detectors.model import Finding

_CANDIDATE = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE)
_WORTHWHILE = re.compile(r"[0-9]{2}[ -]?[A-Za-z0-9]{4}[ -]?[A-Za-z0-9]{4}")
_COUNTRIES = """
AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 DK:18 DO:28 EE:20 EG:29
ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20
LB:28 LI:21 LT:20 LU:20 LV:21 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30 NL:18 NO:15 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24
RS:22 SA:24 SE:24 SI:19 SK:24 SM:27 TN:24 TR:26 UA:29 VG:24 XK:20
"""
_LENGTHS = {entry[:2]: int(entry[3:]) for entry in _COUNTRIES.split()}


@dataclass(frozen=True, slots=True)
class IbanDetector:
    """Finds IBANs, written in one piece or in groups."""

    kind: ClassVar[str] = "iban"

    def find(self, text: str) -> Iterator[Finding]:
        """Every IBAN whose length and check digits are right, in order."""
        at = 0 if _WORTHWHILE.search(text) else len(text)
        while match := _CANDIDATE.search(text, at):
            end = _end(text, match)
            if end:
                yield Finding(match.start(), end, self.kind)
            at = end or match.start() + 4


def _end(text: str, match: re.Match[str]) -> int:
    """Where the IBAN ends that begins at the match; 0 where none does."""
    wanted = _LENGTHS.get(match[0][:2].upper(), 0)
    characters = [place for place in range(match.start(), match.end()) if text[place] not in " -"]
    if not wanted or len(characters) < wanted:
        return 0
    end = characters[wanted - 1] + 1
    if text[end : end + 1].isascii() and text[end : end + 1].isalnum():
        return 0
    compact = "".join(text[place] for place in characters[:wanted]).upper()
    return end if mod_97(compact) == 1 else 0


def mod_97(compact: str) -> int:
    """The remainder of an IBAN without spaces (1 for a right one)."""
    rearranged = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in rearranged)) % 97
