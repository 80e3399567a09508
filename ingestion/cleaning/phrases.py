"""Find known phrases in a text, longest first, whole words only, never inside an identifier.

Chinese has no spaces between words, so a phrase may stand directly beside Chinese characters. Beside Latin letters,
digits and the signs that tie identifiers together (`-`, `_`, `#`, `/`, `@`, `+`, a dot before more) it may not:
`PM` is found in "PM计划" and "the PM." but not in "PM-2040" or "RPM".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import ahocorasick

from ingestion.cleaning.markdown import protected

T = TypeVar("T")

_JOINED_BEFORE = re.compile(r"(?:[0-9A-Za-z\u00c0-\u024f_#@+\\-]|[0-9A-Za-z][./])\Z")
_JOINED_AFTER = re.compile(r"[0-9A-Za-z\u00c0-\u024f_#@+\\-]|[./:][0-9A-Za-z]")
_EDGE = re.compile(r"[0-9A-Za-z\u00c0-\u024f]")


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    """A phrase found as text[start:end], and what it stands for."""

    start: int
    end: int
    value: T


class Phrases(Generic[T]):
    """Phrases, each with its value, sought without regard to case; `exact` ones must be written the same."""

    def __init__(self, values: Iterable[tuple[str, T]], exact: Callable[[str], bool] = lambda _: False) -> None:
        self._automaton: Any = ahocorasick.Automaton()
        for phrase, value in values:
            folded = _folded(phrase)
            known = self._automaton.get(folded, [])
            self._automaton.add_word(folded, [*known, (phrase, exact(phrase), value)])
        self._empty = len(self._automaton) == 0
        if not self._empty:
            self._automaton.make_automaton()

    def find(self, text: str) -> list[Hit[T]]:
        """Every place where a phrase stands as a word of its own, in order, without overlaps; longer ones win."""
        if self._empty:
            return []
        hits: list[Hit[T]] = []
        for last, entries in self._automaton.iter(_folded(text)):
            for phrase, exact, value in entries:
                start, end = last + 1 - len(phrase), last + 1
                if (not exact or text[start:end] == phrase) and stands_alone(text, start, end):
                    hits.append(Hit(start, end, value))
                    break
        return _without_overlaps(text, hits)

    def rewrite(self, text: str, change: Callable[[str, Hit[T]], str]) -> str:
        """`text` with every hit replaced by what `change(text, hit)` says."""
        pieces, at = [], 0
        for hit in self.find(text):
            pieces += [text[at : hit.start], change(text, hit)]
            at = hit.end
        return "".join([*pieces, text[at:]]) if pieces else text


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] is not part of a longer word or identifier."""
    if _EDGE.match(text, start) and _JOINED_BEFORE.search(text[max(0, start - 2) : start]):
        return False
    return not (_EDGE.match(text, end - 1) and _JOINED_AFTER.match(text, end))


def _without_overlaps(text: str, hits: list[Hit[T]]) -> list[Hit[T]]:
    if not hits:
        return hits
    hits.sort(key=lambda hit: (hit.start, -hit.end))
    shield, end = protected(text), 0
    chosen = []
    for hit in hits:
        if hit.start >= end and not shield.touch(hit.start, hit.end):
            chosen.append(hit)
            end = hit.end
    return chosen


def _folded(text: str) -> str:
    """`text` in lower case, of exactly the same length."""
    folded = text.lower()
    if len(folded) == len(text):
        return folded
    return "".join(lower if len(lower := character.lower()) == 1 else character for character in text)
