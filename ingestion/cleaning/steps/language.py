"""Step `language`: say which language a document is in, and keep only those wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from pydantic import Field

from ingestion.cleaning.languages import detect_language
from ingestion.cleaning.model import Draft, Verdict, kept, stopped
from ingestion.cleaning.options import Options


class LanguageOptions(Options):
    """Options of `language`."""

    set: Literal["missing", "always", "never"] = Field(default="missing", description="when to write the detected one")
    keep: tuple[Literal["en", "zh", "other"], ...] = Field(default=(), description="languages to keep; all when empty")
    action: Literal["drop", "reject"] = Field(default="drop", description="what becomes of the others")

    def build(self) -> LanguageStep:
        """The step with these options."""
        return LanguageStep(self.set, frozenset(self.keep), self.action)


@dataclass(frozen=True, slots=True)
class LanguageStep:
    """Sets the language from the text itself; a text too short to tell keeps what it has and is never dropped."""

    name: ClassVar[str] = "language"
    set: Literal["missing", "always", "never"] = "missing"
    keep: frozenset[str] = frozenset()
    action: Literal["drop", "reject"] = "drop"

    def apply(self, draft: Draft) -> Verdict:
        """The draft with its language, or the end of it."""
        if draft.language and self.set != "always" and not self.keep:
            return kept(draft, self.name)
        found = detect_language(f"{draft.title}\n{draft.text}")
        if self.keep and found and found not in self.keep:
            return stopped(self.action, draft, f"language is {found}, wanted is {', '.join(sorted(self.keep))}")
        if not found or self.set == "never" or (self.set == "missing" and draft.language) or found == draft.language:
            return kept(draft, self.name)
        return kept(replace(draft, language=found), self.name, f"language is {found}")
