from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.numbers import unsupported_numbers


@pytest.mark.parametrize(
    ("answer", "source"),
    [
        ("It costs $1,299.00 [1] and takes 30 days. [2]", "1299 EUR, within thirty days"),
        ("1. Switch it off.\n2. Wait 10 minutes.", "Wait 10 min after switching off."),
        ("约1.2万元", "价格：12,000 元"),
        ("十天内可退货，一般没有问题。", "10天内可以退货"),
        ("在2026年3月5日发货", "发货日期：2026-03-05"),
        ("Delivered on 2026-01-05 at 14:30.", "5 January 2026, 14:30"),
        ("Order SO-1001 shows E14.", "so-1001: error e14"),
        ("Version 5.0.0-2.2 for 1 299,00 €", "5.0.0-2.2, 1.299,00 EUR"),
        ("15bar or 1.5 MPa", "15 bar (1.5 MPa)"),
        ("It is ¥３９９.", "399元"),
        ("A 401(k) of $20k", "401k plans of 20,000 dollars"),
        ("One of them is free of charge.", "nothing about numbers"),
        ("", ""),
    ],
)
def test_what_a_source_says_is_supported_however_it_is_written(answer: str, source: str) -> None:
    assert unsupported_numbers(answer, [source]) == ()


@pytest.mark.parametrize(
    ("answer", "source", "written", "price"),
    [
        ("It costs $1,399.00.", "1299 EUR", "$1,399.00", True),
        ("It costs 12 EUR.", "112 EUR and 120 EUR and 12.5 EUR", "12 EUR", True),
        ("保修三年。", "保修两年", "三年", False),
        ("售价99元", "售价89元", "99元", True),
        ("It takes two weeks.", "It takes 14 days.", "two weeks", False),
        ("Order SO-1001", "Order SO-1002, part 1001", "SO-1001", False),
        ("15 %", "5 %", "15", False),
    ],
)
def test_what_no_source_says_is_found(answer: str, source: str, written: str, price: bool) -> None:
    [number] = unsupported_numbers(answer, ["", source])
    assert (number.written, number.price) == (written, price)


def test_no_sources_support_nothing_but_markers_and_list_numbers() -> None:
    assert unsupported_numbers("1) First [1, 2]\n2) Second 【3】", []) == ()
    assert len(unsupported_numbers("7 days, 8 days", [])) == 2


@pytest.mark.parametrize(
    "words",
    ["$0.10-0.15/gallon less", "Fabric v1.4.12 and v2.2.5.", "on 2.5.4-beta", "24x7x365 support", "0.5/day, 1,5/week"],
)
def test_whatever_a_source_says_word_for_word_is_supported(words: str) -> None:
    assert unsupported_numbers(f"It is {words} [1]", [f"They say: it is {words}"]) == ()


@pytest.mark.parametrize("words", ["v1.4.13", "0.25/gallon", "1,5/week"])
def test_another_version_or_rate_is_not(words: str) -> None:
    assert unsupported_numbers(f"It is {words} [1]", ["Fabric v1.4.12, $0.15/gallon, 2.5.4-beta"]) != ()


def test_a_number_within_another_is_no_quotation() -> None:
    assert [one.written for one in unsupported_numbers("5 [1]", ["within 15 days"])] == ["5"]


@given(st.text(alphabet="0123456789.,-/xkgvA $€ ", min_size=1, max_size=30))
def test_no_quotation_is_called_unsupported(words: str) -> None:
    assert unsupported_numbers(f"the {words} end", [f"the {words} end"]) == ()
