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
"""`shadowed`: the second never acts, a rule above it takes all it would fit. `contradiction`: they fit the same and end the
turn differently, or one of them never comes to it. `duplicate`: they fit and do the same. `overlap`: some message fits
both, and they end the turn differently; the sentence says which counts."""


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
        placed = [(table, rule) for table in rules.at(stage) for rule in table.rules]
        yield from (found for pair in combinations(placed, 2) if (found := _between(*pair)) and found.serious)
        ending = [(table, rule) for table, rule in placed if _ending(rule)]
        yield from (found for pair in combinations(ending, 2) if (found := _between(*pair)) and not found.serious)


def _between(first: tuple[Table, Rule], second: tuple[Table, Rule]) -> Conflict | None:
    (table, rule), (other_table, other) = first, second
    in_first_table = table is other_table and table.hit == "first"
    wider = _implies(other, rule)
    same = wider and _implies(rule, other)
    tables, names = (table.name, other_table.name), (rule.name, other.name)
    if in_first_table:
        if not wider:
            return None
        if same:
            kind: ConflictKind = "duplicate" if rule.then == other.then else "contradiction"
            said = "the same conditions"
            return Conflict(kind, tables, names, f"{other.name} never acts: {rule.name} above it has {said}")
        return Conflict("shadowed", tables, names, f"{other.name} never acts: whatever fits it fits {rule.name} above it")
    ending, other_ending = _ending(rule), _ending(other)
    if same and rule.then == other.then:
        return Conflict("duplicate", tables, names, f"{rule.name} and {other.name} have the same conditions and do the same")
    if ending is None or other_ending is None or ending == other_ending:
        return None
    counts = other if TERMINAL.index(other_ending.kind) < TERMINAL.index(ending.kind) else rule
    both = f"{rule.name} ({ending.kind}) and {other.name} ({other_ending.kind})"
    if same:
        return Conflict("contradiction", tables, names, f"{both} have the same conditions; {counts.name} counts")
    if _meet(rule, other):
        return Conflict("overlap", tables, names, f"{both} can both fit; then {counts.name} counts")
    return None


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
