"""Words that stand for something which nobody has named."""

from __future__ import annotations

import pytest

from app.dialog.unresolved import unresolved


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Does this machine have a warranty?", "this machine"),
        ("What is the price of that grinder?", "that grinder"),
        ("这台机器多少钱？", "这台机器"),
        ("该产品的保修期多长？", "该产品"),
        ("它多少钱？", "它"),
        ("Did it get an update?", "it"),
    ],
)
def test_without_a_conversation_they_are_open(message: str, words: str) -> None:
    assert unresolved(message, "") == words


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Does this machine have a warranty?", "Which machine is best?\nThe Meister 3."),
        ("这台机器多少钱？", "推荐一台机器\n皮科拉"),
        ("Did it get an update?", "Tell me about the Meister."),
        ("它多少钱？", "皮科拉"),
        ("Is this possible?", ""),
        ("Is it possible to return my order?", ""),
        ("How long does it take to descale?", ""),
        ("What happens this week?", ""),
        ("皮科拉这台机器多少钱？", ""),
        ("这个问题怎么解决", ""),
        ("What does the Piccola weigh?", ""),
    ],
)
def test_what_was_said_or_is_no_thing_is_not_open(message: str, said: str) -> None:
    assert unresolved(message, said) == ""
