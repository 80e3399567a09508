from __future__ import annotations

import pytest

from app.rules.built_in import built_in_names, built_in_ruleset
from app.rules.conflicts import conflicts
from app.rules.judge import load_ruleset

BLOCK, OTHER, WARN = "{block: {en: a, zh: b}}", "{answer: {en: a, zh: b}}", "{warn: {en: a, zh: b}}"


def found(*tables: tuple[str, list[tuple[str, str]]], stage: str = "before") -> list[tuple[str, tuple[str, str]]]:
    lines = ["lists: {angry: [x], rude: [y]}", "tables:"]
    number = 0
    for place, (hit, rules) in enumerate(tables):
        lines += [f"  - table: t{place}", f"    stage: {stage}", f"    hit: {hit}", "    rules:"]
        for when, then in rules:
            number += 1
            lines += [f"      - rule: r{number}", f"        when: {when}", f"        then: {then}"]
    return [(one.kind, one.rules) for one in conflicts(load_ruleset("\n".join(lines), "yaml", "x").rules)]


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("{}", "{hour: 3}"),
        ("{hour: '>= 3'}", "{hour: 4..5, words: angry}"),
        ("{words: [angry, rude]}", "{words: rude}"),
        ("{words: {none: [rude]}}", "{words: {all: [angry], none: [rude]}}"),
        ("{intent: {not: price}}", "{intent: [stock, repair]}"),
        ("{weekday: [sat, sun]}", "{weekday: sun, hour: '< 9'}"),
    ],
)
def test_a_rule_below_a_wider_one_never_acts(wide: str, narrow: str) -> None:
    assert found(("first", [(wide, WARN), (narrow, BLOCK)])) == [("shadowed", ("r1", "r2"))]
    assert found(("first", [(narrow, WARN), (wide, BLOCK)])) == []
    assert found(("all", [(wide, WARN), (narrow, BLOCK)])) == []


def test_the_same_conditions_with_different_outcomes_contradict() -> None:
    rules = [("{hour: 3, words: angry}", BLOCK), ("{words: {all: [angry]}, hour: 3..3}", OTHER)]
    assert found(("first", rules)) == [("contradiction", ("r1", "r2"))]
    assert found(("all", rules)) == [("contradiction", ("r1", "r2"))]
    assert found(("all", rules[:1]), ("first", rules[1:])) == [("contradiction", ("r1", "r2"))]


def test_the_same_rule_twice_is_a_duplicate() -> None:
    assert found(("all", [("{hour: 3}", WARN), ("{hour: 3}", WARN)])) == [("duplicate", ("r1", "r2"))]


def test_rules_that_may_meet_and_end_the_turn_two_ways_overlap() -> None:
    assert found(("all", [("{hour: '>= 3'}", BLOCK), ("{hour: '<= 3'}", OTHER)])) == [("overlap", ("r1", "r2"))]
    assert found(("all", [("{hour: '> 3'}", BLOCK), ("{hour: '<= 3'}", OTHER)])) == []
    assert found(("all", [("{hour: '>= 3'}", BLOCK), ("{hour: '<= 3'}", WARN)])) == []
    assert found(("all", [("{words: angry}", BLOCK), ("{words: {none: [angry]}}", OTHER)])) == []


def test_the_sentence_says_which_counts() -> None:
    body = f"tables: [{{table: t, stage: before, hit: all, rules: [{{rule: a, then: {OTHER}}}, {{rule: b, when: {{hour: 3}}, then: {BLOCK}}}]}}]"  # noqa: E501
    [one] = conflicts(load_ruleset(body, "yaml", "x").rules)
    assert (one.kind, one.serious) == ("overlap", False)
    assert one.message == "a (answer) and b (block) can both fit; then b counts"


@pytest.mark.parametrize("name", built_in_names())
def test_built_in_rules_go_together(name: str) -> None:
    ruleset = built_in_ruleset(name)
    assert ruleset is not None
    assert conflicts(ruleset.rules) == ()
