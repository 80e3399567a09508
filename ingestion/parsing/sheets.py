"""Spreadsheets (XLSX, XLSM, XLSB, XLS, ODS): each sheet a page, each block of filled cells on it a table."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from typing import Any

from ingestion.parsing.markdown import Blocks, one_line
from ingestion.parsing.model import Draft, Source
from ingestion.parsing.office_properties import title_of
from ingestion.parsing.regions import regions
from ingestion.parsing.relations import Package
from ingestion.parsing.sheet_comments import comments_by_sheet
from retrieval.errors import RejectedError

_MIDNIGHT = dt.time()
_FILLED = re.compile(rb'<(?:\w+:)?c (?:[^>]*? )?r="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>')
_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xls": "application/vnd.ms-excel",
}


def parse_sheets(source: Source) -> Draft:
    """Every sheet with a cell in it; dates in ISO form, merged cells repeated.

    Raises:
        RejectedError: damaged, protected by a password, or a sheet wider or larger than the limits.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    package = Package(source, "spreadsheet") if zipfile.is_zipfile(source.path) else None
    if package:
        _check_extent(package, source)
    try:
        book = CalamineWorkbook.from_path(str(source.path))
    except PasswordError as error:
        raise RejectedError(f"{source.filename} is protected by a password") from error
    except (CalamineError, OSError, ValueError) as error:
        raise source.broken("spreadsheet") from error
    names = [meta.name for meta in book.sheets_metadata if "WorkSheet" in str(meta.typ)] or book.sheet_names
    source.check_pages(len(names), "sheets")
    comments = comments_by_sheet(package) if package else {}
    pages, warnings = [], []
    for number, name in enumerate(names, 1):
        source.progress("sheet", number, len(names))
        try:
            page = _page(book.get_sheet_by_name(name), name, source, comments.get(name, []))
        except CalamineError:
            warnings.append(f"sheet {name} cannot be read")
            continue
        if page:
            pages.append(page)
    if not pages:
        raise RejectedError(f"{source.filename} has no filled cell")
    kind = "xls" if package is None else "ods" if "content.xml" in package.archive else "xlsx"
    title = title_of(package) if package else ""
    return Draft(title, tuple(pages), _MEDIA[kind], paged=True, warnings=tuple(warnings))


def _check_extent(package: Package, source: Source) -> None:
    """Refuse sheets whose filled cells span too much, before a reader makes room for all of it."""
    for name in package.archive.names:
        if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
            continue
        places = {(found[1], int(found[2])) for found in _FILLED.finditer(package.archive.read(name))}
        if not places:
            continue
        columns = {_number(letters) for letters, _ in places}
        rows = {row for _, row in places}
        width = max(columns) - min(columns) + 1
        source.check_columns(width, "a sheet")
        source.check_cells(width * (max(rows) - min(rows) + 1), "a sheet")


def _number(letters: bytes) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _page(sheet: Any, name: str, source: Source, comments: list[str]) -> str:
    if sheet.start is None:
        return ""
    top, left = sheet.start
    bottom, right = sheet.end
    source.check_columns(right - left + 1, f"sheet {name}")
    source.check_cells((bottom - top + 1) * (right - left + 1), f"sheet {name}")
    cells: dict[tuple[int, int], str] = {}
    for row, values in enumerate(sheet.to_python(skip_empty_area=True), top):
        for column, value in enumerate(values, left):
            if text := shown(value):
                cells[row, column] = text
    for first, last in sheet.merged_cell_ranges or []:
        _repeat(cells, first, last, source.limits.cells)
    blocks = Blocks()
    blocks.heading(2, name)
    for region in regions(cells):
        blocks.table(region)
    for comment in comments:
        blocks.paragraph(comment)
    return blocks.text() if cells or comments else ""


def _repeat(cells: dict[tuple[int, int], str], first: tuple[int, int], last: tuple[int, int], limit: int) -> None:
    """A merged cell says the same in each of its places."""
    text = cells.get(first)
    area = (last[0] - first[0] + 1) * (last[1] - first[1] + 1)
    if text and area <= min(limit, 10_000):
        for row in range(first[0], last[0] + 1):
            for column in range(first[1], last[1] + 1):
                cells.setdefault((row, column), text)


def shown(value: Any) -> str:
    """A cell's value as a person would write it: no ".0", dates in ISO form, booleans as TRUE and FALSE."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(round(value, 12))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == _MIDNIGHT else value.isoformat(" ", "seconds")
    if isinstance(value, dt.time):
        return value.isoformat("seconds")
    return "" if value is None else str(value)
