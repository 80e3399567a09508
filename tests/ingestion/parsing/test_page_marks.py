from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.parsing.page_marks import boxes_of
from ingestion.parsing.pdf_words import Word
from ingestion.parsing.sandbox import page_isolated
from retrieval.errors import RejectedError
from tests.ingestion.parsing.files import pdf

SIZE = (100.0, 200.0)


def line(top: float, *texts: str) -> list[Word]:
    """Words of one line, each 10 points wide and 10 high."""
    return [Word(text, 12.0 * at, 12.0 * at + 10, top, top + 10, 10.0, bold=False) for at, text in enumerate(texts)]


def test_words_over_two_lines_are_two_boxes_whatever_markdown_says() -> None:
    words = [*line(0, "Rinse", "the"), *line(20, "tank", "twice.")]
    boxes = boxes_of(words, SIZE, "", "**Rinse** the\ntank")
    assert [(box.left, box.top, box.width, box.height) for box in boxes] == [(0, 0, 0.22, 0.05), (0, 0.1, 0.1, 0.05)]


def test_of_words_that_occur_twice_those_are_marked_that_were_cited() -> None:
    words = [*line(0, "24", "months"), *line(20, "24", "months")]
    [box] = boxes_of(words, SIZE, "24 months\n", "24 months")
    assert box.top == 0.1


def test_cells_of_a_table_are_found_one_by_one() -> None:
    words = [*line(0, "Price", "x"), *line(20, "990", "EUR")]
    assert len(boxes_of(words, SIZE, "", "| Price | 990 EUR |")) == 2


def test_words_that_are_not_there_give_no_boxes() -> None:
    assert boxes_of(line(0, "Rinse"), SIZE, "", "warranty") == []
    assert boxes_of(line(0, "Rinse"), SIZE, "", "|  |") == []


def test_a_page_is_drawn_as_wide_as_asked_with_its_words(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf([[(72.0, 760.0, 20.0, "Pump manual")], [(72.0, 700.0, 10.0, "second")]]))
    page = page_isolated(file, "a.pdf", 2, 300)
    assert (page["pages"], page["width"], page["height"]) == (2, 595.0, 842.0)
    assert [word[0] for word in page["words"]] == ["second"]
    assert page["png"].startswith("iVBOR")
    assert page_isolated(file, "a.pdf", 1, 0)["png"] == ""


@pytest.mark.parametrize(("content", "number"), [(b"no pdf", 1), (pdf([[]]), 2)])
def test_what_cannot_be_drawn_is_rejected(tmp_path: Path, content: bytes, number: int) -> None:
    (tmp_path / "a.pdf").write_bytes(content)
    with pytest.raises(RejectedError):
        page_isolated(tmp_path / "a.pdf", "a.pdf", number, 300)
