from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.cleaning.detectors.bank_card import BankCardDetector, luhn


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in BankCardDetector().find(text)]


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111",
        "5555 5555 5555 4444",
        "3782-822463-10005",
        "6011 1111 1111 1117",
        "2223003122003222",
        "3530111333300000",
    ],
)
def test_cards_are_found(number: str) -> None:
    assert found(f"card {number}, thanks") == [number]
    assert found(f"银行卡号：{number}。") == [number]


def test_a_unionpay_card_of_nineteen_digits_is_found() -> None:
    body = "622202123456789012"
    number = next(body + check for check in "0123456789" if luhn(body + check))
    assert found(f"卡号{number}") == [number]


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",
        "order no. 4111111111111111",
        "IMEI 490154203237518",
        "AB-4111111111111111",
        "4111111111111111.5",
        "0000000000000000",
        "9999999999999999",
        "4222222222222222222222",
        "运单号：4111111111111111",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_card_behind_an_order_is_still_a_card() -> None:
    assert found("order paid by card 4111111111111111") == ["4111111111111111"]


@given(st.from_regex(r"[1-9]\d{11,17}", fullmatch=True))
def test_exactly_one_check_digit_is_right(body: str) -> None:
    assert sum(luhn(body + check) for check in "0123456789") == 1
