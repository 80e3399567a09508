"""Step `outliers`: numbers that cannot be right, in fields whose range is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from ingestion.cleaning.fields import FieldValue, field_values
from ingestion.cleaning.model import Draft, Note, Verdict, stopped
from ingestion.cleaning.options import Options

_NUMBER = re.compile(r"(?P<sign>[-−]?)[^\d\s.,-]{0,4}\s?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
MASKED = "[out of range]"


class FieldRange(BaseModel):
    """The range of one field; `names` are its other spellings, in metadata or before a colon in the text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str = Field(min_length=1)
    names: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    action: Literal["flag", "mask", "reject"] = "flag"

    def holds(self, value: float) -> bool:
        """Whether `value` is within the range, ends included."""
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)

    @property
    def range(self) -> str:
        """The range in words."""
        if self.min is None:
            return f"at most {self.max:g}"
        return f"at least {self.min:g}" if self.max is None else f"{self.min:g} to {self.max:g}"


class OutliersOptions(Options):
    """Options of `outliers`."""

    fields: tuple[FieldRange, ...] = Field(min_length=1)

    def build(self) -> OutliersStep:
        """The step with these options.

        Raises:
            ValueError: a range has no end, or its ends are the wrong way round.
        """
        for known in self.fields:
            if known.min is None and known.max is None:
                raise ValueError(f"field {known.field!r}: give min, max or both")
            if known.min is not None and known.max is not None and known.min > known.max:
                raise ValueError(f"field {known.field!r}: min {known.min:g} is more than max {known.max:g}")
        return OutliersStep(self.fields)


@dataclass(frozen=True, slots=True)
class OutliersStep:
    """Out of range: noted and flagged in metadata `outlier.<field>`, masked, or the whole document rejected."""

    name: ClassVar[str] = "outliers"
    fields: tuple[FieldRange, ...]

    def apply(self, draft: Draft) -> Verdict:
        """The draft with its outliers dealt with."""
        notes: list[Note] = []
        for known in self.fields:
            found = list(_outliers(draft, known))
            if not found:
                continue
            shown = ", ".join(one.value for one in found[:3])
            sentence = f"{known.field} is {shown}, expected {known.range}"
            if known.action == "reject":
                return stopped("reject", draft, sentence)
            if known.action == "mask":
                draft = _masked(draft, found)
                sentence = f"{known.field}: {len(found)} masked, expected {known.range}"
            draft = replace(draft, metadata={**draft.metadata, f"outlier.{known.field}": sentence})
            notes.append(Note(self.name, sentence))
        return Verdict("keep", draft, "", tuple(notes))


def _outliers(draft: Draft, known: FieldRange) -> Iterator[FieldValue]:
    for found in field_values(draft, (known.field, *known.names)):
        number = _NUMBER.match(found.value)
        if number and not known.holds(_value(number)):
            yield found


def _value(match: re.Match[str]) -> float:
    written = match["number"]
    plain = written.replace(",", "" if _THOUSANDS.fullmatch(written) else ".")
    return -float(plain) if match["sign"] else float(plain)


def _masked(draft: Draft, found: list[FieldValue]) -> Draft:
    text = draft.text
    for one in sorted((one for one in found if not one.key), key=lambda one: -one.start):
        text = text[: one.start] + MASKED + text[one.end :]
    masked = {one.key: MASKED for one in found if one.key}
    return replace(draft, text=text, metadata={**draft.metadata, **masked})
