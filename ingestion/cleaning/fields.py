"""Fields of a document: from its metadata, from lines "Field: value", and from two-column table rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingestion.cleaning.model import Draft


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value found. In metadata `key` is its name there and start is -1; in the text `key` is ""."""

    key: str
    value: str
    start: int
    end: int


def field_values(draft: Draft, names: Sequence[str]) -> Iterator[FieldValue]:
    """Every non-empty value of the field in metadata, then in the text; `names` are spellings of one field's name."""
    wanted = {_plain(name) for name in names}
    for key, value in draft.metadata.items():
        if _plain(key) in wanted and value.strip():
            yield FieldValue(key, value.strip(), -1, -1)
    lowered = draft.text.lower()
    if any(name.lower() in lowered for name in names):
        for match in _lines(names).finditer(draft.text):
            yield FieldValue("", match["value"], match.start("value"), match.end("value"))


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", " ").replace("-", " ")


def _lines(names: Sequence[str]) -> re.Pattern[str]:
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    end = r"(?=[^\S\n]*(?:\n|\f|\||\Z))"
    return re.compile(
        rf"^[^\S\n]*(?:[-*+][^\S\n]+)?\|?[^\S\n]*(?:\*\*|__)?(?:{known})(?:\*\*|__)?"
        rf"[^\S\n]*(?:[:：=](?:\*\*|__)?|\|)[^\S\n]*(?P<value>[^\s|][^\n\f|]{{0,200}}?){end}",
        re.MULTILINE | re.IGNORECASE,
    )
