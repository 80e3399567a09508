"""Lines are told apart by what they are, and read as words."""

from __future__ import annotations

import pytest

from retrieval.lines import cells, header_of, line_around, line_kind, plain, row_as_fields, speaker_of

TABLE = "Codes\n\n| Code | Error |\n| - | :-: |\n| E04 | Boiler \\| cold |\n| E05 | Hot |"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("# Piccola", "heading"),
        ("- Price: 649.00 EUR incl. tax", "field"),
        ("Warranty: 24 months", "field"),
        ("保修期：24 个月", "field"),
        ("- black and red", "bullet"),
        ("1. Open the lid", "step"),
        ("3) Press RINSE", "step"),
        ("| E04 | Cold |", "row"),
        ("|---|:-:|", "rule"),
        ("| - | - |", "rule"),
        ("---", "rule"),
        ("It weighs 9 kg.", "text"),
        ("E14 means that it is above 12 bar: grind coarser. If it comes back, call us.", "text"),
        ("2026-11-17 06:10 Lea (customer): Good morning", "message"),
        ("2026-11-17 陈静：您好", "text"),
        ("See https://shop.example/a", "text"),
        ("", "text"),
    ],
)
def test_a_line_is_known_by_its_form(line: str, kind: str) -> None:
    assert line_kind(line) == kind


def test_markdown_reads_as_words() -> None:
    assert plain("- **Price** of [the pump](https://x.example): `9 EUR`") == "Price of the pump: 9 EUR"


def test_a_row_is_said_with_the_names_of_its_columns() -> None:
    at = TABLE.index("| E05")
    assert header_of(TABLE, at) == ["Code", "Error"]
    assert row_as_fields(TABLE[at:], header_of(TABLE, at)) == "Code: E05, Error: Hot"
    assert cells(TABLE.splitlines()[4]) == ["E04", "Boiler | cold"]


def test_without_a_header_the_cells_stand_alone() -> None:
    assert header_of("| a | b |", 0) == []
    assert row_as_fields("| a | b |", []) == "a, b"


def test_the_line_around_a_place_ends_at_line_breaks() -> None:
    assert line_around("ab\ncd\nef", 3, 4) == (3, 5)
    assert line_around("ab\ncd", 4, 5) == (3, 5)


def test_a_message_says_who_speaks() -> None:
    assert speaker_of("2026-11-17 06:10 Lea (customer): Good morning: is it open?") == "Lea (customer)"
    assert speaker_of("Good morning: is it open?") == ""
