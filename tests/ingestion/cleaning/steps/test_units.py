from __future__ import annotations

import pytest

from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.units import DefinedUnit, UnitsOptions

STEP = UnitsOptions(to=("MPa", "°C", "kg", "mm", "L")).build()


def normalised(text: str) -> str:
    return STEP.apply(Draft("t", text)).draft.text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("15bar", "15 bar (1.5 MPa)"),
        ("15 Bar.", "15 bar (1.5 MPa)."),
        ("压力15bar，", "压力15 bar (1.5 MPa)，"),
        ("1,500 psi", "1,500 psi (10.34 MPa)"),
        ("1,5 bar", "1,5 bar (0.15 MPa)"),
        ("9-10 bar", "9-10 bar (0.9-1 MPa)"),
        ("9 至 10 巴", "9 至 10 巴 (0.9-1 MPa)"),
        ("-20 °F", "-20 °F (-28.9 °C)"),
        ("200华氏度", "200华氏度 (93.3 °C)"),
        ("93℃", "93 °C"),
        ("3公斤", "3公斤 (3 kg)"),
        ("3kgs", "3 kg"),
        ("12 inches", "12 inch (305 mm)"),
        ("| 2 lbs |", "| 2 lb (0.907 kg) |"),
        ("0 °F", "0 °F (-17.8 °C)"),
    ],
)
def test_values_are_normalised_and_the_original_stays(given: str, expected: str) -> None:
    assert normalised(given) == expected
    assert normalised(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "AB-15bar",
        "M8x15",
        "15bar-valve",
        "v1.15 barrel",
        "升级到4升级版",
        "2米线",
        "5 in stock",
        "15 m/s",
        "$1.25 g",
        "`15bar`",
        "https://x.org/15bar",
        "2024-01-15",
        "#15 bar",
        "9 bars_x",
        "3克拉",
        "15 bark",
        "7 mcg",
        "500 km",
        "1.5 MPa (15 bar)",
    ],
)
def test_what_is_no_value_or_converts_badly_stays(text: str) -> None:
    assert normalised(text) == text


def test_without_a_target_only_the_spelling_is_regular() -> None:
    assert UnitsOptions().build().apply(Draft("t", "15bar 3KG")).draft.text == "15 bar 3 kg"


def test_own_units_are_converted() -> None:
    step = UnitsOptions(
        to=("g",), define={"scoop": DefinedUnit.model_validate({"of": "g", "factor": 7, "spellings": ["scoops"]})}
    ).build()
    assert step.apply(Draft("t", "2 scoops")).draft.text == "2 scoop (14 g)"


def test_targets_that_contradict_or_are_unknown_are_refused() -> None:
    with pytest.raises(ValueError, match="both measure pressure"):
        UnitsOptions(to=("MPa", "bar")).build()
    with pytest.raises(ValueError, match="'furlong' is not known"):
        UnitsOptions(to=("furlong",)).build()
