"""What is wrong between rules: those that never act, those that say one thing twice, those that end a turn two ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from app.rules.conditions import Condition
from app.rules.model import STAGES, TERMINAL, Action, Rule, Rules, Table

MAX_CONFLICTS = 500

ConflictKind = Literal["shadowed", "contradiction", "duplicate", "overlap"]
"""`shadowed`: the second never acts, a rule above it takes all it would fit. `contradiction`: they fit the same and end
the turn differently, or one of them never comes to it. `duplicate`: they fit and do the same. `overlap`: some message
fits both, and they end the turn differently; the sentence says which counts."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rules that do not go together; `serious` when the file hardly means it so (all but overlaps)."""

    kind: ConflictKind
    tables: tuple[str, str]
    rules: tuple[str, str]
    message: str

    @property
    def serious(self) -> bool:
        """Whether it is more than a note."""
        return self.kind != "overlap"


def conflicts(rules: Rules) -> tuple[Conflict, ...]:
    """Every conflict between two rules of one stage, serious ones first; at most 500."""
    found: list[Conflict] = []
    for conflict in _all(rules):
        found.append(conflict)
        if len(found) == MAX_CONFLICTS:
            break
    return tuple(sorted(found, key=lambda one: not one.serious))


def _all(rules: Rules) -> Iterator[Conflict]:
    for stage in STAGES:
        placed = [
            _Placed(table, rule, frozenset(rule.when), _ending(rule))
            for table in rules.at(stage)
            for rule in table.rules
        ]
        yield from (found for one, other in combinations(placed, 2) if (found := _serious(one, other)))
        ending = [one for one in placed if one.ending]
        yield from (found for one, other in combinations(ending, 2) if (found := _overlap(one, other)))


@dataclass(frozen=True, slots=True)
class _Placed:
    """A rule, its table, the facts it asks, and how it ends a turn."""

    table: Table
    rule: Rule
    facts: frozenset[str]
    ending: Action | None

    def in_order(self, other: _Placed) -> bool:
        """Whether of both only the one above acts."""
        return self.table is other.table and self.table.hit == "first"

    def together(self, other: _Placed) -> tuple[tuple[str, str], tuple[str, str]]:
        """The names of both tables, and of both rules."""
        return (self.table.name, other.table.name), (self.rule.name, other.rule.name)


def _serious(one: _Placed, other: _Placed) -> Conflict | None:
    if not one.facts <= other.facts or not _implies(other.rule, one.rule):
        return None
    same = one.facts == other.facts and _implies(one.rule, other.rule)
    (tables, names), alike = one.together(other), one.rule.then == other.rule.then
    first, second = names
    if one.in_order(other):
        if not same:
            return Conflict("shadowed", tables, names, f"{second} never acts: whatever fits it fits {first} above it")
        kind: ConflictKind = "duplicate" if alike else "contradiction"
        return Conflict(kind, tables, names, f"{second} never acts: {first} above it has the same conditions")
    if not same:
        return None
    if alike:
        return Conflict("duplicate", tables, names, f"{first} and {second} have the same conditions and do the same")
    if one.ending and other.ending and one.ending != other.ending:
        said = f"{_both(one, other)} have the same conditions; {_counting(one, other)} counts"
        return Conflict("contradiction", tables, names, said)
    return None


def _overlap(one: _Placed, other: _Placed) -> Conflict | None:
    if one.in_order(other) or one.ending == other.ending or not _meet(one.rule, other.rule):
        return None
    if one.facts == other.facts and _implies(one.rule, other.rule) and _implies(other.rule, one.rule):
        return None
    tables, names = one.together(other)
    return Conflict("overlap", tables, names, f"{_both(one, other)} can both fit; then {_counting(one, other)} counts")


def _both(one: _Placed, other: _Placed) -> str:
    return " and ".join(f"{it.rule.name} ({it.ending.kind})" for it in (one, other) if it.ending)


def _counting(one: _Placed, other: _Placed) -> str:
    """The rule whose ending counts when both fit."""
    assert one.ending
    assert other.ending
    stricter = TERMINAL.index(other.ending.kind) < TERMINAL.index(one.ending.kind)
    return other.rule.name if stricter else one.rule.name


def _ending(rule: Rule) -> Action | None:
    return next((action for action in rule.then if action.ends), None)


def _implies(narrow: Rule, wide: Rule) -> bool:
    """Whether whatever fits `narrow` fits `wide`."""
    return all(fact in narrow.when and narrow.when[fact].implies(condition) for fact, condition in wide.when.items())


def _meet(rule: Rule, other: Rule) -> bool:
    """Whether something fits both, as far as each fact alone can tell."""
    shared: Iterator[tuple[Condition, Condition]] = (
        (condition, other.when[fact]) for fact, condition in rule.when.items() if fact in other.when
    )
    return all(one.meets(another) for one, another in shared)
