from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingestion.cleaning.detectors.date_of_birth import DateOfBirthDetector


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in DateOfBirthDetector().find(text)]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Date of birth: 03/04/1980.", "03/04/1980"),
        ("DOB 1980-04-03", "1980-04-03"),
        ("born on 3 April 1980", "3 April 1980"),
        ("Birthday: **April 3rd, 1980**", "April 3rd, 1980"),
        ("出生日期：1980年4月3日", "1980年4月3日"),
        ("生日是1980-04-03", "1980-04-03"),
        ("| D.O.B. | 19800403 |", "19800403"),
    ],
)
def test_a_date_behind_its_words_is_found(text: str, date: str) -> None:
    assert found(text) == [date]


@pytest.mark.parametrize(
    "text", ["Delivered 03/04/1980", "born in Boston", "date of birth unknown; order of 03/04/2020", "生日快乐"]
)
def test_other_dates_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_every_labelled_date_is_found_and_nothing_else(shared_data: Path) -> None:
    lines = (shared_data / "pii_tau2" / "dev" / "pii.jsonl").read_text(encoding="utf-8").splitlines()
    for record in map(json.loads, lines):
        labelled = {(span["start"], span["end"]) for span in record["spans"] if span["type"] == "DATE_OF_BIRTH"}
        assert {(one.start, one.end) for one in DateOfBirthDetector().find(record["text"])} == labelled, record["text"]
