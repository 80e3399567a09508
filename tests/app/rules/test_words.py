from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.words import WordLists, plain_text

LISTS = WordLists(
    {"person": ["human agent", "转人工"], "angry": ["ripped off", "太差了"], "card": ["card", "human agent"]}
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A HUMAN  Agent, please", {"person", "card"}),
        ("human\nagent", {"person", "card"}),
        ("hu\u200bman agent", {"person", "card"}),
        ("ｈｕｍａｎ ａｇｅｎｔ", {"person", "card"}),
        ("inhuman agents", set()),
        ("请转人工", {"person"}),
        ("转 人 工", {"person"}),
        ("转\u200b人工吧", {"person"}),
        ("discard it", set()),
        ("my card: 4111", {"card"}),
        ("card卡", {"card"}),
        ("", set()),
    ],
)
def test_phrases_are_found_however_they_are_written(text: str, found: set[str]) -> None:
    assert LISTS.named_in(text) == found


def test_phrases_that_another_text_has_do_not_count() -> None:
    assert LISTS.named_in("ripped off by a card", except_in=["it was RIPPED  OFF"]) == {"card"}


def test_no_lists_find_nothing() -> None:
    assert WordLists({}).named_in("anything") == frozenset()


@given(st.text(max_size=60))
def test_a_plain_text_is_plain_already(text: str) -> None:
    assert plain_text(plain_text(text)) == plain_text(text)


@given(st.text(min_size=1, max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_phrase_between_spaces_is_always_found(phrase: str, before: str, after: str) -> None:
    if plain_text(phrase):
        assert WordLists({"it": [phrase]}).named_in(f"{plain_text(before)} | {phrase} | {plain_text(after)}") == {"it"}
