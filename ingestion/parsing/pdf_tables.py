"""Tables with rules on a PDF page, found by pdfplumber."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_MIN_RULES = 4


@dataclass(frozen=True, slots=True)
class RuledTable:
    """Rows of cells, and the table's rectangle in points from the upper left corner."""

    rows: tuple[tuple[str, ...], ...]
    left: float
    top: float
    right: float
    bottom: float


class RuledTables:
    """Finds tables in one file; pdfplumber opens it only when a page has rules."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._opened: Any = None

    def on(self, page: Any, number: int) -> list[RuledTable]:
        """The tables of page `number` (from 0); `page` is the same page in pypdfium2."""
        if page.get_rotation() or _rules(page) < _MIN_RULES:
            return []
        import pdfplumber

        if self._opened is None:
            self._opened = pdfplumber.open(self._path)
        plumbed = self._opened.pages[number]
        try:
            return [made for table in plumbed.find_tables() if (made := _read(table, plumbed))]
        finally:
            plumbed.close()

    def close(self) -> None:
        """Close the file."""
        if self._opened is not None:
            self._opened.close()


def _rules(page: Any) -> int:
    """How many straight lines and rectangles the page draws; enough to tell whether it can hold a table."""
    from pypdfium2 import raw

    return sum(1 for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=4))


def _read(table: Any, page: Any) -> RuledTable | None:
    rows = [[(value or "").replace("\n", " ").strip() for value in row] for row in table.extract()]
    rows = [row for row in rows if any(row)]
    width = max((len(row) for row in rows), default=0)
    filled = sum(bool(value) for row in rows for value in row)
    left, top, right, bottom = table.bbox
    whole_page = (right - left) * (bottom - top) > 0.9 * float(page.width) * float(page.height)
    if width < 2 or filled < 3 or len(rows) < 2 or (whole_page and width < 3):
        return None
    kept = [number for number in range(width) if any(number < len(row) and row[number] for row in rows)]
    cells = tuple(tuple(row[number] if number < len(row) else "" for number in kept) for row in rows)
    return RuledTable(cells, left, top, right, bottom) if len(kept) > 1 else None
