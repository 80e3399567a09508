"""Step `terms`: one spelling for each known term, whatever spelling it came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from ingestion.cleaning.model import Draft, Verdict, rewritten
from ingestion.cleaning.options import Options
from ingestion.cleaning.phrases import Hit, Phrases


class TermsOptions(Options):
    """Options of `terms`."""

    spellings: dict[str, tuple[str, ...]] = Field(
        min_length=1, description="right spelling: other spellings; the right one in other capitals counts as another"
    )

    def build(self) -> TermsStep:
        """The step with these options.

        Raises:
            ValueError: a spelling is empty, or belongs to two terms.
        """
        owners: dict[str, str] = {}
        for right, others in self.spellings.items():
            for spelling in (right, *others):
                if not spelling.strip():
                    raise ValueError(f"term {right!r} has an empty spelling")
                if owners.setdefault(spelling.lower(), right) != right:
                    raise ValueError(f"{spelling!r} is a spelling of both {owners[spelling.lower()]!r} and {right!r}")
        return TermsStep(Phrases(owners.items()))


def _right(text: str, hit: Hit[str]) -> str:
    """The right spelling; a term of small letters keeps the capitals that a sentence or a heading gave it."""
    found, right = text[hit.start : hit.end], hit.value
    if right.islower() and found[:1].isupper():
        return found if found.lower() == right else right[:1].upper() + right[1:]
    return right


@dataclass(frozen=True, slots=True)
class TermsStep:
    """Known terms in their right spelling, outside code, addresses and identifiers."""

    name: ClassVar[str] = "terms"
    spellings: Phrases[str]

    def apply(self, draft: Draft) -> Verdict:
        """The same draft with its terms spelled right."""
        title = self.spellings.rewrite(draft.title, _right)
        text = self.spellings.rewrite(draft.text, _right)
        return rewritten(draft, title, text, self.name, "known terms spelled right")
