from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.duplicates import DuplicatesStep

A = "Before you open the housing, disconnect the machine from the mains."
B = "The warranty ends when the seal of the boiler has been broken."


def once(text: str, step: DuplicatesStep | None = None) -> str:
    return (step or DuplicatesStep()).apply(Draft("t", text)).draft.text


def test_a_repeated_paragraph_stays_once() -> None:
    assert once(f"{A}\n\n{B}\n\n{A}\n\nend") == f"{A}\n\n{B}\n\nend"


def test_a_repetition_on_another_page_leaves_the_page() -> None:
    assert once(f"{A}\f{A}\f{B}") == f"{A}\f\f{B}"


def test_under_another_heading_it_stays_unless_asked_for() -> None:
    text = f"# One\n\n{A}\n\n# Two\n\n{A}"
    assert once(text) == text
    assert once(text, DuplicatesStep(across_headings=True)) == f"# One\n\n{A}\n\n# Two"


def test_lists_tables_code_quotes_and_short_paragraphs_stay() -> None:
    for block in (
        f"- {A}\n- {B}",
        f"| {A} | {B} |",
        f"```\n{A}\n```",
        f"> {A}",
        f"    {A}",
        "Same short text.",
        f"Tier:\n1. {A}",
    ):
        text = f"{block}\n\nbetween\n\n{block}"
        assert once(text) == text, block


def test_lines_repeated_in_a_row_stay_once() -> None:
    assert once(f"{A}\n{A}\n{A}\n{B}\n{A}") == f"{A}\n{B}\n{A}"
    assert once(f"{A}\n{A}\n{A}\n{B}", DuplicatesStep(lines=False)) == f"{A}\n{A}\n{A}\n{B}"


def test_a_fence_behind_a_removed_paragraph_still_begins_its_line() -> None:
    text = f"{A}\n```\ncode\n```\n\n{B}\n\n{A}\n```\ncode\n```"
    assert once(text).count("\n```\ncode\n```") == 2


@given(st.lists(st.sampled_from([A, B, "# H", "- a", "\f", "```\nx\n```", "short"]), max_size=10))
def test_a_text_that_says_all_once_stays(pieces: list[str]) -> None:
    first = once("\n\n".join(pieces))
    assert once(first) == first
