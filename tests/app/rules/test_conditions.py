from __future__ import annotations

from typing import Any

import pytest
import zen
from hypothesis import given
from hypothesis import strategies as st

from app.rules.conditions import Condition, Holds, OneOf, Within, coded, read_condition

WORDS = st.sampled_from(["a", "b", "c", "订单", "it's", 'say "x"', "back\\slash", "100%", "${x}", "new\nline"])
NUMBERS = st.one_of(st.integers(-5, 5), st.sampled_from([0.25, 0.8, -1.5, 3.000000000001]))


@st.composite
def ranges(draw: st.DrawFn) -> Condition:
    low, high = sorted((float(draw(NUMBERS)), float(draw(NUMBERS))))
    if low == high:
        return Within(low, high)
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return Within(low, high, draw(st.booleans()), draw(st.booleans()))
    return (
        Within(low=low, low_open=draw(st.booleans())) if kind == 1 else Within(high=high, high_open=draw(st.booleans()))
    )


CHOICES = st.builds(OneOf, st.frozensets(WORDS, min_size=1, max_size=3), st.booleans())


@st.composite
def holdings(draw: st.DrawFn) -> Condition:
    sides = [draw(st.frozensets(WORDS, max_size=2)) for _ in range(3)]
    made = Holds(*sides)
    return made if any(sides) and made.meets(made) else Holds(any_of=frozenset({"a"}))


SETS = st.lists(WORDS, max_size=4, unique=True)
ASKED = st.one_of(
    st.tuples(st.just("number"), ranges(), ranges(), NUMBERS),
    st.tuples(st.just("text"), CHOICES, CHOICES, WORDS),
    st.tuples(st.just("set"), holdings(), holdings(), SETS),
)


@given(ASKED)
def test_zen_and_the_condition_itself_agree(asked: tuple[str, Condition, Condition, Any]) -> None:
    _, condition, _, value = asked
    given_to_zen = coded(value) if isinstance(value, str) else value
    given_to_zen = [coded(one) for one in value] if isinstance(value, list) else given_to_zen
    fits = condition.fits(value)  # type: ignore[union-attr]
    assert zen.evaluate_unary_expression(condition.zen(), {"$": given_to_zen}) is fits


@given(ASKED)
def test_meeting_and_implying_say_nothing_that_a_value_disproves(asked: tuple[str, Condition, Condition, Any]) -> None:
    _, one, other, value = asked
    fits, other_fits = one.fits(value), other.fits(value)  # type: ignore[union-attr]
    if fits and other_fits:
        assert one.meets(other)
    if one.implies(other) and fits:
        assert other_fits
    assert one.implies(one)


@given(ASKED)
def test_what_is_written_is_read_back_the_same(asked: tuple[Any, Condition, Condition, Any]) -> None:
    kind, condition, _, _ = asked
    assert read_condition(kind, condition.plain()) == condition


@pytest.mark.parametrize(
    ("kind", "written", "value", "fits"),
    [
        ("number", ">= 0.8", 0.8, True),
        ("number", "> 0.8", 0.8, False),
        ("number", "<3", 3, False),
        ("number", 5, 5, True),
        ("number", "9..18", 18, True),
        ("number", {"at_least": 9, "below": 18}, 18, False),
        ("text", ["a", "b"], "b", True),
        ("text", {"not": "a"}, "a", False),
        ("text", {"not": ["a"]}, "", True),
        ("truth", True, False, False),
        ("set", "a", ["a", "b"], True),
        ("set", {"all": ["a", "b"]}, ["a"], False),
        ("set", {"none": ["a"]}, [], True),
        ("set", {"any": ["a"], "none": ["b"]}, ["a", "b"], False),
    ],
)
def test_the_forms_people_write(kind: Any, written: Any, value: Any, fits: bool) -> None:
    assert read_condition(kind, written).fits(value) is fits  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "written", "said"),
    [
        ("number", "many", "a comparison such as"),
        ("number", True, "not true or false"),
        ("number", "5..3", "no number lies"),
        ("number", {"at_least": "x"}, "bounds are numbers"),
        ("number", {"above": 3, "below": 3}, "no number lies"),
        ("number", 1e300, "too large"),
        ("text", 5, "write it in quotes"),
        ("text", [], "no condition"),
        ("text", {"unless": "x"}, "{not: …}"),
        ("truth", "yes", "true or false"),
        ("set", {"some": ["a"]}, "any, all and none"),
        ("set", {"all": ["a"], "none": ["a"]}, "excludes"),
        ("set", {}, "empty"),
    ],
)
def test_what_cannot_be_meant_is_refused(kind: Any, written: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_condition(kind, written)
