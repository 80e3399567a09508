"""From lines in reading order to paragraphs, headings and list items."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingestion.parsing.headings import rank_of
from ingestion.parsing.markdown import Blocks, one_line
from ingestion.parsing.pdf_layout import Column, Grid, Line, Section, is_wide, join_sign
from ingestion.parsing.pdf_words import Word

_BULLET = re.compile(r"^([•◦▪■●○‣∙·➢✓\uf0b7]|[–—*-](?=\s))\s*(?=\S)")
_NUMBERED = re.compile(r"^(\d{1,3}[.)]|[a-z][.)]|[（(]\d{1,2}[)）]|\d{1,2}、)\s+(?=\S)")
_SECTION = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2}){0,4}\.?|[A-Z]\.|[IVX]{1,5}\.|Appendix [A-Z]|附录\s?[A-Z]?)\s+\S")
_ENDS = re.compile(r"[.!?:;。！？：；…]['\"”’)）]?$")
_HYPHEN = re.compile(r"[^\W\d_]-$")
_MAX_HEADING = 160
_MAX_LEVELS = 4


@dataclass(frozen=True, slots=True)
class Scale:
    """The sizes of a document: `body` is running text, `headings` larger ones from the largest on."""

    body: float
    headings: tuple[float, ...]

    def level(self, size: float) -> int:
        """The heading level of a size: 1 for the largest; 0 for running text."""
        return next((number for number, known in enumerate(self.headings, 1) if size >= known - 0.25), 0)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with rules around its cells, and where it begins."""

    rows: tuple[tuple[str, ...], ...]
    top: float


def scale_of(pages: Sequence[Sequence[Word]]) -> Scale:
    """The scale of a whole document: most characters are running text; what is clearly larger are headings."""
    weights: Counter[float] = Counter()
    for words in pages:
        for word in words:
            weights[round(word.size * 2) / 2] += len(word.text)
    if not weights:
        return Scale(10.0, ())
    body = weights.most_common(1)[0][0]
    larger = sorted((size for size, count in weights.items() if size >= 1.12 * body and count > 2), reverse=True)
    levels: list[float] = []
    for size in larger:
        if not levels or levels[-1] - size >= 0.75:
            levels.append(size)
        else:
            levels[-1] = size
    return Scale(body, tuple(levels[:_MAX_LEVELS]))


def write_page(parts: Sequence[Section | Table], scale: Scale) -> str:
    """A page's parts as Markdown."""
    blocks = Blocks()
    for part in parts:
        if isinstance(part, Column):
            for paragraph in _paragraphs(part.lines):
                _write(blocks, paragraph, scale)
        elif isinstance(part, Grid | Table):
            blocks.table(part.rows)
    return blocks.text()


def _paragraphs(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that belong together."""
    if not lines:
        return []
    spacing = median([after.top - before.top for before, after in pairwise(lines)] or [0.0])
    right, left = max(line.right for line in lines), min(line.left for line in lines)
    found = [[lines[0]]]
    for before, line in pairwise(lines):
        if _begins(before, line, spacing, (left, right)):
            found.append([line])
        else:
            found[-1].append(line)
    return found


def _begins(before: Line, line: Line, spacing: float, edges: tuple[float, float]) -> bool:
    """Whether `line` begins a new paragraph."""
    height = line.bottom - line.top
    step = line.top - before.top
    left, right = edges
    width = max(right - left, 1.0)
    short = before.right < right - 0.2 * width
    roomy = right - before.right > max(_first_width(line) + 0.5 * line.size, 0.15 * width)
    return (
        abs(line.size - before.size) > 0.06 * line.size + 0.4
        or (line.bold != before.bold and (short or line.bold))
        or step > max(1.35 * min(spacing, 1.6 * height), 1.25 * height)
        or step < -height
        or bool(_BULLET.match(line.text) or _NUMBERED.match(line.text))
        or roomy
        or (short and bool(_ENDS.search(before.text)))
        or (short and line.left > left + 1.2 * line.size and before.left < line.left)
        or rank_of(line.text) > 0
        or rank_of(before.text) > 0
    )


def _first_width(line: Line) -> float:
    """How wide the first word is: where it had room on the line before, that line was ended on purpose."""
    word = line.words[0].text
    return line.size if is_wide(word[0]) else (line.right - line.left) * len(line.text.split()[0]) / len(line.text)


def _write(blocks: Blocks, lines: list[Line], scale: Scale) -> None:
    text = one_line(_joined(lines))
    level = _heading_level(lines, text, scale)
    if level:
        blocks.heading(level, text)
        return
    if bullet := _BULLET.match(text):
        blocks.item(0, "-", text[bullet.end() :])
    elif number := _NUMBERED.match(text):
        marker = number[1] if re.fullmatch(r"\d+[.)]", number[1]) else f"- {number[1]}"
        blocks.item(0, marker, text[number.end() :])
    else:
        blocks.paragraph(text)


def _heading_level(lines: list[Line], text: str, scale: Scale) -> int:
    """1 to 6, or 0 for running text: by size, by bold print that stands alone, or by its words (第三章)."""
    if len(text) > _MAX_HEADING or not re.search(r"[^\W\d_]", text) or len(lines) > 4:
        return 0
    by_size = scale.level(min(line.size for line in lines))
    if by_size and not _BULLET.match(text):
        return by_size
    below = min(len(scale.headings) + 1, 5)
    if rank := rank_of(text):
        return min(rank + len(scale.headings), 6)
    alone = (
        all(line.bold for line in lines) and len(lines) <= 2 and not text.endswith((".", "。", ",", "，", ";", "；"))
    )
    if alone and lines[0].size >= scale.body - 0.5 and not _BULLET.match(text) and len(text) <= 100:
        depth = len(re.findall(r"\d+", text.split(maxsplit=1)[0])) if _SECTION.match(text) else 1
        return min(below + max(depth, 1) - 1, 6)
    return 0


def _joined(lines: list[Line]) -> str:
    """Lines as one text; a word that was divided at a line's end is whole again."""
    text = lines[0].text
    for line in lines[1:]:
        following = line.text
        if (_HYPHEN.search(text) and following[:1].islower()) or text.endswith("\u00ad"):
            text = text[:-1] + following
        else:
            text += join_sign(text, following) + following
    return text
