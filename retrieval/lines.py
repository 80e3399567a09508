"""What kind of line a sentence of a passage stands on, and how it reads outside its document."""

from __future__ import annotations

import re
from typing import Literal

LineKind = Literal["text", "heading", "step", "bullet", "field", "row", "rule", "message"]

_HEADING = re.compile(r"\s*#{1,6}\s+")
_RULE = re.compile(r"\s*(?:\|(?:\s*:?-+:?\s*\|)+|[\s:|-]*-{3,}[\s:|-]*|[*_-]{3,})\s*\Z")
_ROW = re.compile(r"\s*\|.*\|\s*\Z")
_STEP = re.compile(r"\s*(?:\d{1,2}[.)、]|[(（]\d{1,2}[)）]|第[一二三四五六七八九十]步)\s*\S")
_BULLET = re.compile(r"\s*[-*+•]\s+\S")
_FIELD = re.compile(
    r"\s*(?:[-*+•]\s+)?(?:\*\*)?(?P<name>(?!\d{4}-)[^\s:：|。.!?][^:：|。!?\n]{0,48}?)(?:\*\*)?\s*[:：](?:\*\*)?\s*(?P<value>\S.*)\Z"
)
_MESSAGE = re.compile(
    r"\s*\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?\s+(?P<speaker>[^\s:：|][^:：|\n]{0,60}?)\s*[:：]\s*\S"
)
"""A line of a thread: when, who, what."""
_GOES_ON = re.compile(r"[.!?]\s+[A-Z]|[。！？].*[。！？]")
"""Several sentences: prose with a colon in it, not a field."""
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_EMPHASIS = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")


def line_kind(line: str) -> LineKind:
    """The kind of one line; "rule" for lines that only separate."""
    if _RULE.match(line):
        return "rule"
    if _HEADING.match(line):
        return "heading"
    if _ROW.match(line):
        return "row"
    if _STEP.match(line):
        return "step"
    bullet = _BULLET.match(line) is not None
    if _MESSAGE.match(line):
        return "message"
    field = _FIELD.match(line)
    if field and not field["value"].startswith("//") and (bullet or not _GOES_ON.search(line)):
        return "field"
    return "bullet" if bullet else "text"


def speaker_of(line: str) -> str:
    """Who speaks on a line of the kind "message"; "" for other lines."""
    found = _MESSAGE.match(line)
    return found["speaker"] if found else ""


def line_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Start and end of the line or lines on which text[start:end] stands."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    return first, last if last >= 0 else len(text)


def plain(text: str) -> str:
    """Markdown as it reads: no links, emphasis, heading marks or bullets; white space made one."""
    without = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", text))
    without = re.sub(r"\A\s*(?:#{1,6}|[-*+•])\s+", "", without)
    return " ".join(without.replace("\\|", "|").split())


def cells(row: str) -> list[str]:
    """The cells of a table row, in order."""
    return [plain(cell) for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def header_of(text: str, at: int) -> list[str]:
    """The column names of the table whose row begins at `at`; [] where none can be seen."""
    above = text[:at].splitlines()
    first = ""
    for line in reversed(above):
        if not _ROW.match(line):
            break
        first = line
    seen = first and not _RULE.match(first) and any(_RULE.match(line) for line in above[-60:])
    return cells(first) if seen else []


def row_as_fields(row: str, names: list[str]) -> str:
    """A table row in words: "Model: X-200, Price: 990 EUR"; its cells alone where the columns have no names."""
    values = cells(row)
    if len(names) != len(values):
        return ", ".join(value for value in values if value)
    pairs = (f"{name}: {value}" if name else value for name, value in zip(names, values, strict=True) if value)
    return ", ".join(pairs)
