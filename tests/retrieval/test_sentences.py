"""Sentences and their places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.sentences import sentences

TEXTS = st.lists(
    st.sampled_from(
        ["Open it. ", "Close No. 5 ", "打开电源。", "然后关闭！", "\n", "\n\n", "| a | b. c |",
         "- item one\n", "1. step\n",
         "Key: value\n",
         "\f", "x" * 700, " ", "# Head\n", "。。", "…"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


def told(text: str) -> list[str]:
    return [text[one.start : one.end] for one in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is on. It works! Really?", ["It is on.", "It works!", "Really?"]),
        ("Dr. Who weighs 3.5 kg, e.g. today. Fine.", ["Dr. Who weighs 3.5 kg, e.g. today.", "Fine."]),
        ("打开电源。然后等待五分钟！", ["打开电源。", "然后等待五分钟！"]),
        ("| Model. Name | Price |\n|---|---|\n| A. B | 3 |", ["| Model. Name | Price |", "|---|---|", "| A. B | 3 |"]),
        ("- Price: 3 EUR\n- Weight: 9 kg", ["- Price: 3 EUR", "- Weight: 9 kg"]),
        ("See 中文. 中文也可以. End.", ["See 中文.", "中文也可以.", "End."]),
        ("  \n\f ", []),
    ],
)
def test_sentences_lines_and_rows_are_told_apart(text: str, expected: list[str]) -> None:
    assert told(text) == expected


@given(TEXTS)
def test_sentences_are_in_order_apart_and_hold_everything(text: str) -> None:
    found = sentences(text)
    at = 0
    for one in found:
        assert text[at : one.start].strip() == ""
        assert one.start < one.end
        assert text[one.start : one.end] == text[one.start : one.end].strip()
        assert one.end - one.start <= 600
        at = one.end
    assert text[at:].strip() == ""
