from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.rules.facts import FACTS, check_facts, fact_document, known_fact
from app.rules.model import STAGES, known_at
from retrieval.errors import RejectedError


def test_every_fact_has_an_example_of_its_own_kind() -> None:
    for fact in FACTS:
        assert check_facts({fact.name: fact.example}, "after")[fact.name] == fact.example


@pytest.mark.parametrize("stage", STAGES)
def test_facts_that_nobody_gave_have_a_value_of_their_kind(stage: Any) -> None:
    checked = check_facts({}, stage)
    wanted = {fact.name for fact in FACTS if not fact.derived and known_at(fact.stage, stage)}
    assert set(checked) == wanted | {"slot"}
    assert check_facts(checked, stage) == checked


def test_slots_may_be_given_one_by_one_or_together() -> None:
    assert check_facts({"slot.model": "X1", "slot": {"order": "7"}}, "before")["slot"] == {"model": "X1", "order": "7"}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"hours": 3}, "did you mean 'hour'"),
        ({"hour": "3"}, "hour must be a number"),
        ({"hour": True}, "hour must be a number"),
        ({"hour": float("nan")}, "too large"),
        ({"text": 3}, "text must be text"),
        ({"groups": "sales"}, "groups must be a list of texts"),
        ({"anonymous": 1}, "anonymous must be true or false"),
        ({"answer": "x"}, "only after the answer"),
        ({"slot": {"order": 7}}, "object of texts"),
    ],
)
def test_wrong_facts_are_refused_in_words(facts: dict[str, Any], said: str) -> None:
    with pytest.raises(RejectedError, match=said):
        check_facts(facts, "before")


def test_a_fact_of_the_answer_is_not_known_before_it() -> None:
    assert known_fact("answer_words", "after").kind == "set"
    with pytest.raises(ValueError, match="only after the answer"):
        known_fact("answer_words", "before")


@pytest.mark.parametrize("name", ["length", "slot.model", "turn_count"])
def test_of_a_message_nothing_is_known_at_the_greeting(name: str) -> None:
    assert known_fact("hour", "greeting").kind == "number"
    with pytest.raises(ValueError, match="only once there is a message; this table is of stage greeting"):
        known_fact(name, "greeting")


def test_the_page_about_rules_holds_the_table_of_facts() -> None:
    page = Path(__file__).parents[3] / "docs" / "rules.md"
    assert fact_document() in page.read_text(encoding="utf-8")
