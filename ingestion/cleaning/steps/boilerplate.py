"""Step `boilerplate`: lines that every page carries, and lines that say nothing."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

import re2
from pydantic import Field

from ingestion.cleaning.markdown import outside_code
from ingestion.cleaning.model import Draft, Verdict, rewritten
from ingestion.cleaning.options import Options
from ingestion.cleaning.patterns import compile_pattern
from retrieval.model import PAGE_BREAK

_EDGE_LINES = 3
_NUMBER = re.compile(r"\d+")
_MARKED = re.compile(r"\s{0,3}(?:#{1,6}\s|\||```|~~~)")


class BoilerplateOptions(Options):
    """Options of `boilerplate`."""

    page_edges: bool = Field(default=True, description="remove headers and footers that pages repeat")
    pages: float = Field(default=0.6, gt=0, le=1, description="share of the pages that must carry such a line")
    lines: tuple[str, ...] = Field(default=(), description="RE2 patterns; a line that one of them fits is removed")

    def build(self) -> BoilerplateStep:
        """The step with these options.

        Raises:
            ValueError: a pattern is refused.
        """
        for line in self.lines:
            compile_pattern(line)
        known = "|".join(f"(?:{line})" for line in self.lines)
        if not known:
            return BoilerplateStep(self.page_edges, self.pages)
        try:
            somewhere = re2.compile(f"(?m)^[ \\t]*(?:{known})")
            return BoilerplateStep(self.page_edges, self.pages, re2.compile(known), somewhere)
        except re2.error as error:
            raise ValueError(f"the patterns of `lines` do not fit together: {error}") from error


@dataclass(frozen=True, slots=True)
class BoilerplateStep:
    """Page headers and footers are kept once (page numbers not at all); lines that fit a pattern are removed."""

    name: ClassVar[str] = "boilerplate"
    page_edges: bool = True
    pages: float = 0.6
    line: Any = None
    somewhere: Any = None

    def apply(self, draft: Draft) -> Verdict:
        """The same draft without its boilerplate; every page stays, were it empty."""
        text = draft.text
        if self.page_edges and text.count(PAGE_BREAK) >= 2:
            text = PAGE_BREAK.join(_without_edges(text.split(PAGE_BREAK), self.pages))
        if self.somewhere and self.somewhere.search(text):
            text = PAGE_BREAK.join(outside_code(page, self._without_lines) for page in text.split(PAGE_BREAK))
        return rewritten(draft, draft.title, text, self.name, "repeated page edges and boilerplate lines removed")

    def _without_lines(self, text: str) -> str:
        return "\n".join(line for line in text.split("\n") if not line or not self.line.fullmatch(line.strip()))


def _without_edges(pages: list[str], share: float) -> list[str]:
    """Pages without the lines that at least `share` of them (and three) carry at their top or bottom."""
    split = [page.split("\n") for page in pages]
    edges = [_edges(lines) for lines in split]
    carried = Counter(shape for page in edges for shape in set(page.values()))
    needed = max(3, share * sum(bool(page) for page in edges))
    repeated = {shape for shape, count in carried.items() if count >= needed}
    seen: set[str] = set()
    result = []
    for lines, page in zip(split, edges, strict=True):
        gone = set()
        for number, shape in page.items():
            if shape in repeated and (shape in seen or _is_page_number(shape)):
                gone.add(number)
            seen.add(shape)
        result.append("\n".join(line for number, line in enumerate(lines) if number not in gone).strip("\n"))
    return result


def _edges(lines: list[str]) -> dict[int, str]:
    """Line number → shape (digits as #) of the first and last lines of a page; headings, tables, code are no edges."""
    filled = [number for number, line in enumerate(lines) if line.strip()]
    near = [*filled[:_EDGE_LINES], *filled[-_EDGE_LINES:]]
    return {number: _NUMBER.sub("#", lines[number].strip()) for number in near if not _MARKED.match(lines[number])}


def _is_page_number(shape: str) -> bool:
    """A line of little else than a counter: "Page 3 of 12", "- 3 -", "第 3 页"."""
    return "#" in shape and len(re.sub(r"page|of|seite|[\s#/|\-–—.,第页共]", "", shape.lower())) == 0
