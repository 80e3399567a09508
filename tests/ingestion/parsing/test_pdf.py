from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.errors import RejectedError
from tests.ingestion.parsing.files import encrypted_pdf, pdf, read

PROSE = "lorem ipsum dolor sit amet consectetur elit"


def column(left: float, prefix: str, top: float = 700.0) -> list[tuple[float, float, float, str]]:
    return [(left, top - 12 * number, 10, f"{prefix}{number} {PROSE}") for number in range(12)]


def test_a_larger_line_is_a_heading_and_lines_become_one_paragraph(tmp_path: Path) -> None:
    page = [(72.0, 760.0, 20.0, "Pump manual"), *column(72, "w")]
    parsed = read(tmp_path, "a.pdf", pdf([page]))
    assert parsed.text.startswith("# Pump manual\n\nw0 lorem")
    assert "elit w1 lorem" in parsed.text
    assert (parsed.title, parsed.pages, parsed.media_type) == ("Pump manual", 1, "application/pdf")


def test_pages_are_parted_by_form_feeds(tmp_path: Path) -> None:
    parsed = read(tmp_path, "a.pdf", pdf([column(72, "a"), column(72, "b"), column(72, "c")]))
    assert [page[:2] for page in parsed.text.split("\f")] == ["a0", "b0", "c0"]
    assert parsed.pages == 3


def test_columns_are_read_one_after_the_other_though_lines_are_interleaved_in_the_file(tmp_path: Path) -> None:
    left, right = column(50, "left"), column(310, "right")
    mixed = [line for pair in zip(left, right, strict=True) for line in pair]
    text = read(tmp_path, "a.pdf", pdf([[(150, 780, 22, "A title over both columns"), *mixed]])).text
    assert text.index("title over both") < text.index("left0")
    assert text.index("left11") < text.index("right0")


def test_a_table_with_rules_becomes_a_table(tmp_path: Path) -> None:
    rules = "".join(f"72 {y} m 372 {y} l S\n" for y in (600, 620, 640, 660))
    rules += "".join(f"{x} 600 m {x} 660 l S\n" for x in (72, 172, 272, 372))
    cells = [(76.0 + 100 * x, 646.0 - 20 * y, 10.0, f"cell {y}.{x}") for y in range(3) for x in range(3)]
    text = read(
        tmp_path, "a.pdf", pdf([[(72, 700, 10, "Before the table"), *cells, (72, 560, 10, "After it")]], rules)
    ).text
    assert "| cell 0.0 | cell 0.1 | cell 0.2 |\n| - | - | - |\n| cell 1.0 |" in text
    assert text.index("Before") < text.index("cell 0.0") < text.index("After")


def test_a_table_without_rules_keeps_its_rows(tmp_path: Path) -> None:
    cells = [(72.0 + 150 * x, 700.0 - 14 * y, 10.0, f"v{y}{x}") for y in range(6) for x in range(3)]
    assert "| v20 | v21 | v22 |" in read(tmp_path, "a.pdf", pdf([cells])).text


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_text_is_read_in_its_own_direction_however_the_page_is_turned(tmp_path: Path, rotate: int) -> None:
    assert (
        "w3 lorem ipsum dolor sit amet consectetur elit w4"
        in read(tmp_path, "a.pdf", pdf([column(72, "w")], rotate=rotate)).text
    )


def test_running_heads_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    pages = [
        [(72.0, 820.0, 9.0, "Acme confidential"), (300.0, 20.0, 9.0, f"Page {n}"), *column(72, f"p{n}x")]
        for n in range(1, 5)
    ]
    text = read(tmp_path, "a.pdf", pdf(pages)).text
    assert "confidential" not in text
    assert "Page 2" not in text
    assert "p4x11" in text


def test_a_word_divided_at_a_line_end_is_whole_again(tmp_path: Path) -> None:
    lines = [
        (72.0, 700.0, 10.0, "the espresso machine needs its descal-"),
        (72.0, 688.0, 10.0, "ing every month of the year"),
    ]
    assert "descaling every" in read(tmp_path, "a.pdf", pdf([lines])).text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (encrypted_pdf(), "encrypted"),
        (pdf([column(72, "w")])[:900], "cut off"),
        (b"%PDF-1.7\nnothing at all\n%%EOF\n", "damaged"),
        (pdf([[]]), "no text"),
    ],
)
def test_broken_files_are_refused_with_a_sentence(tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(RejectedError, match=sentence):
        read(tmp_path, "a.pdf", data)


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RejectedError, match="3 pages; the limit is 2"):
        read(tmp_path, "a.pdf", pdf([[], [], []]), pages=2)
