"""National identity numbers, each by its own rule; those without a check digit need their shape or a word before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from ingestion.cleaning.detectors.model import Finding, after_label, matches, number_windows

_L, _R = r"(?<![0-9A-Za-z_.#/-])", r"(?![0-9A-Za-z_]|[./-][0-9A-Za-z])"
_BLOCKS = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
_PROVINCES = frozenset(str(code) for first, last in _BLOCKS for code in range(first, last + 1))
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_VERHOEFF_D = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_VERHOEFF_P = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def chinese_resident(number: str) -> bool:
    """GB 11643-1999: province, date of birth, ISO 7064 mod 11-2 check character."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    if number[:2] not in _PROVINCES or not _is_date(number[6:14]):
        return False
    return "10X98765432"[sum(int(d) * w for d, w in zip(number, weights, strict=False)) % 11] == number[17].upper()


def chinese_resident_old(number: str) -> bool:
    """The 15 digits of before 1999: province and date of birth, no check digit."""
    return number[:2] in _PROVINCES and _is_date(f"19{number[6:12]}")


def american_social_security(number: str) -> bool:
    """Areas 000, 666 and 9xx, group 00 and serial 0000 are never issued (SSA)."""
    return not (number[:3] in {"000", "666"} or number[0] == "9" or number[3:5] == "00" or number[5:] == "0000")


def american_taxpayer(number: str) -> bool:
    """ITIN: 9xx with a group of 50-65, 70-88, 90-92 or 94-99."""
    group = int(number[3:5])
    return number[0] == "9" and (50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or group >= 94)


def british_insurance(number: str) -> bool:
    """National Insurance number: prefixes that are not allocated are refused (HMRC NIM39110)."""
    return number[:2].upper() not in {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}


def hong_kong(number: str) -> bool:
    """One or two letters, six digits, check character in brackets (weights 9 to 1, mod 11)."""
    letters, digits, check = re.fullmatch(r"([A-Z]{1,2})(\d{6})([0-9A])", number.upper()).groups()  # type: ignore[union-attr]
    values = [36 if len(letters) == 1 else int(letters[0], 36), int(letters[-1], 36), *map(int, digits), int(check, 16)]
    return sum(value * weight for value, weight in zip(values, range(9, 0, -1), strict=True)) % 11 == 0


def taiwanese(number: str) -> bool:
    """A letter for the place, nine digits, weights 1 9 8 … 1 1, mod 10."""
    place = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(number[0].upper()) + 10
    digits = [place // 10, place % 10, *map(int, number[1:])]
    return sum(d * w for d, w in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)) % 10 == 0


def spanish(number: str) -> bool:
    """DNI and NIE: the letter is the number mod 23."""
    digits = number[:-1].upper().translate(str.maketrans("XYZ", "012"))
    return _DNI_LETTERS[int(digits) % 23] == number[-1].upper()


def french(number: str) -> bool:
    """NIR: 13 characters (Corsica 2A, 2B) and 97 - their remainder by 97."""
    body = number[:13].upper().replace("2A", "19").replace("2B", "18")
    return int(number[13:]) == 97 - int(body) % 97


def indian(number: str) -> bool:
    """Aadhaar: 12 digits, Verhoeff check."""
    check = 0
    for place, digit in enumerate(reversed(number)):
        check = int(_VERHOEFF_D[check][int(_VERHOEFF_P[place % 8][int(digit)])])
    return check == 0


@dataclass(frozen=True, slots=True)
class _Rule:
    """One country's number: its shape, its check, and the words it needs before it where the shape is common."""

    country: str
    shape: re.Pattern[str]
    check: Callable[[str], bool]
    label: re.Pattern[str] | None = None


def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(_L + pattern + _R)


_CHINESE_LABEL = re.compile(
    r"(?:身份证|证件|resident\s+id|id\s+card|id)[号码\s]*(?:number|no)?\W{0,4}\Z", re.IGNORECASE
)
_TAX_LABEL = re.compile(
    r"(?:ssn|itin|social\s+security|tin|tax\w*\s+id\w*)(?:\s+(?:number|no|num|is))*\W{0,4}\Z", re.IGNORECASE
)
_RULES = (
    _Rule("CN", _shape(r"[1-8]\d{5} ?(?:18|19|20)\d{6} ?\d{3}[0-9Xx]"), chinese_resident),
    _Rule("CN", _shape(r"[1-8]\d{14}"), chinese_resident_old, _CHINESE_LABEL),
    _Rule("US", _shape(r"\d{3}-\d{2}-\d{4}"), american_social_security),
    _Rule("US", _shape(r"\d{3}[ ]?\d{2}[ ]?\d{4}"), american_social_security, _TAX_LABEL),
    _Rule("US", _shape(r"9\d{2}-\d{2}-\d{4}"), american_taxpayer),
    _Rule(
        "GB",
        _shape(r"[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z] ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d]"),
        british_insurance,
    ),
    _Rule("HK", re.compile(r"(?<![0-9A-Za-z_./-])[A-Z]{1,2}\d{6}[(（][0-9A][)）]"), hong_kong),
    _Rule("TW", _shape(r"[A-Z][1289]\d{8}"), taiwanese),
    _Rule("ES", _shape(r"[XYZ0-9]\d{7}-?[A-HJ-NP-TV-Z]"), spanish),
    _Rule("FR", _shape(r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}"), french),
    _Rule(
        "IN",
        _shape(r"[2-9]\d{3} ?\d{4} ?\d{4}"),
        indian,
        re.compile(r"(?:aadha+r|uid|आधार)[^0-9]{0,20}\Z", re.IGNORECASE),
    ),
)
COUNTRIES = frozenset(rule.country for rule in _RULES)


@dataclass(frozen=True, slots=True)
class NationalIdDetector:
    """Finds identity numbers of `countries` (ISO 3166)."""

    kind: ClassVar[str] = "national_id"
    countries: frozenset[str] = field(default=COUNTRIES)

    def find(self, text: str) -> Iterator[Finding]:
        """Every number that passes its country's check, country by country."""
        windows = number_windows(text)
        if not windows:
            return
        for rule in _RULES:
            if rule.country in self.countries:
                for match in matches(rule.shape, text, windows):
                    compact = re.sub(r"[ ()（）-]", "", match[0])
                    if rule.check(compact) and (rule.label is None or after_label(text, match.start(), rule.label)):
                        yield Finding(match.start(), match.end(), self.kind)


def _is_date(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) <= date(2100, 1, 1)
    except ValueError:
        return False
