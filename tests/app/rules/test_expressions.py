from __future__ import annotations

import pytest

from app.rules.expressions import check_expression

KNOWN = frozenset({"text", "hour", "groups", "slot", "intent"})


@pytest.mark.parametrize(
    ("expression", "used"),
    [
        ("hour >= 9 and hour < 18.5", {"hour"}),
        ("hour in [9..18]", {"hour"}),
        ("[9..18]", set()),
        ("> 3", set()),
        ("'a', \"b\"", set()),
        ("contains(lower(text), 'refund') or slot.order == 'x'", {"text", "slot"}),
        ("some(groups, # in ['a', 'b'])", {"groups"}),
        ("matches(text, 'SO-[0-9]+')", {"text"}),
        ('"sales" in $ and not ("x" in $)', set()),
        ("intent == 'price' ? 1 : 2", {"intent"}),
    ],
)
def test_facts_and_harmless_functions_may_be_used(expression: str, used: set[str]) -> None:
    assert check_expression(expression, KNOWN) == used


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("mood == 'x'", "unknown fact 'mood'"),
        ("date('now') > 3", "function 'date' is refused"),
        ("rand(10) > 3", "function 'rand' is refused"),
        ("d().year()", "function 'd' is refused"),
        ("text.toUpperCase() == 'A'", "methods such as"),
        ("matches(text, '(a')", "not valid RE2"),
        ("matches(text, '(?=a)a')", "not valid RE2"),
        ("matches(text, intent)", "a pattern in quotes"),
        ("some(groups, some(groups, # == 'a'))", "at most one of"),
        ("some([1..1000000000], # == 3)", "goes over a fact"),
        ("len([1..1000000000])", "stands alone or behind"),
        ("hour = 3", "cannot stand"),
        ("hour; 3", "cannot stand"),
        ("`a${text}`", "cannot stand"),
        ("{a: 1}", "cannot stand"),
        ("9 ^ 9", "cannot stand"),
        ("$nodes.x", "unknown fact 'nodes'"),
        ("hour > " + "1 + " * 300 + "1", "at most 1,000"),
    ],
)
def test_what_is_slow_uncertain_or_unknown_is_refused(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        check_expression(expression, KNOWN)
