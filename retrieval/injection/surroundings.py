"""What a sentence stands among: how much of it the rest of the text talks about, and what the rest looks like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from retrieval.injection.patterns import COMMON_HAN, HAN, HAN_RUN, WORD, words
from retrieval.injection.segments import Segment

_STEM = 5


class Surroundings:
    """Every sentence of one text, counted when first asked."""

    def __init__(self, found: Sequence[Segment]) -> None:
        self._found = found
        self.lines = len(found)
        self.first, self.last = found[0], found[-1]

    @cached_property
    def rows(self) -> int:
        """Sentences that are rows of tables."""
        return sum(one.cell for one in self._found)

    @cached_property
    def code(self) -> int:
        """Sentences that are lines of programs."""
        return sum(one.code for one in self._found)

    @cached_property
    def questions(self) -> int:
        """Sentences that ask."""
        return sum(one.plain.endswith(("?", "？")) for one in self._found)

    @cached_property
    def han(self) -> bool:
        """Whether the text is mostly Chinese."""
        written = "".join(one.plain for one in self._found)
        return 3 * len(HAN.findall(written)) > len(written)

    @cached_property
    def _stems(self) -> Mapping[str, int]:
        return Counter(stem for one in self._found for stem in _stems(one.plain.lower()))

    @cached_property
    def _pairs(self) -> Mapping[str, int]:
        return Counter(pair for one in self._found for pair in _pairs(one.plain))

    def unrelated(self, segment: Segment, *, chinese: bool) -> float:
        """The share of the sentence's content words that stand nowhere else in the text."""
        own = Counter(_pairs(segment.plain) if chinese else _stems(segment.plain.lower()))
        if not own:
            return 0.0
        there = self._pairs if chinese else self._stems
        return sum(1 for word, count in own.items() if there.get(word, 0) <= count) / len(own)


def _stems(lowered: str) -> list[str]:
    stop = words("english")["stop"]
    return [word[:_STEM] for word in WORD.findall(lowered) if len(word) > 2 and word not in stop]


def _pairs(text: str) -> list[str]:
    found = []
    for run in HAN_RUN.findall(text):
        found += [run[at : at + 2] for at in range(len(run) - 1) if not COMMON_HAN.issuperset(run[at : at + 2])]
    return found
