"""Names that a conversation used, found by the titles of passages."""

from __future__ import annotations

import pytest

from app.dialog.mentions import find_mentions, focus, is_a, is_person, listed
from app.dialog.session import Turn
from tests.app.dialog.passages import passage

STEAM = passage("Steam wand | Manual", "page", "The steam wand is a part of the machine.")
HOTEL = passage("西湖宾馆(南山店)", "", "类型：酒店；电话：1")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Clean the steam wand daily", ["Steam wand"]),
        ("Clean the steam wands", ["Steam wand"]),
        ("wand for steam?", ["Steam wand"]),
        ("我住西湖宾馆", ["西湖宾馆(南山店)"]),
        ("ORD-12 and order 20391", ["ORD-12", "order 20391"]),
        ("订单20391", ["订单20391"]),
        ("from 6ft, 24/7, in 2024 at 12,000.50", []),
        ("", []),
    ],
)
def test_a_title_or_an_identifier_in_a_turn_is_a_name(text: str, names: list[str]) -> None:
    found = find_mentions([Turn("user", text)], [STEAM, HOTEL])
    assert [one.name for one in found] == names


def test_a_bare_number_in_a_reply_is_no_name() -> None:
    assert find_mentions([Turn("assistant", "It costs 20391 points.")], []) == []


def test_the_latest_turn_comes_first_and_several_in_one_turn_are_a_list() -> None:
    found = find_mentions([Turn("user", "X-100"), Turn("assistant", "X-200 or X-300")], [])
    assert [(one.name, one.turn, one.listed) for one in found] == [
        ("X-200", 0, True),
        ("X-300", 0, True),
        ("X-100", 1, False),
    ]
    assert [one.name for one in listed(found)] == ["X-200", "X-300"]
    assert (latest := focus(found)) is not None
    assert latest.name == "X-100"


def test_nothing_named_gives_no_focus_and_no_list() -> None:
    assert focus([]) is None
    assert listed([]) == []


def test_a_noun_fits_a_thing_whose_passage_calls_it_that() -> None:
    [wand] = find_mentions([Turn("user", "the steam wand")], [STEAM])
    [hotel] = find_mentions([Turn("user", "西湖宾馆")], [HOTEL])
    assert is_a("parts", wand)
    assert not is_a("boiler", wand)
    assert is_a("酒店", hotel)
    assert is_a("宾馆", hotel)
    assert not is_a("电话", hotel)
    assert not is_person(wand)
    assert wand.article == "the "
