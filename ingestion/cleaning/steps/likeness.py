"""When two paragraphs say the same: alike by shingles, and different in nothing that could matter.

Candidates are found by shingles (Broder, "On the resemblance and containment of documents", 1997): a bottom-k sketch
proposes, the Jaccard measure over all shingles decides. Likeness alone is not enough: "MID TIER … fee $10" and
"ENTRY TIER … fee $10" are very much alike. So the words in which the two differ may only be small words or slips of
one letter; never a number, a name, a negation, a modal verb or a Chinese content character.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import dataclass, field

_SHINGLE, _SKETCH, _LONGEST_LIST = 8, 12, 12
_WORD = re.compile(r"[+\-−<>≤≥$€£¥]?\d[\w.,%]*|[^\W\d_\u3400-\u9fff]+(?:['’][^\W\d_]+)?|[\u3400-\u9fff]")
_SMALL_WORDS = (
    "a an the that this these those which is are was were be been please also just very then so 的了吧呢啊吗请也就"
)
_SMALL = frozenset(_WORD.findall(_SMALL_WORDS))
_SLIP_LENGTH = 5


@dataclass(slots=True)
class Paragraphs:
    """The paragraphs seen so far. Nothing is computed before there are two."""

    near: float
    _exact: set[str] = field(default_factory=set)
    _first: str = ""
    _words: list[Counter[str]] = field(default_factory=list)
    _shingles: list[frozenset[int]] = field(default_factory=list)
    _by_sketch: dict[int, list[int]] = field(default_factory=dict)

    def seen(self, paragraph: str) -> bool:
        """Whether the same, or (below 1) nearly the same paragraph came before; remembers it where not."""
        plain = " ".join(paragraph.split()).lower()
        if plain in self._exact:
            return True
        self._exact.add(plain)
        if self.near >= 1:
            return False
        if len(self._exact) == 1:
            self._first = plain
            return False
        if self._first:
            self._nearly(self._first)
            self._first = ""
        return self._nearly(plain)

    def _nearly(self, plain: str) -> bool:
        data = plain.encode("utf-8", "replace")
        own = frozenset(zlib.crc32(data[at : at + _SHINGLE]) for at in range(max(1, len(data) - _SHINGLE + 1)))
        sketch = sorted(own)[:_SKETCH]
        words = Counter(_WORD.findall(plain))
        for number in sorted({number for value in sketch for number in self._by_sketch.get(value, ())}):
            other = self._shingles[number]
            if len(own & other) >= self.near * len(own | other) and says_the_same(words, self._words[number]):
                return True
        for value in sketch:
            known = self._by_sketch.setdefault(value, [])
            if len(known) < _LONGEST_LIST:
                known.append(len(self._shingles))
        self._shingles.append(own)
        self._words.append(words)
        return False


def says_the_same(one: Counter[str], other: Counter[str]) -> bool:
    """Whether the words in which the two differ are small words, or slips of one letter in longer ones."""
    mine = [word for word in (one - other).elements() if word not in _SMALL]
    theirs = [word for word in (other - one).elements() if word not in _SMALL]
    if len(mine) != len(theirs):
        return False
    for word in mine:
        twin = next((candidate for candidate in theirs if _is_slip(word, candidate)), None)
        if twin is None:
            return False
        theirs.remove(twin)
    return True


def _is_slip(one: str, other: str) -> bool:
    """Whether the two words differ in one letter (another, one more, or two exchanged) and begin the same."""
    if min(len(one), len(other)) < _SLIP_LENGTH or one[0] != other[0] or not (one + other).isalpha():
        return False
    pairs = enumerate(zip(one, other, strict=False))
    at = next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
    rest, other_rest = one[at:], other[at:]
    exchanged = rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:]
    return exchanged or rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]
