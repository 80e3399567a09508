from __future__ import annotations

import pytest

from ingestion.cleaning.detectors.national_id import COUNTRIES, NationalIdDetector


def found(text: str, *countries: str) -> list[str]:
    return [text[one.start : one.end] for one in NationalIdDetector(frozenset(countries) or COUNTRIES).find(text)]


@pytest.mark.parametrize(
    ("country", "text", "number"),
    [
        ("CN", "身份证号：11010519491231002X。", "11010519491231002X"),
        ("CN", "身份证110105491231002", "110105491231002"),
        ("US", "SSN 536-22-8726", "536-22-8726"),
        ("US", "social security number: 536228726", "536228726"),
        ("US", "ITIN 912-70-1234", "912-70-1234"),
        ("GB", "NI number AB 12 34 56 C", "AB 12 34 56 C"),
        ("HK", "HKID A123456(3)", "A123456(3)"),
        ("TW", "身分證 A123456789", "A123456789"),
        ("ES", "DNI 12345678Z", "12345678Z"),
        ("ES", "NIE X1234567L", "X1234567L"),
        ("FR", "NIR 2 55 08 14 168 025 38", "2 55 08 14 168 025 38"),
        ("IN", "Aadhaar: 2341 2341 2346", "2341 2341 2346"),
    ],
)
def test_right_numbers_are_found_for_their_country_only(country: str, text: str, number: str) -> None:
    assert found(text, country) == [number]
    assert found(text, *(COUNTRIES - {country})) == []


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",
        "11010519491331002X",
        "99010519491231002X",
        "110105491231002",
        "000-12-3456",
        "666-12-3456",
        "536-00-8726",
        "536228726",
        "GB 12 34 56 C",
        "A123456(4)",
        "A123456788",
        "12345678A",
        "2 55 08 14 168 025 39",
        "2341 2341 2346",
        "part 536-22-8726-9",
        "AB-536-22-8726",
        "11010519491231002X5",
    ],
)
def test_wrong_numbers_and_identifiers_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_number_beside_chinese_text_is_found() -> None:
    assert found("张三11010519491231002X男") == ["11010519491231002X"]
