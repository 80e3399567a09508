"""Hours are those of the site's own zone, over changes of the clock, days off and midnight."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from app.widget.opening import Opening

BERLIN = {
    "timezone": "Europe/Berlin",
    "week": {"fri": [{"from": "13:00", "until": "18:00"}, {"from": "08:00", "until": "12:00"}],
             "mon": [{"from": "09:00", "until": "24:00"}]},
    "closed_on": ["2026-12-25"],
}  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "is_open", "opens_at"),
    [
        ("2026-11-27T07:00:00+00:00", True, None),  # a Friday, eight in Berlin
        ("2026-11-27T06:59:59+00:00", False, "2026-11-27T08:00:00+01:00"),
        ("2026-11-27T11:30:00+00:00", False, "2026-11-27T13:00:00+01:00"),
        ("2026-11-27T17:00:00+00:00", False, "2026-11-30T09:00:00+01:00"),
        ("2026-11-30T22:59:00+00:00", True, None),
        ("2026-11-30T23:00:00+00:00", False, "2026-12-04T08:00:00+01:00"),
        ("2026-12-22T12:00:00+00:00", False, "2026-12-28T09:00:00+01:00"),  # the Friday between is a day off
        ("2026-07-03T06:00:00+00:00", True, None),  # summer: two hours ahead
    ],
)
def test_hours_are_those_of_the_zone(moment: str, is_open: bool, opens_at: str | None) -> None:
    opening = Opening.model_validate(BERLIN)
    assert opening.is_open(at(moment)) is is_open
    assert opening.opens_at(at(moment)) == (at(opens_at) if opens_at else None)


def test_without_hours_people_are_always_there_and_without_any_near_nobody_says_when() -> None:
    moment = at("2026-11-27T07:00:00+00:00")
    assert Opening().is_open(moment)
    closed = Opening.model_validate({"week": {"mon": []}})
    assert not closed.is_open(moment)
    assert closed.opens_at(moment) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Middle/Earth"}, {"timezone": "../../etc/passwd"}, {"timezone": ""},
        {"week": {"mon": [{"from": "18:00", "until": "09:00"}]}}, {"week": {"mon": [{"from": "9", "until": "24:01"}]}},
        {"week": {"someday": []}}, {"closed_on": ["2026-02-30"]}, {"closed_text": {"fr": "Fermé"}}, {"more": 1},
    ],
)  # fmt: skip
def test_hours_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Opening.model_validate(wrong)
