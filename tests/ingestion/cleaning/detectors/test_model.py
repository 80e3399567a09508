from __future__ import annotations

import re

from ingestion.cleaning.detectors.model import after_identifier_label, matches, number_windows


def test_windows_hold_long_numbers_with_what_stands_around_them() -> None:
    text = "a" * 50 + " 12 34-56 " + "b" * 50 + "12345" + "c" * 50
    ((start, end),) = number_windows(text)
    assert text[start:end].strip("ab") == " 12 34-56 "
    assert end - start == 8 + 2 * 12


def test_windows_that_touch_are_one() -> None:
    text = "123456 and 7890123"
    assert number_windows(text) == [(0, len(text))]


def test_a_look_behind_sees_what_stands_before_the_window() -> None:
    pattern = re.compile(r"(?<!x)\d{6}")
    text = "x" * 13 + "123456"
    assert [match[0] for match in matches(pattern, text, number_windows(text))] == []


def test_words_announce_identifiers_in_both_languages() -> None:
    for before in (
        "Order no. ",
        "order number is ",
        "ticket #",
        "订单号：",
        "发票号码 ",
        "SKU: ",
        "PO ",
        "#",
        "型号",
        "`ref: ",
    ):
        assert after_identifier_label(f"x {before}", len(before) + 2), before
    for before in ("call ", "border ", "手机", "in order to reach me "):
        assert not after_identifier_label(f"x {before}", len(before) + 2), before
