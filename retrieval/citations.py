"""Binds each claim of an answer to the exact words it rests on, in the exact version that was shown.

A claim is supported where some sentences in a row of a passage hold most of its terms, and the passage every one of
its numbers. What a marker names is looked at first; where it does not support the claim, the other passages are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from retrieval.claims import markers_of, split_claims, with_markers, without_markers
from retrieval.model import BoundAnswer, Citation, Passage
from retrieval.sentences import sentences
from retrieval.terms import folded, term_set

_SUPPORTED = 0.55
"""Share of a claim's terms that its source must hold."""
_LONGEST_WINDOW = 3
_PER_FURTHER_SENTENCE = 0.04
"""How much better a longer quotation must be."""
_LEAD_IN_TERMS = 6
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_LIST_MARK = re.compile(r"\A\s*(?:[-*+•]|\d{1,2}[.)、])\s+")
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Span:
    """Where in a passage a claim is supported, and how well."""

    start: int
    end: int
    coverage: float


class _Shown:
    """A passage as claims are held against it."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self.spans = [(one.start, one.end) for one in sentences(passage.text)]
        self._context = term_set(f"{passage.title}\n{passage.heading}")

    @cached_property
    def _terms(self) -> list[frozenset[str]]:
        return [term_set(self.passage.text[start:end]) for start, end in self.spans]

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Every number that stands in the passage, its title or its heading."""
        passage = self.passage
        return numbers_in(f"{passage.title}\n{passage.heading}\n{passage.text}")

    @cached_property
    def is_chinese(self) -> bool:
        """Whether it is written in Chinese."""
        return is_chinese(self.passage.text)

    def best(self, wanted: frozenset[str]) -> _Span:
        """The sentences in a row that hold most of `wanted`; fewer and earlier ones where they hold as much."""
        found = _Span(0, 0, 0.0)
        value = -1.0
        for first in range(len(self.spans)):
            held = self._context
            for last in range(first, min(first + _LONGEST_WINDOW, len(self.spans))):
                held = held | self._terms[last]
                coverage = len(wanted & held) / len(wanted)
                worth = coverage - _PER_FURTHER_SENTENCE * (last - first)
                own = wanted & (held - self._context)
                if worth > value and (own or not wanted - self._context):
                    value = worth
                    found = _Span(self.spans[first][0], self.spans[last][1], coverage)
        return found

    def verbatim(self, body: str) -> _Span:
        """The sentences in which `body` stands word for word; no span where it does not."""
        start = self.passage.text.find(body)
        end = start + len(body)
        held = [span for span in self.spans if span[0] < end and start < span[1]] if start >= 0 else []
        return _Span(held[0][0], held[-1][1], 1.0) if held else _Span(0, 0, 0.0)

    def whole(self) -> _Span:
        """All of it."""
        return _Span(self.spans[0][0], self.spans[-1][1], 1.0) if self.spans else _Span(0, 0, 0.0)


class Binder:
    """Binds the claims of one answer as they come; `passages` are those shown, passage n cited as [n] from 1.

    `question` may lend its numbers: an answer may repeat what was asked.
    """

    def __init__(self, passages: Sequence[Passage], question: str = "") -> None:
        self._shown = [_Shown(passage) for passage in passages]
        self._asked = numbers_in(question)
        self._citations: dict[tuple[str, int, int, int], Citation] = {}
        self.unsupported: list[str] = []

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What was cited so far, in the order of the markers."""
        return tuple(self._citations.values())

    def bind(self, claim: str) -> str:
        """The claim with its final markers; "" where nothing supports it, which `unsupported` then lists."""
        plain = without_markers(claim)
        body = _LIST_MARK.sub("", plain)
        wanted = term_set(body)
        needed = numbers_in(body) - self._asked
        if is_lead_in(body, wanted, needed):
            return plain
        asked_for = [self._shown[number - 1] for number in markers_of(claim) if 0 < number <= len(self._shown)]
        bound = self._supports(asked_for, body, wanted, needed)
        if not bound:
            others = [one for one in self._shown if one not in asked_for]
            bound = self._supports(others, body, wanted, needed)[:1]
        if not bound:
            self.unsupported.append(plain.strip())
            return ""
        return with_markers(plain, dict.fromkeys(self._marker(shown, span) for shown, span in bound))

    def _supports(
        self, candidates: Sequence[_Shown], body: str, wanted: frozenset[str], needed: frozenset[str]
    ) -> list[tuple[_Shown, _Span]]:
        """Those of the passages that support the claim, the best first."""
        found = []
        for shown in candidates:
            if needed <= shown.numbers:
                span = _support(shown, body, wanted)
                if span.coverage >= _SUPPORTED and span.end > span.start:
                    found.append((shown, span))
        return sorted(found, key=lambda one: -one[1].coverage)

    def _marker(self, shown: _Shown, span: _Span) -> int:
        passage = shown.passage
        start, end = passage.start + span.start, passage.start + span.end
        key = (passage.document_id, passage.version, start, end)
        if key not in self._citations:
            self._citations[key] = Citation(
                marker=len(self._citations) + 1,
                document_id=passage.document_id,
                title=passage.title,
                url=passage.url,
                version=passage.version,
                quote=passage.text[span.start : span.end],
                start=start,
                end=end,
                page=passage.page,
                heading=passage.heading,
                source=passage.source,
                key=passage.key,
            )
        return self._citations[key].marker


def bind(text: str, shown: Sequence[Passage], question: str = "") -> BoundAnswer:
    """A whole answer bound: claims without support are taken out of it and listed."""
    binder = Binder(shown, question)
    parts = [binder.bind(claim) for claim in split_claims(text)]
    return BoundAnswer("".join(parts).strip(), binder.citations, tuple(binder.unsupported))


def is_lead_in(body: str, wanted: frozenset[str], needed: frozenset[str]) -> bool:
    """Whether a sentence claims nothing: it only leads to what follows, or has no word that says anything."""
    if needed:
        return False
    opens = body.rstrip().rstrip("*").endswith((":", "："))
    return not wanted or (opens and len(wanted) <= _LEAD_IN_TERMS)


def _support(shown: _Shown, body: str, wanted: frozenset[str]) -> _Span:
    """Across languages only what both write alike can be compared; the whole passage is quoted then."""
    words = shown.verbatim(body.strip())
    if words.end:
        return words
    if is_chinese(body) == shown.is_chinese:
        return shown.best(wanted)
    alike = frozenset(term for term in wanted if term.isascii() and not term.isalpha())
    if not alike:
        return shown.whole()
    span = shown.best(alike)
    return span if span.coverage == 1.0 else _Span(0, 0, 0.0)


def numbers_in(text: str) -> frozenset[str]:
    """The numbers of `text` in one written form: 1,290.00 and 1290 are the same."""
    return frozenset(_plain(match[0]) for match in _NUMBER.finditer(folded(text)))


def _plain(number: str) -> str:
    whole, dot, fraction = number.rpartition(".")
    return whole if dot and fraction.strip("0") == "" and whole.isdigit() else number


def is_chinese(text: str) -> bool:
    """Whether Chinese is what most of `text` is written in."""
    return 2 * len(_HAN.findall(text)) > len(re.findall(r"[A-Za-z]+", text))
