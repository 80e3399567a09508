from __future__ import annotations

import pytest

from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.boilerplate import BoilerplateOptions


def cleaned(text: str, **options: object) -> str:
    return BoilerplateOptions.model_validate(options).build().apply(Draft("t", text)).draft.text


def test_headers_stay_once_and_page_numbers_go() -> None:
    pages = [f"KC-200 manual\n\nText of page {word}.\n\nPage {number} of 4" for number, word in enumerate("abcd", 1)]
    assert cleaned("\f".join(pages)) == (
        "KC-200 manual\n\nText of page a.\fText of page b.\fText of page c.\fText of page d."
    )


def test_chinese_page_numbers_go_too() -> None:
    assert cleaned("甲\n第 1 页\f乙\n第 2 页\f丙\n第 3 页") == "甲\f乙\f丙"


def test_lines_of_two_pages_are_no_boilerplate() -> None:
    text = "Head\na\fHead\nb\fc\fd\fe"
    assert cleaned(text) == text


def test_headings_tables_and_short_documents_stay() -> None:
    text = "# Head\na\f# Head\nb\f# Head\nc\f# Head\nd"
    assert cleaned(text) == text
    assert cleaned("x\n1\fx\n2") == "x\n1\fx\n2"
    rows = "\f".join(["| a | 1 |\ntext"] * 4)
    assert cleaned(rows, page_edges=False) == rows


def test_lines_that_fit_a_pattern_go_outside_code() -> None:
    text = "Hello\n Sent from my phone\nBye, sent from my heart\n```\nSent from my code\n```"
    assert cleaned(text, lines=["(?i)sent from my (phone|code)"]) == (
        "Hello\nBye, sent from my heart\n```\nSent from my code\n```"
    )


def test_a_pattern_that_is_refused_says_so() -> None:
    with pytest.raises(ValueError, match="RE2"):
        BoilerplateOptions(lines=("(?=a)b",)).build()
    with pytest.raises(ValueError, match="do not fit together"):
        BoilerplateOptions(lines=tuple(f"[\\x{{4e00}}-\\x{{9fff}}]{{{number}}}" for number in range(700, 1000))).build()
