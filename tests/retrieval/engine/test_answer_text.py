from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.engine.answer_text import AnswerText, is_endless

TABLE = "| Article | Price | Stock |\n| --- | --- | --- |\n" + "".join(
    f"| P-{n} | {n * 37} | {n % 7} |\n" for n in range(60)
)


@given(st.lists(st.text(max_size=8), max_size=30))
def test_whole_texts_come_out_as_they_went_in(parts: list[str]) -> None:
    answer = AnswerText()
    shown = "".join(answer.feed(part) for part in parts if part)
    assert shown.rstrip("\ufffd") == "".join(part.rstrip("\ufffd") for part in parts).lstrip().rstrip("\ufffd")


def test_blanks_before_the_first_word_are_left_out() -> None:
    answer = AnswerText()
    assert answer.feed("\n ") == ""
    assert not answer.begun
    assert answer.feed(" Yes, ") == "Yes, "
    assert answer.feed(" it is") == " it is"


def test_a_surrogate_pair_in_two_parts_is_one_character() -> None:
    answer = AnswerText()
    assert answer.feed("ok \ud83d") == "ok "
    assert answer.feed("\ude00!") == "😀!"
    assert answer.feed("\ude00?") == "?"


@pytest.mark.parametrize("word", ["a", "-", "ok. ", "保修两年。", "Ask our service. ", "x" * 150 + " "])
def test_the_same_over_and_over_is_endless(word: str) -> None:
    assert is_endless("Once: " + word * 400)
    assert not is_endless("Once: " + word * 3)


@pytest.mark.parametrize(
    "text", ["", "Yes.", "=" * 100, TABLE, "1. Open it.\n2. Close it.\n3. Open it again.\n4. Close it.\n"]
)
def test_rulers_tables_and_lists_are_not(text: str) -> None:
    assert not is_endless(text)
