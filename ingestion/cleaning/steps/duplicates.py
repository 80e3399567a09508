"""Step `duplicates`: what a document says twice is kept once.

Near duplicates are found by shingles (Broder, "On the resemblance and containment of documents", 1997): a bottom-k
sketch proposes candidates, the Jaccard measure over all shingles decides. Two paragraphs that differ in a number, an
identifier or a negation are never near duplicates, however alike they look: "E41" is not "E42".
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import Field

from ingestion.cleaning.markdown import outside_code
from ingestion.cleaning.model import Draft, Verdict, kept, rewritten
from ingestion.cleaning.options import Options
from retrieval.model import PAGE_BREAK

_SHINGLE, _SKETCH = 8, 12
_PARAGRAPH_END = re.compile(r"(\n[ \t]*(?:\n[ \t]*)+)")
_WORDLESS = re.compile(r"[\W_]+")
_MARKED = re.compile(r"\s{0,3}(?:#{1,6}\s|\||>|```|~~~|[-=*_]{3,}\s*$)|    ")
_DECISIVE = re.compile(
    r"[A-Za-z0-9._/-]*\d[A-Za-z0-9._/-]*|\b(?:not?|never|none|without|n't|cannot|un\w+|in(?:valid|correct)\w*)\b|n't\b"
    r"|[不未无勿禁非否]", re.I
)


class DuplicatesOptions(Options):
    """Options of `duplicates`."""

    min_chars: int = Field(default=40, ge=8, description="shorter paragraphs may repeat")
    near: float = Field(default=0.9, gt=0.5, le=1, description="likeness from which paragraphs are the same; 1: exact only")
    lines: bool = Field(default=True, description="a line that stands several times in a row is kept once")

    def build(self) -> DuplicatesStep:
        """The step with these options."""
        return DuplicatesStep(self.min_chars, self.near, self.lines)


@dataclass(frozen=True, slots=True)
class DuplicatesStep:
    """Repeated paragraphs and lines are kept once; headings, tables and code are left alone; pages stay."""

    name: ClassVar[str] = "duplicates"
    min_chars: int = 40
    near: float = 0.9
    lines: bool = True

    def apply(self, draft: Draft) -> Verdict:
        """The same draft, each thing said once."""
        if len(draft.text) < 2 * self.min_chars:
            return kept(draft, self.name)
        seen = _Seen(self.min_chars, self.near)
        pages = [outside_code(page, lambda text: self._once(text, seen)) for page in draft.text.split(PAGE_BREAK)]
        return rewritten(draft, draft.title, PAGE_BREAK.join(pages), self.name, "repeated lines and paragraphs removed")

    def _once(self, text: str, seen: _Seen) -> str:
        if self.lines:
            text = "\n".join(_without_runs(text.split("\n"), self.min_chars))
        pieces = _PARAGRAPH_END.split(text)
        paragraphs, gaps = pieces[::2], ["", *pieces[1::2]]
        kept_pieces: list[str] = []
        for gap, paragraph in zip(gaps, paragraphs, strict=True):
            if not _MARKED.match(paragraph) and seen.before(paragraph):
                continue
            kept_pieces += [gap, paragraph] if kept_pieces else [paragraph]
        trailing = text[len(text.rstrip("\n")) :]
        result = "".join(kept_pieces)
        return result if result.endswith(trailing) else result.rstrip("\n") + trailing


def _without_runs(lines: list[str], min_chars: int) -> Iterator[str]:
    previous = ""
    for line in lines:
        if len(line) >= min_chars and line == previous and not line.lstrip().startswith("|"):
            continue
        previous = line
        yield line


@dataclass(slots=True)
class _Seen:
    """The paragraphs of a document so far. Shingles are computed only where two paragraphs could be alike at all."""

    min_chars: int
    near: float
    exact: set[str] = field(default_factory=set)
    alone: dict[tuple[str, ...], str] = field(default_factory=dict)
    groups: dict[tuple[str, ...], _Group] = field(default_factory=dict)

    def before(self, paragraph: str) -> bool:
        """Whether (nearly) the same paragraph came before; remembers it where not."""
        plain = _WORDLESS.sub(" ", paragraph).strip().lower()
        if len(plain) < self.min_chars:
            return False
        decisive = tuple(match.lower() for match in _DECISIVE.findall(paragraph))
        signature = "\0".join((plain, *decisive))
        if signature in self.exact:
            return True
        self.exact.add(signature)
        return self.near < 1 and self._nearly(plain, decisive)

    def _nearly(self, plain: str, decisive: tuple[str, ...]) -> bool:
        group = self.groups.get(decisive)
        if group is None:
            first = self.alone.setdefault(decisive, plain)
            if first is plain:
                return False
            group = self.groups[decisive] = _Group(self.near)
            group.holds_or_learns(first)
        return group.holds_or_learns(plain)


@dataclass(slots=True)
class _Group:
    """Paragraphs with the same numbers, identifiers and negations, found by their shingles."""

    near: float
    shingles: list[frozenset[int]] = field(default_factory=list)
    by_sketch: dict[int, list[int]] = field(default_factory=dict)

    def holds_or_learns(self, plain: str) -> bool:
        """Whether a paragraph like `plain` is here; learns it where not."""
        data = plain.encode()
        own = frozenset(zlib.crc32(data[at : at + _SHINGLE]) for at in range(max(1, len(data) - _SHINGLE + 1)))
        sketch = sorted(own)[:_SKETCH]
        for number in sorted({number for value in sketch for number in self.by_sketch.get(value, [])[:_SKETCH]}):
            other = self.shingles[number]
            if len(own & other) >= self.near * len(own | other):
                return True
        for value in sketch:
            self.by_sketch.setdefault(value, []).append(len(self.shingles))
        self.shingles.append(own)
        return False
