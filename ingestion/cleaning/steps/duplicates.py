"""Step `duplicates`: what a section says twice is kept once. `likeness` says when two paragraphs are the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from ingestion.cleaning.markdown import outside_code
from ingestion.cleaning.model import Draft, Verdict, kept, rewritten
from ingestion.cleaning.options import Options
from ingestion.cleaning.steps.likeness import Paragraphs
from retrieval.model import PAGE_BREAK

_PARAGRAPH_END = re.compile(r"(\n[ \t]*(?:\n[ \t]*)+)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_STRUCTURE = re.compile(r"^(?:\s*(?:[-*+•]|\d{1,3}[.)、])\s|\s{0,3}(?:\||>|```|~~~|[-=*_]{3,}\s*$)| {4})", re.MULTILINE)


class DuplicatesOptions(Options):
    """Options of `duplicates`."""

    min_chars: int = Field(default=40, ge=8, description="shorter paragraphs may repeat")
    near: float = Field(default=0.9, gt=0.5, le=1, description="likeness of equal paragraphs; 1: exact only")
    lines: bool = Field(default=True, description="a line that stands several times in a row is kept once")
    across_headings: bool = Field(default=False, description="in the whole document, not per section")

    def build(self) -> DuplicatesStep:
        """The step with these options."""
        return DuplicatesStep(self.min_chars, self.near, self.lines, self.across_headings)


@dataclass(frozen=True, slots=True)
class DuplicatesStep:
    """Repeated paragraphs and lines are kept once; headings, lists, tables, quotes and code are left alone."""

    name: ClassVar[str] = "duplicates"
    min_chars: int = 40
    near: float = 0.9
    lines: bool = True
    across_headings: bool = False

    def apply(self, draft: Draft) -> Verdict:
        """The same draft, each thing said once in its section; every page stays."""
        if len(draft.text) < 2 * self.min_chars:
            return kept(draft, self.name)
        run = _Run(self, Paragraphs(self.near))
        pages = [outside_code(page, run.once) for page in draft.text.split(PAGE_BREAK)]
        return rewritten(draft, draft.title, PAGE_BREAK.join(pages), self.name, "repeated lines and paragraphs removed")


@dataclass(slots=True)
class _Run:
    """One pass over one document: what was seen lasts until the next heading."""

    options: DuplicatesStep
    paragraphs: Paragraphs

    def once(self, text: str) -> str:
        """`text` (a page, or a part of it between code blocks) without its repetitions."""
        if self.options.lines:
            text = "\n".join(_without_runs(text.split("\n"), self.options.min_chars))
        pieces = _PARAGRAPH_END.split(text)
        kept_pieces: list[str] = []
        for gap, paragraph in zip(["", *pieces[1::2]], pieces[::2], strict=True):
            if not self._is_repeated(paragraph):
                kept_pieces += [gap, paragraph] if kept_pieces else [paragraph]
        if len(kept_pieces) == len(pieces):
            return text
        result = "".join(kept_pieces)
        trailing = text[len(text.rstrip("\n")) :]
        return result if result.endswith(trailing) else result.rstrip("\n") + trailing

    def _is_repeated(self, paragraph: str) -> bool:
        if _HEADING.match(paragraph):
            if not self.options.across_headings:
                self.paragraphs = Paragraphs(self.options.near)
            return False
        long_enough = len(paragraph.strip()) >= self.options.min_chars
        return long_enough and not _STRUCTURE.search(paragraph) and self.paragraphs.seen(paragraph)


def _without_runs(lines: list[str], min_chars: int) -> Iterator[str]:
    previous = ""
    for line in lines:
        if len(line) >= min_chars and line == previous and not _STRUCTURE.match(line):
            continue
        previous = line
        yield line
