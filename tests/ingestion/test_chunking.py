"""Chunks: whole, exact, small enough, cut where a reader would cut, with headings and pages."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingestion.chunking import split
from retrieval.model import Document
from retrieval.passage import passage_input


def document(text: str, title: str = "Manual") -> Document:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return Document("d", "default", "files", "k", "file", title, text, "", "en", ("public",), 1, now)


markdown = st.lists(
    st.one_of(
        st.text(alphabet="ab c.!?\n", max_size=300),
        st.text(alphabet="咖啡机需要除垢。，！\n", max_size=600),
        st.sampled_from(["# One", "## Two", "\f", "```", "| a | b |\n|---|---|\n| 1 | 2 |", "- item", "", "x" * 3000]),
    ),
    max_size=30,
).map("\n".join)


@given(markdown)
def test_chunks_are_exact_ordered_and_cover_everything_that_is_not_blank(text: str) -> None:
    chunks = split(document(text))
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    position = 0
    for chunk in chunks:
        assert text[chunk.start : chunk.end] == chunk.text
        assert chunk.text.strip() == chunk.text != ""
        assert text[position : chunk.start].strip() == ""
        position = chunk.end
    assert text[position:].strip() == ""


@given(markdown)
def test_no_chunk_is_larger_than_the_model_reads(text: str) -> None:
    assert all(_tokens(chunk.text) <= 512 for chunk in split(document(text)))


def _tokens(text: str) -> float:
    ideographs = sum("\u2e80" <= character <= "\u9fff" for character in text)
    return ideographs * 0.75 + (len(text) - ideographs) / 4


def test_a_blank_text_has_no_chunk() -> None:
    assert split(document(" \n\f\n ")) == []


def test_headings_travel_with_their_text() -> None:
    words = "This sentence is about the machine. " * 20
    chunks = split(document(f"# Care\n\n{words}\n\n## Descaling\n\n{words}\n\n# Warranty\n\n{words}"))
    assert [chunk.heading for chunk in chunks] == ["Care", "Care > Descaling", "Warranty"]
    assert "Care > Descaling" in passage_input(document(""), chunks[1])


def test_short_sections_stay_together() -> None:
    assert len(split(document("# A\n\nOne.\n\n# B\n\nTwo.\n\n# C\n\nThree."))) == 1


def test_pages_are_counted() -> None:
    page = "A sentence of this page that is long enough. " * 12
    assert [chunk.page for chunk in split(document(f"{page}\f{page}\f{page}"))] == [1, 2, 3]
    assert split(document(page))[0].page == 0


def test_long_chinese_text_is_cut_at_the_ends_of_sentences() -> None:
    chunks = split(document("退货须在七天内提出，并附上发票。" * 120))
    assert len(chunks) > 2
    assert all(chunk.text.endswith("。") for chunk in chunks)


def test_a_long_table_is_cut_between_rows_and_its_head_goes_with_each_part() -> None:
    rows = "\n".join(f"| E{number:02d} | The pump does not start because of reason {number} |" for number in range(100))
    chunks = split(document(f"| Code | Meaning |\n|---|---|\n{rows}"))
    assert len(chunks) > 2
    assert all(chunk.text.startswith("|") and chunk.text.endswith("|") for chunk in chunks)
    assert all(chunk.heading == "Code | Meaning" for chunk in chunks[1:])


def test_a_table_that_fits_stays_whole() -> None:
    words = "This sentence is about the machine. " * 35
    table = "\n".join(f"| E{number} | reason {number} |" for number in range(25))
    chunks = split(document(f"{words}\n\n{table}\n\n{words}"))
    assert len(chunks) > 1
    assert sum(table in chunk.text for chunk in chunks) == 1


def test_a_heading_goes_with_what_follows_it() -> None:
    words = "This sentence is about the machine. " * 60
    chunks = split(document(f"{words}\n\n# Warranty\n\n## Terms\n\n{words}"))
    assert not any(chunk.text.rstrip().endswith(("# Warranty", "## Terms")) for chunk in chunks)


def test_sections_of_several_headings_carry_the_heading_above_them_all() -> None:
    chunks = split(document("# Care\n\n## Daily\n\nWipe.\n\n## Weekly\n\nDescale.", title="Manual"))
    assert [chunk.heading for chunk in chunks] == ["Care"]


def test_a_text_without_any_place_to_cut_is_cut_all_the_same() -> None:
    chunks = split(document("x" * 50_000))
    assert "".join(chunk.text for chunk in chunks) == "x" * 50_000
    assert max(len(chunk.text) for chunk in chunks) <= 2000


def test_the_title_is_not_said_twice() -> None:
    text = "# Warranty\n\nTwo years."
    [chunk] = split(document(text, title="Warranty"))
    assert passage_input(document(text, title="Warranty"), chunk) == text


def test_headings_inside_code_are_not_headings() -> None:
    assert split(document("# Real\n\n```\n# comment\n```\n\nText."))[0].heading == "Real"
