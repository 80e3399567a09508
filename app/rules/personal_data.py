"""Personal data in a text: which kinds there are, and the text with them masked; by the detectors of cleaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from app.rules.facts import PERSONAL_DATA
from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.sensitive import SensitiveStep
from ingestion.cleaning.steps.sensitive_options import SensitiveOptions

_MASKS: Mapping[str, tuple[str, str]] = {
    "bank_card": ("[card]", "[银行卡号]"),
    "date_of_birth": ("[date of birth]", "[出生日期]"),
    "email": ("[email]", "[邮箱]"),
    "iban": ("[iban]", "[国际银行账号]"),
    "national_id": ("[id number]", "[证件号码]"),
    "phone": ("[phone]", "[电话号码]"),
}
_LAST_DIGITS = 4


def kinds_in(text: str) -> frozenset[str]:
    """The kinds of personal data in `text`, names as in `PERSONAL_DATA`."""
    return frozenset(kind for kind, _ in _found(text))


def unsupported_kinds(text: str, sources: Iterable[str]) -> frozenset[str]:
    """The kinds of which something stands in `text` and, written the same, in none of `sources`."""
    found = _found(text)
    if not found:
        return frozenset()
    known = {value for source in sources for _, value in _found(source)}
    return frozenset(kind for kind, value in found if value not in known)


def masked(text: str, kinds: Iterable[str], language: str = "en") -> str:
    """`text` with all personal data of `kinds` replaced by what it was; a card keeps its last four digits."""
    wanted = tuple(sorted(set(kinds) & set(PERSONAL_DATA)))
    if not wanted:
        return text
    return _step(wanted, language).apply(Draft("", text)).draft.text


def _found(text: str) -> set[tuple[str, str]]:
    step = _step(PERSONAL_DATA, "en")
    places = [one.finding for one in step.find(text)]
    return {(one.kind, "".join(filter(str.isalnum, text[one.start : one.end]))) for one in places}


@lru_cache(maxsize=64)
def _step(kinds: tuple[str, ...], language: str) -> SensitiveStep:
    rules: list[dict[str, Any]] = [
        {
            "find": kind,
            "mask": _MASKS[kind][language == "zh"],
            "keep_last": _LAST_DIGITS if kind == "bank_card" else 0,
            **({"hotlines": False} if kind == "phone" else {}),
        }
        for kind in kinds
    ]
    return SensitiveOptions.model_validate({"rules": rules}).build()
