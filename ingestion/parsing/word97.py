"""Word 97 to 2003 (DOC), after [MS-DOC]: the text through its piece table; looks are left out."""

from __future__ import annotations

import re
import struct

from ingestion.parsing.headings import rank_of
from ingestion.parsing.markdown import Blocks
from ingestion.parsing.model import Draft, Source
from ingestion.parsing.ole import OleFile
from retrieval.errors import RejectedError

_MAGIC = 0xA5EC
_ENCRYPTED = 0x0100
_SECOND_TABLE = 0x0200
_CCP_TEXT = 0x4C
_CLX = 0x01A2
_PIECE_TABLE = 0x02
_FIELD = re.compile(r"\x13[^\x13\x14\x15]*(?:\x14([^\x13\x15]*))?\x15")


def parse_doc(source: Source) -> Draft:
    """The main text, then notes; tables as rows of cells.

    Raises:
        RejectedError: encrypted, older than Word 97, or damaged.
    """
    ole = OleFile(source)
    data = ole.read("WordDocument")
    try:
        text = _text(ole, data, source)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise source.broken("Word document") from error
    pages = tuple(_page(page) for page in _without_fields(text).split("\x0c"))
    pages = tuple(page for page in pages if page) or ("",)
    return Draft("", pages, "application/msword", paged=len(pages) > 1)


def _text(ole: OleFile, data: bytes, source: Source) -> str:
    magic, version = struct.unpack_from("<HH", data, 0)
    flags = struct.unpack_from("<H", data, 10)[0]
    if flags & _ENCRYPTED:
        raise RejectedError(f"{source.filename} is protected by a password")
    if magic != _MAGIC or version < 0x00C1:
        raise RejectedError(f"{source.filename} was written by a Word older than 97, which is not supported")
    length = sum(struct.unpack_from("<8i", data, _CCP_TEXT))
    start, size = struct.unpack_from("<II", data, _CLX)
    clx = ole.read("1Table" if flags & _SECOND_TABLE else "0Table")[start : start + size]
    at = 0
    while at < len(clx) and clx[at] != _PIECE_TABLE:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    table = clx[at + 5 : at + 5 + struct.unpack_from("<I", clx, at + 1)[0]]
    count = (len(table) - 4) // 12
    places = struct.unpack_from(f"<{count + 1}I", table, 0)
    parts: list[str] = []
    for number in range(count):
        where = struct.unpack_from("<I", table, (count + 1) * 4 + number * 8 + 2)[0]
        signs = places[number + 1] - places[number]
        if where & 0x40000000:
            first = (where & 0x3FFFFFFF) // 2
            parts.append(data[first : first + signs].decode("cp1252", "replace"))
        else:
            parts.append(data[where : where + 2 * signs].decode("utf-16-le", "replace"))
    return "".join(parts)[: max(length, 0) or None]


def _without_fields(text: str) -> str:
    """What fields show instead of how they are computed, innermost first."""
    for _ in range(20):
        text, count = _FIELD.subn(lambda found: found[1] or "", text)
        if not count:
            break
    return text


def _page(text: str) -> str:
    """Paragraphs end with a carriage return, cells and rows with a bell."""
    blocks = Blocks()
    rows: list[list[str]] = []
    row: list[str] = []
    cell: list[str] = []
    for words, end in re.findall(r"([^\r\x07]*)(\r|\x07|$)", text):
        if end == "\x07":
            if words or cell or not row:
                row.append(" ".join([*cell, words]).strip())
                cell = []
            else:
                rows.append(row)
                row = []
            continue
        if row:
            cell.append(words)
            continue
        if rows:
            blocks.table(rows)
            rows = []
        _paragraph(blocks, words)
    blocks.table([*rows, row] if row else rows)
    return blocks.text()


def _paragraph(blocks: Blocks, words: str) -> None:
    rank = rank_of(words)
    if rank:
        blocks.heading(rank, words)
    else:
        blocks.paragraph(words)
