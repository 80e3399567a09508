from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from retrieval.errors import RejectedError
from tests.ingestion.parsing.files import read


def workbook(fill: Callable[[Any], None]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        fill(book)
    return out.getvalue()


def test_each_sheet_is_a_page_with_its_values_as_people_write_them(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("Prices")
        sheet.write_row(0, 0, ["item", "price", "from", "sold"])
        sheet.write_row(1, 0, ["磨豆机", 120.0])
        sheet.write_datetime(1, 2, dt.date(2026, 11, 2), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_boolean(1, 3, True)
        book.add_worksheet("empty")
        book.add_worksheet("库存").write(0, 0, 0.1 + 0.2)

    parsed = read(tmp_path, "p.xlsx", workbook(fill))
    first, second = parsed.text.split("\f")
    assert (
        first == "## Prices\n\n| item | price | from | sold |\n| - | - | - | - |\n| 磨豆机 | 120 | 2026-11-02 | TRUE |"
    )
    assert second == "## 库存\n\n| 0.3 |\n| - |"
    assert parsed.pages == 2


def test_tables_apart_from_each_other_are_two_tables_and_merged_cells_repeat(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("s")
        sheet.merge_range(0, 0, 0, 1, "head")
        sheet.write_row(1, 0, ["a", "b"])
        sheet.write_row(5, 3, ["c", "d"])

    text = read(tmp_path, "p.xlsx", workbook(fill)).text
    assert text == "## s\n\n| head | head |\n| - | - |\n| a | b |\n\n| c | d |\n| - | - |"


def test_comments_stand_below_their_sheet(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("s")
        sheet.write(0, 0, "x")
        sheet.write_comment(0, 0, "check this", {"author": "Ann"})

    assert "Comment on A1 [author: Ann]: check this" in read(tmp_path, "p.xlsx", workbook(fill)).text


def test_a_sheet_of_fifty_thousand_columns_is_refused(tmp_path: Path) -> None:
    line = ",".join(str(number) for number in range(50_000))
    with pytest.raises(RejectedError, match="50,000 columns; the limit is 2,000"):
        read(tmp_path, "wide.csv", f"{line}\n{line}\n".encode())
    with pytest.raises(RejectedError, match="16,000 columns"):
        read(tmp_path, "wide.xlsx", workbook(lambda book: book.add_worksheet().write_row(0, 0, range(16_000))))


def test_two_cells_at_opposite_corners_cannot_fill_the_memory(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("far")
        sheet.write(0, 0, "a")
        sheet.write(1_000_000, 1900, "b")

    with pytest.raises(RejectedError, match="more than 2,000,000 cells"):
        read(tmp_path, "far.xlsx", workbook(fill))


def test_a_workbook_without_a_filled_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RejectedError, match="no filled cell"):
        read(tmp_path, "p.xlsx", workbook(lambda book: book.add_worksheet()))
