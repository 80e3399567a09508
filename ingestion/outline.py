"""The lines of a Markdown text with what each belongs to: headings, tables, fenced code, paragraphs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

_LINE = re.compile(r"[^\n\f]*(?:[\n\f]|$)")
_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING_CHARACTERS = 120
_COLUMNS_CHARACTERS = 160


class LineKind(Enum):
    """What a line is."""

    BLANK = auto()
    HEADING = auto()
    TABLE = auto()
    CODE = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """One line, `text[start:end]` with its line end.

    `path` holds the headings above it, its own included. `block_start` and `block_end` bound the table, code or
    paragraph it is part of; `opens_block` is true on its first line. `columns` are the first row's cells of a table.
    """

    start: int
    end: int
    kind: LineKind
    path: tuple[str, ...]
    block_start: int
    block_end: int
    opens_block: bool
    columns: str


@dataclass(slots=True)
class _Block:
    """Lines that belong together, while they are being collected."""

    kind: LineKind
    path: tuple[str, ...]
    spans: list[tuple[int, int]]
    columns: str = ""

    def lines(self) -> list[Line]:
        start, end = self.spans[0][0], self.spans[-1][1]
        return [
            Line(first, last, self.kind, self.path, start, end, first == start, self.columns)
            for first, last in self.spans
        ]


def read_lines(text: str) -> list[Line]:
    """Every line of `text` in order; a page break ends a line and every block."""
    reader = _Reader()
    for match in _LINE.finditer(text):
        if match.end() > match.start():
            reader.take(match.group(), match.start(), match.end())
    reader.close_block()
    return reader.lines


class _Reader:
    """Knows, while it goes from line to line, which headings are open and which block is being collected."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._block: _Block | None = None
        self._headings: list[tuple[int, str]] = []
        self._fence = ""

    def take(self, line: str, start: int, end: int) -> None:
        """Add the next line."""
        kind = self._kind(line)
        if kind is LineKind.HEADING:
            self._open_heading(line)
        continues = (
            self._block is not None
            and self._block.kind is kind
            and kind in {LineKind.TABLE, LineKind.CODE, LineKind.TEXT}
        )
        if not continues:
            self.close_block()
            columns = _columns(line) if kind is LineKind.TABLE else ""
            self._block = _Block(kind, tuple(title for _, title in self._headings), [], columns)
        if self._block is not None:
            self._block.spans.append((start, end))
        if line.endswith("\f"):
            self.close_block()
            self._fence = ""

    def close_block(self) -> None:
        """End the block that is being collected."""
        if self._block is not None:
            self.lines.extend(self._block.lines())
            self._block = None

    def _kind(self, line: str) -> LineKind:
        fence = _FENCE.match(line)
        if self._fence:
            if fence and fence.group(1).startswith(self._fence):
                self._fence = ""
            return LineKind.CODE
        if fence:
            self._fence = fence.group(1)
            return LineKind.CODE
        if not line.strip():
            return LineKind.BLANK
        if _HEADING.match(line):
            return LineKind.HEADING
        return LineKind.TABLE if line.lstrip().startswith("|") else LineKind.TEXT

    def _open_heading(self, line: str) -> None:
        match = _HEADING.match(line)
        if match is None:
            return
        level, title = len(match.group(1)), match.group(2)[:_HEADING_CHARACTERS]
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, title))


def _columns(row: str) -> str:
    """The cells of a table's first row, joined."""
    cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
    return " | ".join(cell for cell in cells if cell)[:_COLUMNS_CHARACTERS]
