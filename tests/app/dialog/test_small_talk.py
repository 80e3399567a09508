"""Messages that ask nothing are told from those that do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialog.small_talk import small_talk, without_start_over


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Hello!", "greeting"),
        ("你好，在吗？", "greeting"),
        ("Thanks a lot", "thanks"),
        ("好的，谢谢", "thanks"),
        ("Thanks, bye!", "goodbye"),
        ("再见", "goodbye"),
        ("Are you a bot?", "about"),
        ("你是谁？", "about"),
        ("yes please", "yes"),
        ("好的", "yes"),
        ("no thanks", "no"),
        ("不用了", "thanks"),
    ],
)
def test_what_asks_nothing_is_known_by_its_kind(message: str, kind: str) -> None:
    assert small_talk(message) == kind


@pytest.mark.parametrize(
    "message",
    [
        "Thanks, and what does it cost?",
        "你好，请问多少钱",
        "help me descale it",
        "great product price",
        "SO-1042",
        "?",
        "",
        "👍",
        "hippo",
    ],
)
def test_what_holds_anything_else_is_not_small_talk(message: str) -> None:
    assert small_talk(message) is None


@pytest.mark.parametrize(
    ("message", "rest"),
    [
        ("start over", ""),
        ("Let's start over. What does it cost?", "What does it cost?"),
        ("换个话题，退货怎么办", "退货怎么办"),
        ("重新开始", ""),
        ("New topic: returns", "returns"),
    ],
)
def test_the_wish_to_start_over_leaves_the_rest(message: str, rest: str) -> None:
    assert without_start_over(message) == rest


@pytest.mark.parametrize(
    "message", ["never mind the price", "reset the machine", "start overheating", "从头开始清洗机器", "What is new?"]
)
def test_other_messages_do_not_start_over(message: str) -> None:
    assert without_start_over(message) is None


@given(st.text(max_size=200))
def test_no_message_breaks_it(message: str) -> None:
    small_talk(message)
    rest = without_start_over(message)
    assert rest is None or len(rest) < len(message)
