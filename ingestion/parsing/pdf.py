"""PDF: text in reading order with headings and tables; pages without text are read by OCR."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ingestion.parsing.markdown import one_line
from ingestion.parsing.model import Draft, Source
from ingestion.parsing.ocr import Reader
from ingestion.parsing.pdf_blocks import Table, scale_of, write_page
from ingestion.parsing.pdf_layout import Column, Line, Section, cell_text, sections
from ingestion.parsing.pdf_tables import Box, RuledTable, RuledTables
from ingestion.parsing.pdf_words import Word, words_of
from retrieval.errors import RejectedError

_TAIL_BYTES = 65_536
_FEW_LETTERS = 12
_OCR_DPI = 200
_MAX_PIXELS = 3500
_EDGE = 0.09
_MIN_REPEATS = 3
_MIN_FILLED = 2
_UNTITLED = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel)\b.*|untitled.*|.*\.(?:docx?|pptx?|xlsx?|indd|tex|pdf|odt)|.{0,2}|\W*)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Page:
    """What was read of one page; `text` only where it came from OCR."""

    words: list[Word]
    tables: list[RuledTable]
    height: float
    text: str = ""


def parse_pdf(source: Source) -> Draft:
    """Every page of the file.

    Raises:
        RejectedError: encrypted, cut off, damaged, too many pages, or without any text.
    """
    document = _open(source)
    try:
        count = len(document)
        source.check_pages(count)
        if not count:
            raise source.broken("PDF")
        warnings: list[str] = []
        pages = _read(document, source, warnings)
        title = one_line(document.get_metadata_value("Title") or "")
    finally:
        document.close()
    _drop_furniture(pages)
    scale = scale_of([page.words for page in pages])
    texts = tuple(page.text or write_page(_parts(page), scale) for page in pages)
    return Draft("" if _UNTITLED.fullmatch(title) else title, texts, "application/pdf", True, tuple(warnings))


def _open(source: Source) -> Any:
    import pypdfium2

    with source.path.open("rb") as file:
        file.seek(max(source.path.stat().st_size - _TAIL_BYTES, 0))
        if b"%%EOF" not in file.read():
            raise RejectedError(f"{source.filename} is cut off: the end of the PDF is missing")
    try:
        return pypdfium2.PdfDocument(source.path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise RejectedError(f"{source.filename} is encrypted: upload it without its password") from error
        raise source.broken("PDF") from error


def _read(document: Any, source: Source, warnings: list[str]) -> list[_Page]:
    import pypdfium2

    tables = RuledTables(str(source.path))
    reader = Reader()
    pages: list[_Page] = []
    count = len(document)
    try:
        for number in range(count):
            source.progress("page", number + 1, count)
            try:
                page = document[number]
            except pypdfium2.PdfiumError:
                warnings.append(f"page {number + 1} is damaged")
                pages.append(_Page([], [], 0.0))
                continue
            pages.append(_page(page, number, tables, reader))
            page.close()
    finally:
        tables.close()
    if len(warnings) == count:
        raise source.broken("PDF")
    return pages


def _page(page: Any, number: int, tables: RuledTables, reader: Reader) -> _Page:
    words, turned = words_of(page)
    height = float(page.get_size()[1 if turned in (0, 180) else 0])
    letters = sum(len(re.findall(r"\w", word.text)) for word in words)
    if (letters < _FEW_LETTERS and _has_pictures(page)) or _is_gibberish(words):
        text = reader.read(_render(page))
        if len(text) > letters:
            return _Page([], [], height, text)
    return _Page(words, tables.on(page, number) if words and not turned else [], height)


def _has_pictures(page: Any) -> bool:
    from pypdfium2 import raw

    kinds = [raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING]
    return next(iter(page.get_objects(filter=kinds, max_depth=6)), None) is not None


def _is_gibberish(words: list[Word]) -> bool:
    """Whether the file does not say which characters its glyphs are: half of them unknown or for private use."""
    text = "".join(word.text for word in words)
    strange = sum(sign == "\ufffd" or "\ue000" <= sign <= "\uf8ff" or ord(sign) < 32 for sign in text)
    return len(text) > _FEW_LETTERS and strange > 0.5 * len(text)


def _render(page: Any) -> Any:
    width, height = page.get_size()
    scale = min(_OCR_DPI / 72, _MAX_PIXELS / max(width, height, 1))
    bitmap = page.render(scale=scale)
    image = bitmap.to_pil().convert("RGB")
    bitmap.close()
    return image


def _parts(page: _Page) -> list[Section | Table]:
    """The page from the top down: text between tables is laid out on its own."""
    parts: list[Section | Table] = []
    rest = page.words
    for table in sorted(page.tables, key=lambda one: one.top):
        inside = [word for word in rest if _inside(word, (table.left, table.top, table.right, table.bottom))]
        rows = _cells(table, inside)
        if sum(bool(value) for row in rows for value in row) < _MIN_FILLED:
            continue
        gone = {id(word) for word in inside}
        above = [word for word in rest if (word.top + word.bottom) / 2 < table.top and id(word) not in gone]
        gone |= {id(word) for word in above}
        rest = [word for word in rest if id(word) not in gone]
        parts += sections(above)
        parts.append(Table(rows, table.top))
    return parts + sections(rest)


def _cells(table: RuledTable, words: list[Word]) -> tuple[tuple[str, ...], ...]:
    """The table's cells with their words; columns that are empty everywhere are left out."""
    rows = [
        [cell_text([word for word in words if box and _inside(word, box)]) if box else "" for box in row]
        for row in table.rows
    ]
    width = max(len(row) for row in rows)
    kept = [number for number in range(width) if any(number < len(row) and row[number] for row in rows)]
    return tuple(tuple(row[number] if number < len(row) else "" for number in kept) for row in rows if any(row))


def _inside(word: Word, box: Box) -> bool:
    left, top, right, bottom = box
    return left <= (word.left + word.right) / 2 <= right and top <= (word.top + word.bottom) / 2 <= bottom


def _drop_furniture(pages: Sequence[_Page]) -> None:
    """Running heads, feet and page numbers: lines at the edge that stand on most pages, digits aside."""
    edges = [_edge_lines(page) for page in pages]
    counted = Counter(key for lines in edges for key in {key for key, _ in lines})
    enough = max(_MIN_REPEATS, 0.5 * sum(bool(page.words) for page in pages))
    for page, lines in zip(pages, edges, strict=True):
        gone = {id(word) for key, line in lines if counted[key] >= enough for word in line.words}
        page.words = [word for word in page.words if id(word) not in gone]


def _edge_lines(page: _Page) -> list[tuple[str, Line]]:
    edge = [word for word in page.words if word.bottom < _EDGE * page.height or word.top > (1 - _EDGE) * page.height]
    return [
        (re.sub(r"\d+|\b[ivxlc]+\b", "#", line.text), line)
        for section in sections(edge)
        if isinstance(section, Column)
        for line in section.lines
    ]
