from __future__ import annotations

from typing import Any

import pytest

from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.outliers import OutliersOptions, OutliersStep


def step(**options: Any) -> OutliersStep:
    return OutliersOptions.model_validate(
        {"fields": [{"field": "pressure", "names": ["压力"], "min": 0, "max": 25, **options}]}
    ).build()


def test_a_value_within_the_range_changes_nothing() -> None:
    draft = Draft("t", "Pressure: 25 bar\n压力：0", metadata={"pressure": "9,5"})
    verdict = step().apply(draft)
    assert (verdict.draft, verdict.notes) == (draft, ())


@pytest.mark.parametrize("value", ["900 bar", "-3", "1,500", "€ 26.5", "−3"])
def test_an_outlier_is_flagged_in_metadata(value: str) -> None:
    verdict = step().apply(Draft("t", f"Pressure: {value}"))
    assert verdict.draft.text == f"Pressure: {value}"
    assert verdict.draft.metadata["outlier.pressure"] == f"pressure is {value}, expected 0 to 25"
    assert verdict.notes[0].step == "outliers"


def test_an_outlier_is_masked_wherever_it_stands() -> None:
    draft = Draft(
        "t", "a\nPressure: 900 bar\n| 压力 | 901 |\nPressure: 9 bar\n", metadata={"Pressure": "902", "x": "1"}
    )
    masked = step(action="mask").apply(draft).draft
    assert masked.text == "a\nPressure: [out of range]\n| 压力 | [out of range] |\nPressure: 9 bar\n"
    assert (masked.metadata["Pressure"], masked.metadata["x"]) == ("[out of range]", "1")
    assert "902" not in masked.metadata["outlier.pressure"]


def test_an_outlier_makes_a_dead_letter_when_asked_for() -> None:
    verdict = step(action="reject").apply(Draft("t", "压力：900"))
    assert (verdict.action, verdict.reason) == ("reject", "pressure is 900, expected 0 to 25")


def test_words_instead_of_a_number_are_no_outlier() -> None:
    assert step(action="reject").apply(Draft("t", "Pressure: unknown")).action == "keep"


def test_ranges_may_be_open_but_not_empty() -> None:
    assert step(min=None, action="reject").apply(Draft("t", "Pressure: 26")).reason.endswith("expected at most 25")
    assert step(max=None, action="reject").apply(Draft("t", "Pressure: -1")).reason.endswith("expected at least 0")
    with pytest.raises(ValueError, match="give min, max or both"):
        step(min=None, max=None)
    with pytest.raises(ValueError, match="min 30 is more than max 25"):
        step(min=30)
