"""Writes Markdown: blocks one after another, tables as pipes, emphasis only around whole words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPACE = re.compile(r"[^\S\n]+")
_ANY_SPACE = re.compile(r"\s+")
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\ufeff\ufffe\uffff]")
_WORD_EDGE = re.compile(r"\w")


class Blocks:
    """Collects blocks of one page; list items follow each other on lines, everything else is set apart."""

    def __init__(self) -> None:
        self._blocks: list[tuple[str, bool]] = []

    def heading(self, level: int, text: str) -> None:
        """A heading of level 1 to 6; nothing when it has no text."""
        if line := one_line(text):
            self._blocks.append((f"{'#' * min(max(level, 1), 6)} {line}", False))

    def paragraph(self, text: str) -> None:
        """A paragraph; its line breaks are kept."""
        if lines := [stripped for line in clean(text).split("\n") if (stripped := _SPACE.sub(" ", line).strip())]:
            self._blocks.append(("\n".join(lines), False))

    def item(self, level: int, marker: str, text: str) -> None:
        """A list item; `level` counts from 0, `marker` is "-" or a number with its sign."""
        if line := one_line(text):
            self._blocks.append((f"{'    ' * level}{marker} {line}", True))

    def code(self, text: str, language: str = "") -> None:
        """A fenced block, its spaces kept."""
        body = clean(text).strip("\n").rstrip()
        if body:
            fence = "````" if "```" in body else "```"
            self._blocks.append((f"{fence}{language}\n{body}\n{fence}", False))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """A table whose first row is its head."""
        if text := table(rows):
            self._blocks.append((text, False))

    def raw(self, text: str) -> None:
        """Markdown made elsewhere."""
        if text.strip():
            self._blocks.append((text.strip("\n"), False))

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def text(self) -> str:
        """All blocks as one Markdown text without a line end at its end."""
        out: list[str] = []
        before = False
        for text, item in self._blocks:
            if out:
                out.append("\n" if item and before else "\n\n")
            out.append(text)
            before = item
        return "".join(out)


def clean(text: str) -> str:
    """`text` without control characters; line ends as line feeds, other spaces kept."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n")
    return _CONTROL.sub("", text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\u00a0", " "))


def one_line(text: str) -> str:
    """`text` on one line, spaces single."""
    return _ANY_SPACE.sub(" ", clean(text)).strip()


def cell(text: str) -> str:
    """`text` as it stands in a table's cell: one line, its pipes escaped."""
    return one_line(text).replace("|", "\\|")


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a Markdown table, the first as its head; "" where no cell has text.

    Rows may differ in length. Empty rows and columns at the end are left out.
    """
    kept = [[cell(value) for value in row] for row in rows]
    while kept and not any(kept[-1]):
        kept.pop()
    width = max((number for row in kept for number, value in enumerate(row, 1) if value), default=0)
    if not width:
        return ""
    lines = ["| " + " | ".join([*row[:width], *[""] * (width - len(row))]) + " |" for row in kept]
    lines.insert(1, "|" + " - |" * width)
    return "\n".join(lines)


def emphasis(runs: Iterable[tuple[str, str]]) -> str:
    """Runs of (text, mark) joined; a mark (`**`, `*`, `~~`) is written only where it encloses whole words."""
    merged: list[tuple[str, str]] = []
    for text, mark in runs:
        if merged and (merged[-1][1] == mark or not text.strip()):
            merged[-1] = (merged[-1][0] + text, merged[-1][1])
        elif text:
            merged.append((text, mark))
    out: list[str] = []
    for number, (text, mark) in enumerate(merged):
        before = merged[number - 1][0][-1:] if number else ""
        after = merged[number + 1][0][:1] if number + 1 < len(merged) else ""
        out.append(_marked(text, mark, before, after))
    return "".join(out)


def _marked(text: str, mark: str, before: str, after: str) -> str:
    core = text.strip()
    splits = (_WORD_EDGE.match(before) and _WORD_EDGE.match(text)) or (
        _WORD_EDGE.match(after) and _WORD_EDGE.match(text[-1:])
    )
    if not mark or not core or "\n" in core or splits or not _WORD_EDGE.search(core):
        return text
    start = text.index(core[0])
    return f"{text[:start]}{mark}{core}{mark[::-1]}{text[start + len(core) :]}"


def first_heading(text: str) -> str:
    """The text of the first Markdown heading; "" where there is none."""
    found = _HEADING.search(text[:200_000])
    return re.sub(r"[*_`]{1,3}(\S.*?\S|\S)[*_`]{1,3}", r"\1", found[1]).strip() if found else ""
