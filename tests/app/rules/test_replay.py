from __future__ import annotations

from app.rules.judge import load_ruleset
from app.rules.replay import PastFacts, replay

BODY = """\
tables:
  - table: t
    stage: before
    hit: all
    rules:
      - {rule: late, when: {hour: ">= 18"}, then: {block: {en: Closed., zh: 已下班。}}}
      - {rule: vip, when: {groups: vip}, then: {restrict: [vip]}}
"""
PAST = [
    PastFacts("1", "before", {"text": "a", "hour": 17}),
    PastFacts("2", "before", {"text": "b", "hour": 19, "groups": ["vip"]}),
    PastFacts("3", "before", {"text": "c", "hour": 12, "groups": ["vip"]}),
    PastFacts("4", "after", {"text": "c", "answer": "x"}),
]


def test_only_turns_that_would_have_gone_otherwise_are_changes() -> None:
    old = load_ruleset(BODY, "yaml", "shop", 1)
    new = load_ruleset(BODY.replace("18", "17"), "yaml", "shop", 2)
    [change] = replay(old, new, PAST)
    assert (change.turn_id, change.before.fired, change.after.rule) == ("1", (), "shop/2 late")


def test_names_versions_and_repetitions_change_nothing() -> None:
    old = load_ruleset(BODY, "yaml", "shop", 1)
    again = "      - {rule: vip-too, when: {groups: vip}, then: {restrict: [vip]}}\n"
    new = load_ruleset(BODY.replace("late", "evening") + again, "yaml", "shop", 2)
    assert replay(old, new, PAST) == []


def test_another_text_is_another_decision() -> None:
    old, new = (load_ruleset(body, "yaml", "shop") for body in (BODY, BODY.replace("已下班", "休息")))
    assert [change.turn_id for change in replay(old, new, PAST)] == ["2"]
