"""Chinese: which words point back, and which only look as if they did."""

from __future__ import annotations

import pytest

from app.dialog.chinese import Chinese
from app.dialog.grammar import Reference

CHINESE = Chinese()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("它多重？", "它"),
        ("它们的价格", "它们的"),
        ("它家电话多少", "它家"),
        ("这款多少钱", "这款"),
        ("这个型号有货吗", "这个型号"),
        ("该产品怎么保修", "该产品"),
        ("此商品能退吗", "此商品"),
        ("你刚才说的酒店在哪", "刚才说的酒店"),
        ("那里能停车吗", "那里"),
        ("第二个多少钱", "第二个"),
        ("最后一款有货吗", "最后一款"),
    ],
)
def test_a_word_that_points_back_is_found_with_its_place(text: str, expected: str) -> None:
    [found] = CHINESE.references(text)
    assert text[found.start : found.end] == expected


@pytest.mark.parametrize(
    "text",
    [
        "其他颜色有吗",
        "我该怎么办",
        "应该多少钱",
        "因此退货",
        "彼此之间",
        "那好吧",
        "那就这样",
        "这么贵",
        "吉他多少钱",
        "还有此外的费用吗",
    ],
)
def test_words_that_stand_for_nothing_said_before_are_left_alone(text: str) -> None:
    assert CHINESE.references(text) == []


def test_a_reference_knows_its_number_and_kind() -> None:
    assert CHINESE.references("这些酒店") == [Reference(0, 4, "many", "酒店")]
    assert CHINESE.references("她的邮箱") == [Reference(0, 2, owner=True, person=True)]
    assert CHINESE.references("第三家") == [Reference(0, 3, ordinal=3)]


@pytest.mark.parametrize(
    ("text", "choosing"),
    [("其中哪个便宜", True), ("哪款更轻", True), ("这些里有带泳池的吗", True), ("附近有哪家药店", False)],
)
def test_choosing_among_those_named_is_told_from_asking_for_new_ones(text: str, choosing: bool) -> None:
    assert CHINESE.asks_which(text) is choosing


@pytest.mark.parametrize(("text", "part"), [("那价格呢？", "价格"), ("X-300呢", "X-300"), ("价格是多少？", "")])
def test_a_fragment_ends_in_ne(text: str, part: str) -> None:
    assert CHINESE.fragment(text) == part


def test_bare_nouns_are_those_that_may_mean_a_thing_named_before() -> None:
    assert (0, "酒店") in CHINESE.bare_nouns("酒店有早餐吗")
    assert "酒店" not in [noun for _, noun in CHINESE.bare_nouns("附近还有什么酒店")]
    assert CHINESE.bare_nouns("再推荐一家酒店") == []
    assert CHINESE.bare_nouns("帮我找个便宜的酒店") == []
    assert "50" not in [noun for _, noun in CHINESE.bare_nouns("门票20-50元的景点远吗")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("好的，谢谢，它多重？", "X-200多重？"),
        ("嗯嗯 请问它多重？", "X-200多重？"),
        ("可以退它吗？", "可以退X-200吗？"),
    ],
)
def test_courtesies_before_the_question_are_left_out_and_verbs_are_kept(text: str, expected: str) -> None:
    [reference] = CHINESE.references(text)
    assert CHINESE.put(text, reference, "X-200") == expected
