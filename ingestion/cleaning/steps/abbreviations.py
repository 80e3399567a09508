"""Step `abbreviations`: write short forms out, so that a question in full words finds them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from ingestion.cleaning.languages import detect_language
from ingestion.cleaning.model import Draft, Verdict, rewritten
from ingestion.cleaning.options import Options
from ingestion.cleaning.phrases import Hit, Phrases

_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """`short` is written out as `full`."""

    short: str
    full: str


class AbbreviationsOptions(Options):
    """Options of `abbreviations`. One written with a capital is sought as written, others in any case."""

    en: dict[str, str] = Field(default_factory=dict, description="short form: full form, for texts not in Chinese")
    zh: dict[str, str] = Field(default_factory=dict, description="short form: full form, for texts in Chinese")
    keep_short: bool = Field(default=True, description="the first place keeps the short form in brackets")

    def build(self) -> AbbreviationsStep:
        """The step with these options.

        Raises:
            ValueError: a form is empty, or means itself.
        """
        chinese = {short: full for short, full in self.zh.items() if _HAN.search(short)}
        return AbbreviationsStep(_phrases({**chinese, **self.en}), _phrases(self.zh), self.keep_short)


@dataclass(frozen=True, slots=True)
class AbbreviationsStep:
    """Short forms written out: "preventive maintenance (PM)" first, "preventive maintenance" from there on."""

    name: ClassVar[str] = "abbreviations"
    western: Phrases[Abbreviation]
    chinese: Phrases[Abbreviation]
    keep_short: bool = True

    def apply(self, draft: Draft) -> Verdict:
        """The same draft with its abbreviations written out; the dictionary goes by the draft's language."""
        language = draft.language or detect_language(draft.text or draft.title)
        phrases = self.chinese if language.startswith("zh") else self.western
        title, text = self._written_out(draft.title, phrases), self._written_out(draft.text, phrases)
        return rewritten(draft, title, text, self.name, "abbreviations written out")

    def _written_out(self, text: str, phrases: Phrases[Abbreviation]) -> str:
        introduced: set[str] = set()

        def change(text: str, hit: Hit[Abbreviation]) -> str:
            found, known = text[hit.start : hit.end], hit.value
            if found.lower() == known.full.lower():
                return found
            first = known.short not in introduced
            introduced.add(known.short)
            if _is_explained(text, hit):
                return found
            full = known.full[:1].upper() + known.full[1:] if found[:1].isupper() and known.short.islower() else known.full
            return full + _brackets(found, full) if first and self.keep_short else full

        return phrases.rewrite(text, change)


def _brackets(short: str, full: str) -> str:
    return f"（{short}）" if _HAN.search(full) else f" ({short})"


def _is_explained(text: str, hit: Hit[Abbreviation]) -> bool:
    """Whether the short form stands in brackets behind its full form already."""
    before = text[max(0, hit.start - len(hit.value.full) - 2) : hit.start].lower().replace("（", "(")
    return before.endswith("(") and before[:-1].rstrip().endswith(hit.value.full.lower())


def _phrases(forms: dict[str, str]) -> Phrases[Abbreviation]:
    pairs: list[tuple[str, Abbreviation]] = []
    for short, full in forms.items():
        if not short.strip() or not full.strip() or short == full:
            raise ValueError(f"abbreviation {short!r}: needs a full form of its own, not {full!r}")
        known = Abbreviation(short, full)
        pairs += [(short, known), (full, known)]
    return Phrases(pairs, exact=lambda phrase: any(c.isupper() for c in phrase) and phrase in forms)
