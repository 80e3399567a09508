"""Rules and facts at random, for property tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from app.rules.conditions import Condition, Holds, OneOf, Within
from app.rules.facts import PERSONAL_DATA, WEEKDAYS, known_fact
from app.rules.model import Action, Rule, Rules, Stage, Table

LISTS = {"angry": ("ripped off", "太差了"), "greeting": ("hello", "你好", 'say "hi"')}
PATTERNS = {"order": r"SO-\d+", "year": r"\b20\d\d\b"}
NAMES = st.from_regex(r"[a-z一-龥][a-z0-9_.-]{0,8}", fullmatch=True)
SAID = (
    st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=30).map(str.strip).filter(bool)
)
TEXTS = st.fixed_dictionaries({"en": SAID, "zh": SAID})
VALUES: dict[str, list[str]] = {
    "words": list(LISTS),
    "patterns": list(PATTERNS),
    "personal_data": list(PERSONAL_DATA),
    "weekday": list(WEEKDAYS),
    "language": ["en", "zh", "other"],
    "intent": ["price", "1e3", "true", "~", "on", "2026-01-05", "a b", "#x", "订单", 'a"b', "c\\d", "50%", ": x"],
    "groups": ["sales", "service", "仓库"],
    "slot.model": ["X1", "x 2"],
}
CONDITIONS: dict[str, st.SearchStrategy[Condition]] = {
    "hour": st.builds(Within, st.sampled_from([0.0, 8.5]), st.sampled_from([9.0, 24.0]), st.booleans(), st.booleans()),
    "injection_score": st.builds(Within, st.sampled_from([0.25, 0.8]), low_open=st.booleans()),
    "turn_count": st.just(Within(3, 3)),
    "anonymous": st.sampled_from([OneOf(frozenset({True})), OneOf(frozenset({False}))]),
}


def _condition(fact: str) -> st.SearchStrategy[Condition]:
    if fact in CONDITIONS:
        return CONDITIONS[fact]
    some = st.frozensets(st.sampled_from(VALUES[fact]), min_size=1, max_size=2)
    if known_fact(fact, "before").kind == "text":
        return st.builds(OneOf, some, st.booleans())
    return st.one_of(st.builds(Holds, any_of=some), st.builds(Holds, all_of=some), st.builds(Holds, none_of=some))


def conditions() -> st.SearchStrategy[dict[str, Condition]]:
    facts = st.lists(st.sampled_from([*VALUES, *CONDITIONS]), max_size=4, unique=True)
    return facts.flatmap(lambda chosen: st.fixed_dictionaries({fact: _condition(fact) for fact in chosen}))


def actions(stage: Stage) -> st.SearchStrategy[Action]:
    kinds = [st.builds(Action, st.just("block"), TEXTS), st.builds(Action, st.just("warn"), TEXTS)]
    kinds += [st.just(Action("hand_over")), st.builds(Action, st.just("hand_over"), TEXTS)]
    kinds += [st.just(Action("mask", {}, ("email", "order"), {"order": PATTERNS["order"]}))]
    if stage == "before":
        kinds += [st.just(Action("restrict", {}, ("files", "erp"))), st.just(Action("require", {}, ("order_number",)))]
        kinds += [
            st.builds(Action, st.just("require"), TEXTS, st.just(("型号",))),
            st.builds(Action, st.just("answer"), TEXTS),
        ]
    else:
        kinds.append(st.builds(Action, st.just("replace"), TEXTS))
    return st.one_of(kinds)


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    tables = []
    for number, start in enumerate(range(0, len(names), 2)):
        stage: Stage = draw(st.sampled_from(["before", "after"]))
        made = tuple(
            Rule(
                name,
                draw(conditions()),
                tuple(draw(st.lists(actions(stage), min_size=1, max_size=2))),
                draw(st.sampled_from(["", "why: it is so"])),
            )
            for name in names[start : start + 2]
        )
        tables.append(Table(f"table-{number}", stage, draw(st.sampled_from(["first", "all"])), made))
    return Rules(tuple(tables), LISTS, PATTERNS, draw(st.sampled_from(["", "of the shop: 店铺"])))


FACTS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "text": st.sampled_from(["", "hello, I was ripped off", "你好，太差了", "SO-12 of 2026, ann@example.org"]),
        "hour": st.sampled_from([0, 8.5, 9, 12, 24]),
        "injection_score": st.sampled_from([0, 0.25, 0.5, 0.8, 1]),
        "turn_count": st.integers(0, 4),
        "anonymous": st.booleans(),
        "intent": st.sampled_from(["", *VALUES["intent"]]),
        "groups": st.lists(st.sampled_from(VALUES["groups"]), unique=True),
        "weekday": st.sampled_from(VALUES["weekday"]),
        "slot": st.sampled_from([{}, {"model": "X1"}, {"model": "x 2", "rule": "0"}]),
    }
)
