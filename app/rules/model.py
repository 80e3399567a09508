"""What a rule, a set of rules and a verdict are: frozen, complete, without a clock or a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from app.rules.conditions import Condition

Stage = Literal["greeting", "before", "after"]
"""When rules judge, in order: a page with the widget begins; the message is there, nothing was searched; the answer is
there, nothing was sent. What is known at a stage is known at those after it."""

Hit = Literal["first", "all"]
"""In a `first` table only the first rule that fits acts; in an `all` table every one."""

Format = Literal["yaml", "csv", "jdm"]

ActionKind = Literal["block", "hand_over", "replace", "answer", "mask", "restrict", "require", "warn", "closed"]

STAGES: tuple[Stage, ...] = get_args(Stage)
STAGE_NAMES = f"{', '.join(STAGES[:-1])} or {STAGES[-1]}"
LANGUAGES = ("en", "zh")
"""Every text of a rule is there in each of these."""

TERMINAL: tuple[ActionKind, ...] = ("block", "hand_over", "replace", "answer")
"""Actions that end the turn, strictest first: of several, the strictest counts, of equals the first."""

WITH_TEXT: frozenset[ActionKind] = frozenset({"block", "answer", "warn", "replace", "closed"})
"""Actions that say something; for `hand_over` and `require` a text is possible."""

MAY_SAY: frozenset[ActionKind] = WITH_TEXT | {"hand_over", "require"}
WITH_NAMES: frozenset[ActionKind] = frozenset({"mask", "restrict", "require"})

ALLOWED: Mapping[Stage, frozenset[ActionKind]] = {
    "greeting": frozenset({"answer", "closed"}),
    "before": frozenset({"block", "hand_over", "answer", "mask", "restrict", "require", "warn"}),
    "after": frozenset({"block", "hand_over", "replace", "mask", "warn"}),
}
"""What rules of a stage may do."""


def known_at(since: Stage, stage: Stage) -> bool:
    """Whether what is known since one stage is known at the other."""
    return STAGES.index(since) <= STAGES.index(stage)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a rule does. `texts`: language → what the user is told (empty where nothing is said).

    `names`: for `mask` kinds of personal data or patterns, for `restrict` sources, for `require` the one slot.
    `patterns`: those of the names that are patterns, with their RE2.
    """

    kind: ActionKind
    texts: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    patterns: Mapping[str, str] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """What the user is told in `language`, else in English; "" where nothing is said."""
        return self.texts.get(language) or self.texts.get(LANGUAGES[0], "")

    @property
    def ends(self) -> bool:
        """Whether the turn ends with it."""
        return self.kind in TERMINAL


@dataclass(frozen=True, slots=True)
class Rule:
    """When every condition of `when` (fact → condition) holds, `then` is done in order."""

    name: str
    when: Mapping[str, Condition]
    then: tuple[Action, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rules of one stage that belong together, in order."""

    name: str
    stage: Stage
    hit: Hit
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a rule file says. `lists`: name → phrases; `patterns`: name → RE2."""

    tables: tuple[Table, ...]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    description: str = ""

    def at(self, stage: Stage) -> tuple[Table, ...]:
        """The tables of `stage`, in order."""
        return tuple(table for table in self.tables if table.stage == stage)


@dataclass(frozen=True, slots=True)
class Fired:
    """One action of one rule that fits; `str` names rule, set and version: "shop/3 block-injection"."""

    ruleset: str
    version: int
    table: str
    rule: str
    action: Action

    def __str__(self) -> str:
        return f"{self.ruleset}/{self.version} {self.rule}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say about one message or answer: their actions in order. No action: nothing to do."""

    stage: Stage
    fired: tuple[Fired, ...] = ()

    @property
    def ending(self) -> Fired | None:
        """The action that ends the turn: the strictest, of equals the first; None where none does."""
        ends = [one for one in self.fired if one.action.ends]
        return min(ends, key=lambda one: TERMINAL.index(one.action.kind), default=None)

    @property
    def rule(self) -> str:
        """Set, version and name of the rule that decided: the one that ends the turn, else the first; else ""."""
        decisive = self.ending or (self.fired[0] if self.fired else None)
        return str(decisive) if decisive else ""

    def of(self, kind: ActionKind) -> tuple[Fired, ...]:
        """Every action of `kind`, in order."""
        return tuple(one for one in self.fired if one.action.kind == kind)

    def names(self, kind: ActionKind) -> tuple[str, ...]:
        """The names in all actions of `kind`, each once, in order: what to mask, which sources, which slots."""
        return tuple(dict.fromkeys(name for one in self.of(kind) for name in one.action.names))

    def joined(self, other: Verdict) -> Verdict:
        """This verdict followed by `other`, of the same stage."""
        return Verdict(self.stage, (*self.fired, *other.fired))
