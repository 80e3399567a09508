"""The sentences of a passage with their places: prose, list items, table rows and fields, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.lines import line_kind

_LINE = re.compile(r"[^\n\f\v\r]+")
_END = re.compile(
    r"[.!?]+[\"'”’)\]*]*(?=\s+[\"'“‘(\[*]*[^\Wa-z]|\s+[\u3400-\u9fff])|[。！？；…]+[”’」』）】\"]*",
)
_NOT_AN_END = re.compile(
    r"(?i:\b(?:e\.g|i\.e|etc|vs|no|nos|approx|ext|mr|mrs|ms|dr|st|inc|ltd|co|fig|min|max|art|sec|p|pp|u\.s|jr|sr))\Z"
    r"|(?:\A|\s)[A-Z]\Z|(?:\A|\n)\s*\d{1,2}\Z"
)
_LONGEST = 600
"""A longer sentence (a text without punctuation) is cut at white space."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """text[start:end], without white space around it; never blank."""

    start: int
    end: int


def sentences(text: str) -> list[Sentence]:
    """The sentences of `text` in order, without overlaps; together they hold all of it but white space.

    A sentence never spans lines: wrapped prose gives one per line, a table row, a list item and a field stay whole.
    """
    found: list[Sentence] = []
    for line in _LINE.finditer(text):
        for start, end in _within(line[0]):
            _add(found, text, line.start() + start, line.start() + end)
    return found


def _within(line: str) -> Iterator[tuple[int, int]]:
    """The sentences of one line; rows and rules are not cut."""
    if line_kind(line) in {"row", "rule", "heading"}:
        yield 0, len(line)
        return
    start = 0
    for match in _END.finditer(line):
        if line[match.start()] == "." and _NOT_AN_END.search(line[start : match.start()]):
            continue
        yield start, match.end()
        start = match.end()
    yield start, len(line)


def _add(found: list[Sentence], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > _LONGEST:
        cut = _cut(text, start)
        _add(found, text, start, cut)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        found.append(Sentence(start, end))


def _cut(text: str, start: int) -> int:
    """Where to cut a text that is too long: behind the last white space or comma that fits."""
    window = text[start : start + _LONGEST]
    at = max(window.rfind(" "), window.rfind("\t"), window.rfind("，") + 1, window.rfind("、") + 1)
    return start + (at if at > _LONGEST // 2 else _LONGEST)
