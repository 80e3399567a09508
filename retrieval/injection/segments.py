"""Cuts a text into the sentences that are judged one by one, each with its place in the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(r"[^\n\f]+")
_END = re.compile(r"[.!?][\"'”’)\]]*(?=\s)|[。！？；][\"'”’」』）】]*|(?<=[.!?])(?=[A-Z])")
_BLANKS = " \t\r\u00a0\u3000|"
_HIDDEN = re.compile("[\u200b-\u200f\u2060-\u2064\u00ad\ufeff\U000e0000-\U000e007f]+")
_LOOKALIKES = str.maketrans("аеорсухіјѕԁԛԝһ" + "АВЕКМНОРСТХІЈЅ", "aeopcyxijsdqwh" + "ABEKMHOPCTXIJS")
_SPACED = re.compile(r"(?:(?<=\s)|^)(?:[A-Za-z\u4e00-\u9fff] {1,2}){4,}[A-Za-z\u4e00-\u9fff](?=\s|$)")
_WORD_GAP = re.compile(r" {3,}")
_NAME_JOINT = re.compile(r"(?<=[^\W\d_])[_\-+](?=[^\W\d_])|\.[a-z]{2,4}$")
"""Between the words of a file's name, and its ending."""
_LATIN = re.compile(r"[A-Za-z]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_CODE = re.compile(
    r"^(?:import |from \S+ import|def |class |return\b|for .*:$|if .*:$|while .*:$|@|#|//|\}|\{|\)|try:|except\b"
    r"|print\()"
    r"|[;{]\s*$|^\S+ ?[-+*/]?= ?\S|\w\(.*\)\s*:?$|^\s{4,}\S"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence: where it stands (`text[start:end]`), and its words in plain form.

    `plain` is NFKC without hidden characters, lookalikes and letters set apart. `whole_line` when nothing else stands
    on its line. `cell` when the line is a table's row, `code` when it looks like a program's.
    """

    start: int
    end: int
    plain: str
    hidden: bool
    whole_line: bool
    cell: bool
    code: bool


def segments(text: str) -> Iterator[Segment]:
    """The sentences of `text` in order, without blank ones; what stands inside code fences is left out."""
    fenced = False
    for line in _LINE.finditer(text):
        whole = line[0]
        if whole.lstrip(_BLANKS).startswith("```"):
            fenced = not fenced
            continue
        if fenced:
            continue
        code = _CODE.search(whole) is not None
        cell = whole.count("|") >= 2
        parts = [(0, len(whole))] if code or cell else list(_sentences(whole))
        for start, end in parts:
            raw = whole[start:end].strip(_BLANKS)
            if len(raw) > 2:
                at = line.start() + whole.index(raw, start)
                plain, hidden = plain_form(raw)
                yield Segment(at, at + len(raw), plain, hidden, len(parts) == 1, cell, code)


def _sentences(line: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _END.finditer(line):
        yield start, match.end()
        start = match.end()
    if start < len(line):
        yield start, len(line)


def plain_form(raw: str) -> tuple[str, bool]:
    """What a reader sees, and whether something was hidden from readers or made to look like other letters."""
    plain = _NAME_JOINT.sub(" ", raw) if " " not in raw else raw
    hidden = False
    if not raw.isascii():
        plain = unicodedata.normalize("NFKC", raw)
        shown = _HIDDEN.sub("", plain)
        hidden = len(plain) - len(shown) > 2
        plain = shown
        if _CYRILLIC.search(plain) and _LATIN.search(plain):
            mended = plain.translate(_LOOKALIKES)
            hidden = hidden or _CYRILLIC.search(mended) is None
            plain = mended
    if _SPACED.search(plain):
        hidden = True
        plain = " ".join(
            part.replace(" ", "") if _SPACED.search(part) or len(part) < 40 else part for part in _WORD_GAP.split(plain)
        )
    return plain, hidden
