from __future__ import annotations

from datetime import datetime

import pytest

from app.callers import make_caller
from app.rules.facts import check_facts
from app.rules.gathering import Answered, Circumstances, facts_after, facts_before, facts_greeting

CALLER = make_caller("acme", "", ["sales"], [])
MOMENT = datetime(2026, 11, 28, 8, 30)  # noqa: DTZ001 - local time


@pytest.mark.parametrize(("user", "anonymous"), [("", True), ("visitor-7f", True), ("ann", False)])
def test_who_nobody_vouches_for_is_anonymous(user: str, anonymous: bool) -> None:
    greeting = facts_greeting(Circumstances(make_caller("acme", user, [], []), MOMENT))
    assert check_facts(greeting, "greeting")["anonymous"] is anonymous


def test_facts_are_complete_and_of_their_kinds() -> None:
    before = facts_before("hello", Circumstances(CALLER, MOMENT, "widget", 2, "price", {"model": "X1"}, 0.2))
    assert (before["hour"], before["weekday"], before["anonymous"], before["slots"]) == (8.5, "sat", True, ["model"])
    checked = check_facts(before, "before")
    assert {name: checked[name] for name in before} == before
    after = facts_after(before, Answered("It is 9 EUR.", "answer", 0.9, 1, ["9 EUR"]))
    assert check_facts(after, "after")["unsupported_sentences"] == 1
