from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rules.engine import value_of
from app.rules.facts import check_facts
from app.rules.judge import judge, judge_all, load_ruleset, ready
from app.rules.model import Rule, Rules, Stage, Table
from retrieval.errors import RejectedError
from tests.app.rules.strategies import FACTS, rules

SHOP = """\
lists: {angry: [ripped off, 太差了]}
tables:
  - table: guard
    stage: before
    rules:
      - rule: attack
        when: {injection_score: ">= 0.8"}
        then: {block: {en: No., zh: 不。}}
      - rule: staff
        when: {roles: agent}
        then: {warn: {en: Staff., zh: 员工。}}
  - table: tone
    stage: before
    hit: all
    rules:
      - rule: angry
        when: {words: angry}
        then: {hand_over: true}
      - rule: model
        when: {slot.model: X1, slots: {none: [serial]}}
        then: [{require: serial}, {restrict: [handbook]}]
  - table: claims
    stage: after
    rules:
      - rule: figures
        when: {unsupported_numbers: ">= 1", decision: answer}
        then: {replace: {en: No figures., zh: 没有数字。}}
"""


def expected(made: Rules, stage: Stage, facts: dict[str, Any]) -> list[tuple[Table, Rule]]:
    """The same judgement, by the conditions themselves instead of zen."""
    fired = []
    for table in made.at(stage):
        fitting = [
            rule
            for rule in table.rules
            if all(c.fits(value_of(f, facts)) for f, c in rule.when.items())  # type: ignore[union-attr]
        ]
        fired += [(table, rule) for rule in (fitting[:1] if table.hit == "first" else fitting)]
    return fired


@settings(max_examples=80, deadline=None)
@given(rules(), FACTS, st.sampled_from(["before", "after"]))
def test_zen_judges_as_the_conditions_say_and_always_the_same(made: Rules, facts: dict[str, Any], stage: Stage) -> None:
    ruleset = ready("shop", 4, made)
    verdict = judge(ruleset, stage, facts)
    everything = frozenset(
        fact for table in made.at(stage) for rule in table.rules for fact in rule.when if "." not in fact
    )
    complete = ruleset.features.derive(everything, check_facts(facts, stage))
    names = [(table.name, rule.name) for table, rule in expected(made, stage, complete) for _ in rule.then]
    assert [(fired.table, fired.rule) for fired in verdict.fired] == names
    assert judge(ready("shop", 4, made), stage, dict(reversed(facts.items()))) == verdict


def test_every_action_names_rule_set_version_and_rule() -> None:
    verdict = judge(
        load_ruleset(SHOP, "yaml", "shop", 7), "before", {"text": "I was RIPPED off", "injection_score": 0.9}
    )
    assert [str(fired) for fired in verdict.fired] == ["shop/7 attack", "shop/7 angry"]
    assert verdict.rule == "shop/7 attack"
    assert verdict.ending is verdict.fired[0]
    assert verdict.ending.action.text("zh") == "不。"
    assert verdict.ending.action.text("fr") == "No."


def test_actions_keep_their_order_and_slots_are_facts() -> None:
    verdict = judge(load_ruleset(SHOP, "yaml", "shop"), "before", {"slot.model": "X1"})
    assert [fired.action.kind for fired in verdict.fired] == ["require", "restrict"]
    assert (verdict.names("require"), verdict.names("restrict")) == (("serial",), ("handbook",))
    assert (verdict.ending, verdict.rule) == (None, "shop/0 model")


def test_the_strictest_ending_counts_whatever_the_order() -> None:
    first = load_ruleset(SHOP.replace("attack", "a"), "yaml", "a")
    only_tone = load_ruleset(SHOP.replace("0.8", "2"), "yaml", "b")
    facts = {"text": "太差了", "injection_score": 0.9}
    assert judge_all([only_tone, first], "before", facts).rule == "a/0 a"


def test_the_answer_is_judged_by_what_its_sources_say() -> None:
    shop = load_ruleset(SHOP, "yaml", "shop")
    facts = {"text": "price?", "answer": "It is 20 EUR.", "decision": "answer", "passages": ["It is 20 EUR"]}
    assert judge(shop, "after", facts).fired == ()
    assert judge(shop, "after", {**facts, "passages": ["It is 19 EUR"]}).rule == "shop/0 figures"


def test_a_derived_fact_may_be_given_as_it_was_recorded() -> None:
    assert judge(load_ruleset(SHOP, "yaml", "shop"), "before", {"words": ["angry"]}).rule == "shop/0 angry"


def test_nothing_to_judge_is_an_empty_verdict() -> None:
    only_after = SHOP[: SHOP.index("  - table: guard")] + SHOP[SHOP.index("  - table: claims") :]
    verdict = judge(load_ruleset(only_after, "yaml", "shop"), "before", {"text": "x"})
    assert (verdict.fired, verdict.rule, verdict.ending) == ((), "", None)


def test_a_wrong_fact_is_refused_even_where_no_rule_asks_it() -> None:
    with pytest.raises(RejectedError, match="hour must be a number"):
        judge(load_ruleset(SHOP, "yaml", "shop"), "before", {"hour": "noon"})


@given(st.text(max_size=200))
def test_no_text_whatever_breaks_the_judgement(text: str) -> None:
    judge(load_once(), "before", {"text": text, "intent": text, "groups": [text], "slot": {"model": text}})


def test_halves_of_characters_are_refused_in_words() -> None:
    with pytest.raises(RejectedError, match="surrogates"):
        judge(load_once(), "before", {"slot": {"model": "\ud800"}})


def load_once(kept: list[Any] = []) -> Any:  # noqa: B006 - kept over the examples on purpose
    if not kept:
        kept.append(load_ruleset(SHOP, "yaml", "shop"))
    return kept[0]


def test_the_fingerprint_follows_what_is_said_not_how() -> None:
    one, other = (load_ruleset(body, "yaml", "shop") for body in (SHOP, "# a comment\n" + SHOP))
    assert one.fingerprint == other.fingerprint
    assert one.fingerprint != load_ruleset(SHOP.replace("0.8", "0.9"), "yaml", "shop").fingerprint
