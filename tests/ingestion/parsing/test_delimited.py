from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.parsing.delimited import separator_of
from tests.ingestion.parsing.files import read

ROWS = "编号,名称,价格\n1,意式咖啡机,5999\n2,磨豆机,1299\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_rows_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    parsed = read(tmp_path, "产品.csv", ROWS.encode(encoding))
    assert parsed.text == "| 编号 | 名称 | 价格 |\n| - | - | - |\n| 1 | 意式咖啡机 | 5999 |\n| 2 | 磨豆机 | 1299 |"
    assert parsed.language == "zh"
    assert parsed.title == "产品"


@settings(deadline=None)
@given(
    st.sampled_from(",;\t|:~^#@"),
    st.lists(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=3, max_size=3), min_size=3, max_size=20),
)
def test_the_separator_is_found(separator: str, rows: list[list[str]]) -> None:
    assert separator_of("\n".join(separator.join(row) for row in rows))[0] == separator


def test_quoted_cells_hold_separators_and_line_breaks(tmp_path: Path) -> None:
    text = read(tmp_path, "q.csv", b'a,b\n"1,5","two\nlines"\n3,"say ""hi"""\n').text
    assert text == '| a | b |\n| - | - |\n| 1,5 | two lines |\n| 3 | say "hi" |'


def test_ragged_rows_are_kept_with_a_warning(tmp_path: Path) -> None:
    parsed = read(tmp_path, "r.csv", b"a,b,c\n1,2\n3,4,5,6\n7,8,9\n")
    assert "| 3 | 4 | 5 | 6 |" in parsed.text
    assert "| 1 | 2 |  |  |" in parsed.text
    assert parsed.warnings == ("rows differ in length: 2 to 4 cells",)


def test_excels_separator_line_is_obeyed(tmp_path: Path) -> None:
    assert read(tmp_path, "e.csv", b"sep=;\na,1;b\nc,2;d\n").text == "| a,1 | b |\n| - | - |\n| c,2 | d |"
