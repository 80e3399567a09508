"""Tables with rules on a PDF page, found by pdfplumber."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_MIN_RULES = 4


@dataclass(frozen=True, slots=True)
class RuledTable:
    """Rows of rectangles (None where a cell spans), in points from the upper left corner, and the table's own."""

    rows: tuple[tuple[Box | None, ...], ...]
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
        if _rules(page) < _MIN_RULES:
            return []
        import pdfplumber

        if self._opened is None:
            self._opened = pdfplumber.open(self._path)
        plumbed = self._opened.pages[number]
        try:
            return _outermost([made for table in plumbed.find_tables() if (made := _read(table, plumbed))])
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
    rows = tuple(tuple(row.cells) for row in table.rows)
    width = max((len(row) for row in rows), default=0)
    left, top, right, bottom = table.bbox
    whole_page = (right - left) * (bottom - top) > 0.9 * float(page.width) * float(page.height)
    if len(rows) < 2 or (whole_page and width < 3):
        return None
    return RuledTable(rows, left, top, right, bottom)


def _outermost(tables: list[RuledTable]) -> list[RuledTable]:
    """Without the tables that stand inside a cell of another."""
    return [
        table
        for table in tables
        if not any(
            other is not table
            and other.left - 1 <= table.left
            and other.top - 1 <= table.top
            and table.right <= other.right + 1
            and table.bottom <= other.bottom + 1
            and (other.right - other.left) * (other.bottom - other.top)
            > (table.right - table.left) * (table.bottom - table.top)
            for other in tables
        )
    ]
