"""Rules as clients see them: facts, verdicts and conflicts."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel

from app.rules.conflicts import Conflict, ConflictKind
from app.rules.facts import FACTS
from app.rules.model import ActionKind, Fired, Stage, Verdict


class FactView(BaseModel):
    """A fact that rules may ask about; a derived one follows from the texts."""

    name: str
    kind: str
    stage: Stage
    meaning: str
    example: Any
    derived: bool
    values: list[str]


class FiredView(BaseModel):
    """One action of one rule: `names` is what to mask, which sources, which slot."""

    ruleset: str
    version: int
    table: str
    rule: str
    action: ActionKind
    texts: dict[str, str]
    names: list[str]


class VerdictView(BaseModel):
    """What the rules say: `ending` is the action that ends the turn, `rule` names the one that decided."""

    stage: Stage
    rule: str
    ending: ActionKind | None
    actions: list[FiredView]


class ConflictView(BaseModel):
    """Two rules that do not go together."""

    kind: ConflictKind
    serious: bool
    tables: list[str]
    rules: list[str]
    message: str

    @classmethod
    def of(cls, conflict: Conflict) -> Self:
        """The view of `conflict`."""
        return cls(
            kind=conflict.kind,
            serious=conflict.serious,
            tables=list(conflict.tables),
            rules=list(conflict.rules),
            message=conflict.message,
        )


def fact_views() -> list[FactView]:
    """Every fact, in the order of the documentation."""
    return [
        FactView(
            name=fact.name,
            kind=fact.kind,
            stage=fact.stage,
            meaning=fact.meaning,
            example=fact.example,
            derived=fact.derived,
            values=list(fact.values),
        )
        for fact in FACTS
    ]


def verdict_view(verdict: Verdict) -> VerdictView:
    """The view of `verdict`."""
    ending = verdict.ending
    return VerdictView(
        stage=verdict.stage,
        rule=verdict.rule,
        ending=ending.action.kind if ending else None,
        actions=[_fired_view(fired) for fired in verdict.fired],
    )


def _fired_view(fired: Fired) -> FiredView:
    return FiredView(
        ruleset=fired.ruleset,
        version=fired.version,
        table=fired.table,
        rule=fired.rule,
        action=fired.action.kind,
        texts=dict(fired.action.texts),
        names=list(fired.action.names),
    )
