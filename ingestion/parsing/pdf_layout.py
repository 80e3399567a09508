"""From words with places to lines in reading order: rows, then columns where a gap runs down between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingestion.parsing.pdf_words import Word

_MIN_COLUMN_ROWS = 4
_MIN_TABLE_ROWS = 3
_MARKER = re.compile(r"[•◦▪■●○‣–—*·-]|[\(（]?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4}|[一二三四五六七八九十]{1,3})[.)）、]?")

Gap = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """Words of one line in reading order."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words parted by spaces, except between Chinese characters."""
        out = self.words[0].text
        for before, word in pairwise(self.words):
            out += join_sign(before.text, word.text, near=word.left - before.right < 0.5 * word.size) + word.text
        return out

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.words[0].left

    @property
    def right(self) -> float:
        """Where it ends."""
        return max(word.right for word in self.words)

    @property
    def top(self) -> float:
        """Its upper edge."""
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return max(word.bottom for word in self.words)

    @property
    def size(self) -> float:
        """Font size of most of its characters."""
        return weighted_size(self.words)

    @property
    def bold(self) -> bool:
        """Whether every word of it is bold."""
        return all(word.bold or not re.search(r"\w", word.text) for word in self.words)


@dataclass(frozen=True, slots=True)
class Column:
    """Lines that are read one after another."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table without rules: rows of cells, and where it begins."""

    rows: tuple[tuple[str, ...], ...]
    top: float


Section = Column | Grid


def weighted_size(words: Sequence[Word]) -> float:
    """The font size (to half a point) that most characters have."""
    weights: dict[float, int] = {}
    for word in words:
        size = round(word.size * 2) / 2
        weights[size] = weights.get(size, 0) + len(word.text)
    return max(weights, key=lambda size: (weights[size], size))


def join_sign(before: str, after: str, *, near: bool = True) -> str:
    """What stands between two neighbours: nothing between Chinese characters, else a space."""
    return "" if near and is_wide(before[-1:]) and is_wide(after[:1]) else " "


def cell_text(words: Sequence[Word]) -> str:
    """The words of one cell, line after line."""
    return " ".join(Line(tuple(row)).text for row in _rows(words))


def sections(words: Sequence[Word]) -> list[Section]:
    """Columns and tables of a page in reading order."""
    rows = _rows(words)
    found: list[Section] = []
    plain: list[list[Word]] = []
    at = 0
    while at < len(rows):
        end, gaps = _run(rows, at)
        made = _columns(rows[at:end], gaps) if gaps else []
        if made:
            if plain:
                found.append(_column(plain))
                plain = []
            found += made
            at = end
        else:
            plain.append(rows[at])
            at += 1
    if plain:
        found.append(_column(plain))
    return found


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    """Words side by side, from the top down; a row is as tall as its tallest first word."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda one: (one.top + one.bottom) / 2):
        for row in reversed(rows[-4:]):
            shared = min(row[0].bottom, word.bottom) - max(row[0].top, word.top)
            if shared > 0.5 * min(row[0].height, word.height):
                row.append(word)
                break
        else:
            rows.append([word])
    return [sorted(row, key=lambda one: one.left) for row in rows]


def _gaps(row: list[Word]) -> list[Gap]:
    """Wide white stretches inside a row, and the endless ones at its sides."""
    size = median(word.height for word in row)
    found: list[Gap] = [(float("-inf"), row[0].left)]
    right = row[0].right
    for word in row[1:]:
        if word.left - right > max(0.9 * size, 6.0):
            found.append((right, word.left))
        right = max(right, word.right)
    found.append((right, float("inf")))
    return found


def _run(rows: list[list[Word]], start: int) -> tuple[int, list[Gap]]:
    """The longest run of rows from `start` that share inner gaps, and those gaps."""
    if len(_gaps(rows[start])) < 3:
        return start + 1, []
    shared = _gaps(rows[start])
    end = start + 1
    while end < len(rows):
        before, row = rows[end - 1], rows[end]
        height = median(word.height for word in row)
        if min(word.top for word in row) - max(word.bottom for word in before) > 3.5 * height:
            break
        narrowed = _intersection(shared, _gaps(row), 0.5 * height)
        if len(_inner(narrowed)) < 1 or (len(_inner(narrowed)) < len(_inner(shared)) and end - start >= 3):
            break
        shared = narrowed
        end += 1
    return end, _inner(shared)


def _inner(gaps: list[Gap]) -> list[Gap]:
    return [gap for gap in gaps if gap[0] != float("-inf") and gap[1] != float("inf")]


def _intersection(first: list[Gap], second: list[Gap], width: float) -> list[Gap]:
    found = []
    for left, right in first:
        for other_left, other_right in second:
            low, high = max(left, other_left), min(right, other_right)
            if high - low > max(width, 3.0):
                found.append((low, high))
    return found


def _columns(rows: list[list[Word]], gaps: list[Gap]) -> list[Section]:
    """The run as columns of prose or as a table; [] where it is neither."""
    edges = [(left + right) / 2 for left, right in gaps]
    grid = [_split(row, edges) for row in rows]
    both = [row for row in grid if sum(bool(cell) for cell in row) > 1]
    if len(both) < _MIN_TABLE_ROWS or _is_list(grid):
        return []
    if _is_prose(grid):
        if len(both) < _MIN_COLUMN_ROWS:
            return []
        sides = [[word for row in grid for word in row[number]] for number in range(len(edges) + 1)]
        return [section for side in sides if side for section in sections(side)]
    if len(both) < 0.5 * len(grid):
        return []
    cells = tuple(tuple(Line(tuple(cell)).text if cell else "" for cell in row) for row in grid)
    return [Grid(cells, min(word.top for word in rows[0]))]


def _split(row: list[Word], edges: list[float]) -> list[list[Word]]:
    cells: list[list[Word]] = [[] for _ in range(len(edges) + 1)]
    for word in row:
        cells[sum(word.left > edge for edge in edges)].append(word)
    return cells


def _is_list(grid: list[list[list[Word]]]) -> bool:
    """A column of nothing but bullets and numbers belongs to the text at its right."""
    first = [row[0] for row in grid if row[0]]
    return all(len(cell) == 1 and _MARKER.fullmatch(cell[0].text) for cell in first) and len(grid[0]) == 2


def _is_prose(grid: list[list[list[Word]]]) -> bool:
    """Whether the columns' lines fill them, as running text does and the cells of a table do not."""
    filled = 0
    sides = range(len(grid[0]))
    for number in sides:
        cells = [row[number] for row in grid if row[number]]
        if not cells:
            continue
        width = max(cell[-1].right for cell in cells) - min(cell[0].left for cell in cells)
        size = median(cell[0].size for cell in cells)
        full = sum(cell[-1].right - cell[0].left > 0.75 * width for cell in cells)
        letters = sum(len(word.text) for cell in cells for word in cell) / len(cells)
        wide = sum(is_wide(word.text[:1]) for cell in cells for word in cell) > 0
        filled += full > 0.55 * len(cells) and width > 9 * size and letters > (8 if wide else 16)
    return filled >= 2 and filled >= len(sides) - 1


def _column(rows: list[list[Word]]) -> Column:
    return Column(tuple(Line(tuple(row)) for row in rows))


def is_wide(sign: str) -> bool:
    """Whether it is written without spaces around it: Chinese, Japanese, wide punctuation."""
    return bool(sign) and ("\u2e80" <= sign <= "\u9fff" or "\uff00" <= sign <= "\uffef" or "\uf900" <= sign <= "\ufaff")
