from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingestion.cleaning.detectors.phone import PhoneDetector


def found(text: str, *regions: str, hotlines: bool = False) -> list[str]:
    return [text[one.start : one.end] for one in PhoneDetector(regions or ("US", "CN"), hotlines).find(text)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(021)6278 5001", "(021)6278 5001"),
        ("手机13812345678，", "13812345678"),
        ("请拨 138 1234 5678。", "138 1234 5678"),
        ("138-1234-5678", "138-1234-5678"),
        ("+86 138 1234 5678", "+86 138 1234 5678"),
        ("86-13812345678", "86-13812345678"),
        ("电话：010-62785001", "010-62785001"),
        ("0571-87654321转8012", "0571-87654321转8012"),
        ("座机 62785001", "62785001"),
        ("Call (617) 555-0834 now", "(617) 555-0834"),
        ("phone: 555 0834, ext. 12", "555 0834, ext. 12"),
        ("617-555-0834", "617-555-0834"),
        ("617.555.0834 x12", "617.555.0834 x12"),
        ("1-617-555-0834", "1-617-555-0834"),
        ("phone 6175550834", "6175550834"),
        ("Tel.: 617 555 0834", "617 555 0834"),
        ("+44 20 7946 0958", "+44 20 7946 0958"),
        ("+1 617-555-0834 12 items", "+1 617-555-0834"),
        ("0049 30 901820", "0049 30 901820"),
    ],
)
def test_numbers_are_found_as_people_write_them(text: str, number: str) -> None:
    assert found(text) == [number]


def test_other_regions_are_found_when_asked_for() -> None:
    assert found("Büro 030 901820", "DE") == ["030 901820"]
    assert found("office 020 7946 0958", "GB") == ["020 7946 0958"]


def test_numbers_in_a_list_with_commas_are_all_found() -> None:
    assert found("电话：010-67012402,010-67013036,13812345678；") == ["010-67012402", "010-67013036", "13812345678"]
    assert found("电话：83172726,83172706、83172707") == ["83172726", "83172706", "83172707"]
    assert found("电话：83172726,订单 83172706") == ["83172726"]
    assert found("617-555-0834,617-555-0835") == ["617-555-0834", "617-555-0835"]


def test_two_numbers_side_by_side_are_two() -> None:
    assert found("13812345678 13912345678/13712345678、13612345678") == [
        "13812345678",
        "13912345678",
        "13712345678",
        "13612345678",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Order no. 13812345678",
        "订单号：13812345678",
        "order #6175550834",
        "SKU 617-555-0834",
        "AB-13812345678",
        "13812345678-01",
        "2024-05-12 10:30:15",
        "12/05/1993",
        "between 2019 and 2023-2025",
        "price 1,234,567.89",
        "192.168.100.200",
        "1.2.3.4567890",
        "ISBN 978-3-16-148410-0",
        "100 200 300 400",
        "6175550834",
        "14159265358979",
        "https://x.org/t/13812345678",
        "EAN 4006381333931",
        "during 2025-01-01 through 2025-03-31",
        "2025 01 01 2025 03 31",
        "x13812345678",
        "13812345678.50",
        "#13812345678",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert found(text, "US", "CN", "GB", "DE", "FR") == []


def test_hotlines_are_nobodys_data_unless_asked_for() -> None:
    assert found("Hotline 1-800-356-9377 or 热线400-820-8820") == []
    assert found("phone 1-800-356-9377", hotlines=True) == ["1-800-356-9377"]


def test_labelled_numbers_are_found_and_nothing_else_is_a_number(shared_data: Path) -> None:
    lines = (shared_data / "pii_tau2" / "dev" / "pii.jsonl").read_text(encoding="utf-8").splitlines()
    labelled_total, extra = 0, []
    for record in map(json.loads, lines):
        labelled = {(span["start"], span["end"]) for span in record["spans"] if span["type"] == "PHONE"}
        got = {(one.start, one.end) for one in PhoneDetector().find(record["text"])}
        assert labelled <= got, record["text"]
        labelled_total += len(labelled)
        extra += [record["text"][start:end] for start, end in got - labelled]
    assert labelled_total > 20
    assert extra == ["0412-555-947"], "an Australian mobile number that the labels missed"
