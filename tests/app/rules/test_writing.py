from __future__ import annotations

from hypothesis import given, settings

from app.rules.judge import from_normal, load_ruleset, normal_form, ready
from app.rules.model import Rules
from app.rules.writing import to_yaml
from tests.app.rules.strategies import rules


@settings(max_examples=60, deadline=None)
@given(rules())
def test_a_rule_file_round_trips(made: Rules) -> None:
    written = to_yaml(made)
    assert load_ruleset(written, "yaml", "shop").rules == made
    again = to_yaml(load_ruleset(written, "yaml", "shop").rules)
    assert to_yaml(load_ruleset(again, "yaml", "shop").rules) == again


@settings(max_examples=30, deadline=None)
@given(rules())
def test_the_stored_form_gives_the_same_rules(made: Rules) -> None:
    ruleset = ready("shop", 3, made)
    assert from_normal(normal_form(ruleset, "", "yaml"), "shop", 3) == ruleset
