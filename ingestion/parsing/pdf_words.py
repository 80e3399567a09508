"""The words of a PDF page with their places, turned so that the text stands upright."""

from __future__ import annotations

import ctypes
from collections import Counter
from dataclasses import dataclass
from math import atan2, hypot, pi
from typing import Any

_HYPHEN = 0x02
"""PDFium writes this for a hyphen at a line's end."""

_SAMPLE = 400
_BOLD = 600


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without a gap; `top` is smaller than `bottom`, in points from the upper left corner."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool

    @property
    def height(self) -> float:
        """How tall its line is."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class _Glyph:
    sign: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool


def words_of(page: Any) -> tuple[list[Word], int]:
    """The page's words in the order of its content, and by how many degrees (0, 90, 180, 270) its text is turned.

    `page` is a page of pypdfium2.
    """
    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        angle = _angle(textpage, count)
        glyphs = _glyphs(textpage, count, page.get_size(), angle, page.get_rotation())
    finally:
        textpage.close()
    return _joined(glyphs), (angle - page.get_rotation()) % 360


def _angle(textpage: Any, count: int) -> int:
    """The direction that most characters are written in, counter-clockwise in the page's own space."""
    from pypdfium2 import raw

    step = max(count // _SAMPLE, 1)
    turns: Counter[int] = Counter()
    matrix = raw.FS_MATRIX()
    for index in range(0, count, step):
        if raw.FPDFText_GetUnicode(textpage, index) > 32 and raw.FPDFText_GetMatrix(textpage, index, matrix):
            turns[round(atan2(matrix.b, matrix.a) / (pi / 2)) % 4 * 90] += 1
    return turns.most_common(1)[0][0] if turns else 0


def _glyphs(textpage: Any, count: int, size: tuple[float, float], angle: int, rotation: int) -> list[_Glyph]:
    from pypdfium2 import raw

    width, height = size if rotation in (0, 180) else size[::-1]
    box, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    glyphs: list[_Glyph] = []
    high = 0
    for index in range(count):
        code = raw.FPDFText_GetUnicode(textpage, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00
        high = 0
        if not raw.FPDFText_GetLooseCharBox(textpage, index, ctypes.byref(box)):
            continue
        left, right, top, bottom = _turned((box.left, box.right, box.top, box.bottom), width, height, angle)
        points = raw.FPDFText_GetFontSize(textpage, index)
        if raw.FPDFText_GetMatrix(textpage, index, matrix):
            points *= hypot(matrix.c, matrix.d)
        bold = raw.FPDFText_GetFontWeight(textpage, index) >= _BOLD
        sign = "-" if code == _HYPHEN else chr(code)
        glyphs.append(_Glyph(sign, left, right, top, bottom, points or bottom - top, bold))
    return glyphs


def _turned(
    box: tuple[float, float, float, float], width: float, height: float, angle: int
) -> tuple[float, float, float, float]:
    """A box (left, right, top, bottom; y upwards) as it is on a page turned upright (y downwards)."""
    left, right, top, bottom = box
    if angle == 90:
        return bottom, top, left, right
    if angle == 180:
        return width - right, width - left, bottom, top
    if angle == 270:
        return height - top, height - bottom, width - right, width - left
    return left, right, height - top, height - bottom


def _joined(glyphs: list[_Glyph]) -> list[Word]:
    """Glyphs that follow each other without a gap on one line, as words."""
    words: list[Word] = []
    run: list[_Glyph] = []
    for glyph in glyphs:
        blank = not glyph.sign.strip() or glyph.sign in "\ufffe\uffff\0"
        if run and (blank or _apart(run[-1], glyph)):
            words.append(_word(run))
            run = []
        if not blank:
            run.append(glyph)
    if run:
        words.append(_word(run))
    return _without_shadows(words)


def _apart(before: _Glyph, after: _Glyph) -> bool:
    size = max(before.size, after.size, 1.0)
    same_line = min(before.bottom, after.bottom) - max(before.top, after.top) > 0.4 * min(
        before.bottom - before.top, after.bottom - after.top
    )
    return not same_line or after.left - before.right > 0.18 * size or before.left - after.left > 0.5 * size


def _word(run: list[_Glyph]) -> Word:
    return Word(
        text="".join(glyph.sign for glyph in run),
        left=min(glyph.left for glyph in run),
        right=max(glyph.right for glyph in run),
        top=min(glyph.top for glyph in run),
        bottom=max(glyph.bottom for glyph in run),
        size=max(glyph.size for glyph in run),
        bold=sum(glyph.bold for glyph in run) * 2 > len(run),
    )


def _without_shadows(words: list[Word]) -> list[Word]:
    """The same word printed twice on nearly the same place makes bold letters, not two words."""
    seen: set[tuple[str, int, int]] = set()
    kept = []
    for word in words:
        place = (word.text, round(word.left / 2), round(word.top / 2))
        if place not in seen:
            seen.add(place)
            kept.append(word)
    return kept
