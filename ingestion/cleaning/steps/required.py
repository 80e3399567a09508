"""Step `required`: fields a document must have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from ingestion.cleaning.fields import field_values
from ingestion.cleaning.model import Draft, Verdict, kept, stopped
from ingestion.cleaning.options import Options


class RequiredOptions(Options):
    """Options of `required`."""

    fields: tuple[str, ...] = Field(min_length=1, description="title, text, language, or a field's name")
    action: Literal["reject", "drop"] = Field(default="reject", description="what becomes of a document without one")

    def build(self) -> RequiredStep:
        """The step with these options."""
        return RequiredStep(self.fields, self.action)


@dataclass(frozen=True, slots=True)
class RequiredStep:
    """Documents without one of the fields are rejected or dropped."""

    name: ClassVar[str] = "required"
    fields: tuple[str, ...]
    action: Literal["reject", "drop"] = "reject"

    def apply(self, draft: Draft) -> Verdict:
        """The draft unchanged, or the end of it with the names of what is missing."""
        own = {"title": draft.title, "text": draft.text, "language": draft.language}
        missing = [name for name in self.fields if not own.get(name, "").strip() and not _has(draft, name)]
        if missing:
            return stopped(self.action, draft, f"missing: {', '.join(missing)}")
        return kept(draft, self.name)


def _has(draft: Draft, name: str) -> bool:
    return any(found.value for found in field_values(draft, (name,)))
