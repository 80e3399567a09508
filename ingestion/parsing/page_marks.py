"""Where words that were cited stand on a page: pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingestion.parsing.pdf_words import Word

_SHORTEST = 3
"""A piece with fewer letters is marked only as part of a longer one."""
_SPLIT = re.compile(r"[\n|]+")


@dataclass(frozen=True, slots=True)
class Box:
    """A part of one line, as shares of the page's width and height."""

    left: float
    top: float
    width: float
    height: float


def boxes_of(words: Sequence[Word], size: tuple[float, float], before: str, quote: str) -> list[Box]:
    """The boxes of `quote` on a page of `size` (points), which its text has behind `before`; [] where not found.

    Letters and digits alone are compared: the quote is Markdown, and lines are broken elsewhere.
    """
    page, owners = _letters(words)
    found: set[int] = set()
    for start, end in _places(page, _folded(before), quote):
        found.update(owners[start:end])
    return [_box(group, size) for group in _lines([words[at] for at in sorted(found)])]


def _letters(words: Sequence[Word]) -> tuple[str, list[int]]:
    """All letters and digits of the page, and for each the number of its word."""
    letters, owners = [], []
    for at, word in enumerate(words):
        folded = _folded(word.text)
        letters.append(folded)
        owners += [at] * len(folded)
    return "".join(letters), owners


def _folded(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def _places(page: str, before: str, quote: str) -> Iterator[tuple[int, int]]:
    """Where the quote stands: as a whole (counting those before it), else its pieces one after the other."""
    whole = _folded(quote)
    if not whole:
        return
    at = _nth(page, whole, before.count(whole))
    if at >= 0:
        yield at, at + len(whole)
        return
    after = 0
    for piece in _SPLIT.split(quote):
        for start, end in _pieces(page, piece, after):
            after = end
            yield start, end


def _nth(page: str, wanted: str, skipped: int) -> int:
    """The place of the occurrence behind `skipped` others, or of the last one; -1 for none."""
    at = page.find(wanted)
    for _ in range(skipped):
        following = page.find(wanted, at + 1)
        if at < 0 or following < 0:
            break
        at = following
    return at


def _pieces(page: str, piece: str, after: int) -> Iterator[tuple[int, int]]:
    """Where a piece stands behind `after` (or anywhere); one that is not found is halved."""
    wanted = _folded(piece)
    if len(wanted) < _SHORTEST:
        return
    at = page.find(wanted, after)
    at = page.find(wanted) if at < 0 else at
    if at >= 0:
        yield at, at + len(wanted)
        return
    words = piece.split()
    middle = len(words) // 2
    if middle:
        for half in (" ".join(words[:middle]), " ".join(words[middle:])):
            for start, end in _pieces(page, half, after):
                after = end
                yield start, end


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    """Words that follow each other on one line together."""
    groups: list[list[Word]] = []
    for word in words:
        last = groups[-1][-1] if groups else None
        shared = min(last.bottom, word.bottom) - max(last.top, word.top) if last else 0.0
        follows = last is not None and -last.height < word.left - last.right < 3 * last.height
        if follows and shared > word.height / 2:
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _box(words: Sequence[Word], size: tuple[float, float]) -> Box:
    width, height = max(size[0], 1.0), max(size[1], 1.0)
    left, right = min(one.left for one in words), max(one.right for one in words)
    top, bottom = min(one.top for one in words), max(one.bottom for one in words)
    shares = (left / width, top / height, (right - left) / width, (bottom - top) / height)
    return Box(*(round(min(max(share, 0.0), 1.0), 5) for share in shares))
