"""Cuts a document into chunks that the embedding model reads whole (512 tokens), at places where a reader would cut.

Pages are never crossed. Sections stay together while they are short; long ones are cut evenly at paragraphs, else at
lines, sentences, words. Tables and code that fit a chunk are kept whole; a longer table is cut between rows, and the
column names then follow the heading of each later piece.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingestion.outline import Line, LineKind, read_lines
from retrieval.model import PAGE_BREAK, Chunk, Document
from retrieval.passage import passage_input

__all__ = ["passage_input", "split"]

_WHOLE_TOKENS = 430
"""A piece up to here stays whole: with prefix, title and heading it is still read to its end."""
_AIM_TOKENS = 370
_SECTION_TOKENS = 160
"""A chunk of this size ends before the next heading; smaller sections share one."""
_MAX_CHARACTERS = 8000
_HEADING_CHARACTERS = 300

_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*(?=\s)|[。！？；…][\"'”’」』）】]*")
_SPACE = re.compile(r"\s")
_PARAGRAPH, _LINE, _SENTENCE, _INSIDE, _WORD = range(5)


def split(document: Document) -> list[Chunk]:
    """The chunks of `document.text` in order; together they hold all of it but blank edges. [] for a blank text."""
    text = document.text
    if not text.strip():
        return []
    outline = _Outline.of(text)
    chunks: list[Chunk] = []
    for start, end in _pieces(outline):
        first, last = _trimmed(text, start, end)
        if first < last:
            chunks.append(
                Chunk(
                    number=len(chunks),
                    text=text[first:last],
                    start=first,
                    end=last,
                    heading=_heading(outline, first, last),
                    page=outline.page(first),
                )
            )
    return chunks


@dataclass(frozen=True, slots=True)
class _Outline:
    """A text with what cutting it needs: size up to each character, and the lines with their kinds."""

    text: str
    sizes: NDArray[np.uint32]
    lines: list[Line]
    breaks: NDArray[np.int64]
    headings: NDArray[np.int64]
    pages: NDArray[np.int64]
    starts: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", np.array([line.start for line in self.lines], dtype=np.int64))

    @classmethod
    def of(cls, text: str) -> _Outline:
        lines = read_lines(text)
        pages = [match.start() for match in re.finditer(PAGE_BREAK, text)]
        headings = [line.start for line in lines if line.kind is LineKind.HEADING]
        return cls(
            text=text,
            sizes=token_sizes(text),
            lines=lines,
            breaks=np.array([*pages, len(text)], dtype=np.int64),
            headings=np.array(headings, dtype=np.int64),
            pages=np.array(pages, dtype=np.int64),
        )

    def tokens(self, start: int, end: int) -> float:
        return (int(self.sizes[end]) - int(self.sizes[start])) / _UNITS

    def reach(self, start: int, tokens: float) -> int:
        """The last position to which at most `tokens` follow `start`; always after it."""
        most = int(self.sizes[start]) + int(tokens * _UNITS)
        at = int(np.searchsorted(self.sizes, np.uint32(most), side="right")) - 1
        return max(start + 1, min(at, start + _MAX_CHARACTERS))

    def page(self, at: int) -> int:
        return int(np.searchsorted(self.pages, at, side="right")) + 1 if len(self.pages) else 0

    def lines_within(self, start: int, end: int) -> Sequence[Line]:
        """The lines that start after `start` and before `end`."""
        first, last = np.searchsorted(self.starts, [start + 1, end])
        return self.lines[first:last]


def token_sizes(text: str) -> NDArray[np.uint32]:
    """Estimated tokens before each position, in units of 1/64, shape (len(text) + 1,).

    Within a fifth of what the model counts. Small numbers, as a text may have thirty million characters.
    """
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    sizes = np.zeros(len(points) + 1, dtype=np.uint32)
    np.cumsum(_WEIGHTS[np.minimum(points, len(_WEIGHTS) - 1)], dtype=np.uint32, out=sizes[1:])
    return sizes


def _weights() -> NDArray[np.uint8]:
    """Tokens per character in units of 1/64, by code point; the last entry is for all ideographs and beyond."""
    weights = np.full(0x2E80 + 1, 0.53 * _UNITS)
    weights[0xC0:] = 0.38 * _UNITS
    weights[0x2E80] = 0.77 * _UNITS
    for first in "aA":
        weights[ord(first) : ord(first) + 26] = 0.26 * _UNITS
    weights[[9, 10, 11, 12, 13, 32]] = 0.04 * _UNITS
    return weights.round().astype(np.uint8)


_UNITS = 64
_WEIGHTS = _weights()


def _pieces(outline: _Outline) -> Iterator[tuple[int, int]]:
    """Consecutive ranges from the first character to the last."""
    start = 0
    for page_end in outline.breaks.tolist():
        while start < page_end:
            end = _section_end(outline, start, page_end)
            while outline.tokens(start, end) > _WHOLE_TOKENS or end - start > _MAX_CHARACTERS:
                cut = _cut(outline, start, end)
                yield start, cut
                start = cut
            yield start, end
            start = end


def _section_end(outline: _Outline, start: int, page_end: int) -> int:
    """Where the sections that begin at `start` end: before the first heading after enough text."""
    at = int(np.searchsorted(outline.headings, start + 1))
    while at < len(outline.headings) and (heading := int(outline.headings[at])) < page_end:
        following = outline.headings[at + 1] if at + 1 < len(outline.headings) else page_end
        together = outline.tokens(start, min(int(following), page_end))
        if outline.tokens(start, heading) >= _SECTION_TOKENS or together > _WHOLE_TOKENS:
            return heading if not _is_heading_only(outline, start, heading) else _after(outline, at, page_end)
        at += 1
    return page_end


def _is_heading_only(outline: _Outline, start: int, end: int) -> bool:
    """Whether nothing but headings stands there: a heading goes with what follows it."""
    body = outline.lines_within(start - 1, end)
    return all(line.kind in {LineKind.HEADING, LineKind.BLANK} for line in body)


def _after(outline: _Outline, at: int, page_end: int) -> int:
    following = outline.headings[at + 1] if at + 1 < len(outline.headings) else page_end
    return min(int(following), page_end)


def _cut(outline: _Outline, start: int, end: int) -> int:
    """Where to cut a section that is too long for one chunk: near an even share of it, at the best place."""
    whole = outline.tokens(start, end)
    share = min(_AIM_TOKENS, whole / math.ceil(whole / _AIM_TOKENS)) if whole > _WHOLE_TOKENS else whole / 2
    aim = outline.reach(start, share)
    first = outline.reach(start, share * 0.6)
    last = min(outline.reach(start, min(_WHOLE_TOKENS, share * 1.25)), end)
    places = _places(outline, start, first, last)
    if not places:
        return last
    best = min(rank for rank, _ in places)
    return min((abs(at - aim), at) for rank, at in places if rank == best)[1]


def _places(outline: _Outline, start: int, first: int, last: int) -> list[tuple[int, int]]:
    """(rank, position) of every place between `first` and `last` where a cut does little harm."""
    places = []
    for line in outline.lines_within(first - 1, last + 1):
        if line.start > start and line.kind is not LineKind.BLANK:
            inside_small = line.block_start < line.start and _fits(outline, line)
            rank = _PARAGRAPH if line.opens_block else _INSIDE if inside_small else _LINE
            places.append((rank, line.start))
    if any(rank <= _LINE for rank, _ in places):
        return places
    window = outline.text[first:last]
    places += [(_SENTENCE, first + match.end()) for match in _SENTENCE_END.finditer(window)]
    if not places:
        places = [(_WORD, first + match.end()) for match in _SPACE.finditer(window)]
    return [(rank, at) for rank, at in places if start < at <= last]


def _fits(outline: _Outline, line: Line) -> bool:
    """Whether the table or code that `line` is inside of fits a chunk."""
    return outline.tokens(line.block_start, line.block_end) <= _WHOLE_TOKENS


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _heading(outline: _Outline, start: int, end: int) -> str:
    """The path of headings that all of the range stands under; for the rest of a table its column names too."""
    first = outline.lines[max(0, int(np.searchsorted(outline.starts, start, side="right")) - 1)]
    path = first.path
    for line in outline.lines_within(start, end):
        if line.kind is LineKind.HEADING:
            path = _shared(path, line.path)
    if first.kind is LineKind.TABLE and first.block_start < first.start:
        path = (*path, first.columns)
    return " > ".join(part for part in path if part)[:_HEADING_CHARACTERS]


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    shared = []
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        shared.append(mine)
    return tuple(shared)
