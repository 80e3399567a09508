from __future__ import annotations

import pytest

from ingestion.cleaning.detectors.iban import IbanDetector


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in IbanDetector().find(text)]


@pytest.mark.parametrize(
    "iban",
    [
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "GB29 NWBK 6016 1331 9268 19",
        "gb29nwbk60161331926819",
        "NO9386011117947",
    ],
)
def test_right_numbers_are_found(iban: str) -> None:
    assert found(f"IBAN: {iban}, please") == [iban]
    assert found(f"账号{iban}。") == [iban]


def test_words_behind_the_number_are_not_part_of_it() -> None:
    assert found("DE89 3704 0044 0532 0130 00 at BANK ONE") == ["DE89 3704 0044 0532 0130 00"]


@pytest.mark.parametrize(
    "text",
    [
        "DE88370400440532013000",
        "XX89370400440532013000",
        "DE8937040044",
        "PARTAB12CDEF34567890",
        "DE893704004405320130001",
    ],
)
def test_wrong_numbers_are_left_alone(text: str) -> None:
    assert found(text) == []
