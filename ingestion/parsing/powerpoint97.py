"""PowerPoint 97 to 2003 (PPT), after [MS-PPT]: the text of its records, slide by slide."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ingestion.parsing.markdown import Blocks
from ingestion.parsing.model import Draft, Source
from ingestion.parsing.ole import OleFile
from retrieval.errors import RejectedError

_DOCUMENT = 1000
_SLIDE, _NOTES, _MASTER = 1006, 1008, 1016
_LIST_WITH_TEXT, _SLIDE_PLACE = 4080, 1011
_WIDE, _NARROW, _HEADER = 4000, 4008, 3999
_TITLES = frozenset({0, 6})
_MASTERS = 1
_DEPTH = 30

Record = tuple[int, int, bytes]


def parse_ppt(source: Source) -> Draft:
    """Every slide with text: what its outline says, then its text boxes.

    Raises:
        RejectedError: encrypted or damaged.
    """
    ole = OleFile(source)
    if "EncryptedSummary" in ole.root_names:
        raise RejectedError(f"{source.filename} is protected by a password")
    data = ole.read("PowerPoint Document")
    outline: list[list[tuple[int, str]]] = []
    boxes: list[list[tuple[int, str]]] = []
    try:
        _gather(data, outline, boxes, 0)
    except struct.error as error:
        raise source.broken("presentation") from error
    pages = []
    for number in range(max(len(outline), len(boxes))):
        blocks = Blocks()
        for kind, text in [*(outline[number : number + 1] or [[]])[0], *(boxes[number : number + 1] or [[]])[0]]:
            _write(blocks, kind, text)
        pages.append(blocks.text())
    return Draft("", tuple(pages) or ("",), "application/vnd.ms-powerpoint", paged=True)


def _write(blocks: Blocks, kind: int, text: str) -> None:
    lines = [line for line in text.replace("\x0b", " ").split("\r") if line.strip()]
    if kind in _TITLES:
        blocks.heading(1, " ".join(lines))
    elif len(lines) > 1:
        for line in lines:
            blocks.item(0, "-", line)
    else:
        blocks.paragraph("\n".join(lines))


def _gather(data: bytes, outline: list[list[tuple[int, str]]], boxes: list[list[tuple[int, str]]], depth: int) -> None:
    for kind, instance, body in _records(data):
        if kind == _LIST_WITH_TEXT:
            if instance != _MASTERS and not outline:
                outline += _outlines(body)
        elif kind == _SLIDE:
            boxes.append(_texts(body, 0))
        elif kind not in {_NOTES, _MASTER} and depth < _DEPTH and kind == _DOCUMENT:
            _gather(body, outline, boxes, depth + 1)


def _outlines(data: bytes) -> list[list[tuple[int, str]]]:
    slides: list[list[tuple[int, str]]] = []
    title = 4
    for kind, _, body in _records(data):
        if kind == _SLIDE_PLACE:
            slides.append([])
        elif kind == _HEADER:
            title = struct.unpack_from("<I", body)[0]
        elif kind in {_WIDE, _NARROW} and slides:
            slides[-1].append((title, body.decode("utf-16-le" if kind == _WIDE else "latin-1", "replace")))
    return slides


def _texts(data: bytes, depth: int) -> list[tuple[int, str]]:
    """Texts of the boxes on one slide."""
    found: list[tuple[int, str]] = []
    title = 4
    for kind, _, body in _records(data):
        if kind == _HEADER:
            title = struct.unpack_from("<I", body)[0]
        elif kind in {_WIDE, _NARROW}:
            found.append((title, body.decode("utf-16-le" if kind == _WIDE else "latin-1", "replace")))
        elif depth < _DEPTH and _holds_records(kind):
            found += _texts(body, depth + 1)
    return found


def _holds_records(kind: int) -> bool:
    """Drawings and their shapes: office art containers are numbered from F000 to F004, and F00D holds text."""
    return 0xF000 <= kind <= 0xF004 or kind in {0xF00D, 1036}


def _records(data: bytes) -> Iterator[Record]:
    """Kind, instance and body of each record; what is cut off at the end is left out."""
    at = 0
    while at + 8 <= len(data):
        head, kind, size = struct.unpack_from("<HHI", data, at)
        yield kind, head >> 4, data[at + 8 : at + 8 + size]
        at += 8 + size
