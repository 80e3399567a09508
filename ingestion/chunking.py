"""`split`: a document's text into chunks that an embedding model reads whole, cut where a reader would cut.

Blocks (paragraphs, list items, tables, code) are gathered up to `MOST_TOKENS`; a heading starts a new chunk unless the
one before is still small. What is larger than a chunk by itself is cut at the ends of sentences, table rows or lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from retrieval.model import PAGE_BREAK, Chunk, Document

MOST_TOKENS = 440
"""Estimated tokens of a chunk's text at most: title and heading are embedded with it, and the model reads 512."""
SMALL_TOKENS = 100
"""A chunk below this does not end at a heading: short sections stay together."""

_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r"[ \t]*(```|~~~)")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t:|-]*-[ \t:|-]*$")
_LINE = re.compile(r"[^\n\f]*(?:\n|\f|$)")
_SENTENCE_END = re.compile(r"(?<=[.!?])[ \t\n]+|(?<=[。！？；…])[”’」』）]*|\n+")
_CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_LONGEST_HEADING = 300


@dataclass(frozen=True, slots=True)
class _Block:
    start: int
    end: int
    kind: str
    headings: tuple[str, ...]
    page: int
    table_head: str = ""


def split(document: Document) -> list[Chunk]:
    """Chunks in order; every character that is not blank is in exactly one. No chunk for a blank text."""
    text = document.text
    chunks: list[Chunk] = []
    paged = PAGE_BREAK in text
    for blocks in _gather(text, [piece for block in _blocks(text) for piece in _pieces(text, block)]):
        start, end = _trimmed(text, blocks[0].start, blocks[-1].end)
        if start < end:
            heading = _heading(blocks[0])
            page = blocks[0].page if paged else 0
            chunks.append(Chunk(len(chunks), text[start:end], start, end, heading, page))
    return chunks


def passage_input(document: Document, chunk: Chunk) -> str:
    """What is embedded for a chunk: title, path of headings, text."""
    heading = "" if chunk.heading == document.title else chunk.heading
    return "\n".join(part for part in (document.title, heading, chunk.text) if part)


def estimate_tokens(text: str) -> float:
    """Tokens of the embedding model's tokenizer, about: 0.7 per CJK character, one per 3.6 others."""
    ideographs = len(_CJK.findall(text))
    return ideographs * 0.7 + (len(text) - ideographs) / 3.6


def _blocks(text: str) -> Iterator[_Block]:
    """Blocks of Markdown that cover every line that is not blank, in order."""
    headings: list[tuple[int, str]] = []
    page = 1
    start, kind, fence = -1, "", ""
    position = 0
    while position < len(text):
        line = _LINE.match(text, position).group()  # type: ignore[union-attr]
        here, position = position, position + len(line)
        bare = line.rstrip("\n\f")
        found = _kind(bare, fence)
        if fence or found == "fence":
            fence = _fence_after(bare, fence)
        if start >= 0 and (found != kind or found in {"heading", "blank"}):
            yield _Block(start, here, kind, _path(headings), page, _table_head(text, start, here, kind))
            start = -1
        if found == "heading":
            _enter(headings, bare)
        if found != "blank" and start < 0:
            start, kind = here, found
        if line.endswith(PAGE_BREAK):
            if start >= 0:
                yield _Block(start, position, kind, _path(headings), page, _table_head(text, start, position, kind))
                start = -1
            page += 1
    if start >= 0:
        yield _Block(start, len(text), kind, _path(headings), page, _table_head(text, start, len(text), kind))


def _kind(line: str, fence: str) -> str:
    if fence or _FENCE.match(line):
        return "fence"
    if not line.strip():
        return "blank"
    if _HEADING.match(line):
        return "heading"
    return "table" if line.lstrip().startswith("|") else "text"


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open after this line, "" for none."""
    mark = _FENCE.match(line)
    if not fence:
        return mark.group(1) if mark else ""
    return "" if mark and mark.group(1) == fence else fence


def _enter(headings: list[tuple[int, str]], line: str) -> None:
    match = _HEADING.match(line)
    if match:
        level = len(match.group(1))
        while headings and headings[-1][0] >= level:
            headings.pop()
        headings.append((level, match.group(2)))


def _path(headings: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(title for _, title in headings)


def _table_head(text: str, start: int, end: int, kind: str) -> str:
    if kind != "table":
        return ""
    lines = text[start:end].strip().split("\n")
    ruled = len(lines) > 1 and _TABLE_RULE.fullmatch(lines[1])
    return " ".join(cell.strip() for cell in lines[0].strip("| \t").split("|")) if ruled else ""


def _pieces(text: str, block: _Block) -> Iterator[_Block]:
    """The block itself, or parts of it that are small enough, cut at rows, lines or sentence ends."""
    if estimate_tokens(text[block.start : block.end]) <= MOST_TOKENS:
        yield block
        return
    for number, (start, end) in enumerate(_packed(text, list(_units(text, block)))):
        head = block.table_head if number else ""
        yield _Block(start, end, block.kind, block.headings, block.page, head)


def _units(text: str, block: _Block) -> Iterator[tuple[int, int]]:
    """Spans that may not be cut, in order, without gaps: rows, lines, sentences; failing those, runs of characters."""
    cuts = [block.start]
    if block.kind in {"table", "fence"}:
        cuts += [match.end() for match in re.finditer("\n", text[block.start : block.end])]
        cuts[1:] = [block.start + cut for cut in cuts[1:]]
    else:
        cuts += [block.start + match.end() for match in _SENTENCE_END.finditer(text[block.start : block.end])]
    cuts.append(block.end)
    for start, end in pairwise(cuts):
        yield from _by_force(text, start, end)


def _by_force(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span, cut at blanks or anywhere when it is too long by itself."""
    while start < end and estimate_tokens(text[start:end]) > MOST_TOKENS:
        size = int(
            MOST_TOKENS / max(0.28, estimate_tokens(text[start : start + 2000]) / len(text[start : start + 2000]))
        )
        blank = text.rfind(" ", start + size // 2, min(end, start + size))
        cut = blank + 1 if blank > 0 else min(end, start + size)
        yield start, cut
        start = cut
    if start < end:
        yield start, end


def _packed(text: str, units: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Neighbouring units together while they fit, in parts of about equal size."""
    sizes = [estimate_tokens(text[start:end]) for start, end in units]
    parts = max(1, -(-int(sum(sizes)) // MOST_TOKENS))
    aim = sum(sizes) / parts
    begin, size = units[0][0], 0.0
    for (start, _), unit in zip(units, sizes, strict=True):
        if size and (size + unit > MOST_TOKENS or size + unit / 2 > aim):
            yield begin, start
            begin, size = start, 0.0
        size += unit
    yield begin, units[-1][1]


def _gather(text: str, blocks: list[_Block]) -> Iterator[list[_Block]]:
    """Blocks that make one chunk together."""
    group: list[_Block] = []
    size = 0.0
    for block in blocks:
        own = estimate_tokens(text[block.start : block.end])
        if group and (size + own > MOST_TOKENS or block.table_head or _section_ends(group, block, size)):
            yield group
            group, size = [], 0.0
        group.append(block)
        size += own
    if group:
        yield group


def _section_ends(group: list[_Block], block: _Block, size: float) -> bool:
    """A heading or a page begins, and what was gathered is more than headings and not small."""
    begins = block.kind == "heading" or block.page != group[-1].page
    return begins and size >= SMALL_TOKENS and any(one.kind != "heading" for one in group)


def _heading(block: _Block) -> str:
    parts = [*block.headings, *([block.table_head] if block.table_head else [])]
    return " > ".join(parts)[:_LONGEST_HEADING]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - (len(inner) - len(inner.rstrip()))
