"""Step `length`: documents too short to answer anything, or too long to be one document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from ingestion.cleaning.model import Draft, Verdict, kept, stopped
from ingestion.cleaning.options import Options


class LengthOptions(Options):
    """Options of `length`, in characters without spaces."""

    min: int = Field(default=0, ge=0, description="fewer characters are too few")
    max: int = Field(default=0, ge=0, description="more characters are too many; 0 for no limit")
    too_short: Literal["drop", "reject"] = "drop"
    too_long: Literal["drop", "reject"] = "reject"

    def build(self) -> LengthStep:
        """The step with these options.

        Raises:
            ValueError: the limits exclude every text.
        """
        if self.max and self.max < self.min:
            raise ValueError(f"max {self.max} is less than min {self.min}")
        return LengthStep(self.min, self.max, self.too_short, self.too_long)


@dataclass(frozen=True, slots=True)
class LengthStep:
    """Keeps documents whose text has between `min` and `max` characters, spaces not counted."""

    name: ClassVar[str] = "length"
    min: int = 0
    max: int = 0
    too_short: Literal["drop", "reject"] = "drop"
    too_long: Literal["drop", "reject"] = "reject"

    def apply(self, draft: Draft) -> Verdict:
        """The draft unchanged, or the end of it with its length."""
        length = sum(map(len, draft.text.split()))
        if length < self.min:
            return stopped(self.too_short, draft, f"too short: {length} characters, at least {self.min} are wanted")
        if self.max and length > self.max:
            return stopped(self.too_long, draft, f"too long: {length} characters, at most {self.max} are allowed")
        return kept(draft, self.name)
