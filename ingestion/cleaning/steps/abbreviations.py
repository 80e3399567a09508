"""Step `abbreviations`: write short forms out, so that a question in full words finds them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from ingestion.cleaning.languages import detect_language
from ingestion.cleaning.model import Draft, Verdict, rewritten
from ingestion.cleaning.options import Options
from ingestion.cleaning.phrases import Hit, Phrases

_SECTION = re.compile(r"\f|^ {0,3}#{1,6} ", re.MULTILINE)
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
    style: Literal["explain", "replace"] = Field(
        default="explain", description="explain: the full form once in each section; replace: everywhere, instead"
    )

    def build(self) -> AbbreviationsStep:
        """The step with these options.

        Raises:
            ValueError: a form is empty, or means itself.
        """
        chinese = {short: full for short, full in self.zh.items() if _HAN.search(short)}
        return AbbreviationsStep(_phrases({**chinese, **self.en}), _phrases(self.zh), self.style == "explain")


@dataclass(frozen=True, slots=True)
class AbbreviationsStep:
    """Short forms explained: "preventive maintenance (PM)" at the first place of a section, "PM" from there on.

    A section is a heading's; it is what a passage shows, so each passage can be found by either form.
    """

    name: ClassVar[str] = "abbreviations"
    western: Phrases[Abbreviation]
    chinese: Phrases[Abbreviation]
    explain: bool = True

    def apply(self, draft: Draft) -> Verdict:
        """The same draft with its abbreviations written out; the dictionary goes by the draft's language."""
        language = draft.language or detect_language(draft.text or draft.title)
        phrases = self.chinese if language.startswith("zh") else self.western
        title, text = self._written_out(draft.title, phrases), self._written_out(draft.text, phrases)
        return rewritten(draft, title, text, self.name, "abbreviations written out")

    def _written_out(self, text: str, phrases: Phrases[Abbreviation]) -> str:
        hits = phrases.find(text)
        if not hits:
            return text
        pieces, at = [], 0
        explained: set[str] = set()
        for hit in hits:
            if _SECTION.search(text, at, hit.start):
                explained.clear()
            pieces += [text[at : hit.start], self._form(text, hit, explained)]
            at = hit.end
        return "".join([*pieces, text[at:]])

    def _form(self, text: str, hit: Hit[Abbreviation], explained: set[str]) -> str:
        """What stands at `hit` afterwards; `explained` holds the short forms explained in this section so far."""
        found, known = text[hit.start : hit.end], hit.value
        if found.lower() == known.full.lower() or _is_explained(text, hit):
            explained.add(known.short)
            return found
        if _is_time(text, hit) or (self.explain and known.short in explained):
            return found
        explained.add(known.short)
        full = known.full[:1].upper() + known.full[1:] if found[:1].isupper() and known.short.islower() else known.full
        if not self.explain or known.short in known.full:
            return full
        return f"{full}（{found}）" if _HAN.search(full) else f"{full} ({found})"


def _is_time(text: str, hit: Hit[Abbreviation]) -> bool:
    """Whether it is two capitals behind a number: "10 PM" is no maintenance."""
    short = hit.value.short
    return (
        len(short) == 2 and short.isupper() and bool(re.search(r"[0-9] ?\Z", text[max(0, hit.start - 2) : hit.start]))
    )


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
