"""What a change of rules would have changed: past turns judged by both versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.rules.facts import Facts
from app.rules.judge import Ruleset, judge
from app.rules.model import Fired, Stage, Verdict


@dataclass(frozen=True, slots=True)
class PastFacts:
    """The facts of one past judgement, as they were recorded; derived ones left out are found out anew."""

    turn_id: str
    stage: Stage
    facts: Facts


@dataclass(frozen=True, slots=True)
class Change:
    """A turn that the new rules judge otherwise."""

    turn_id: str
    stage: Stage
    before: Verdict
    after: Verdict


def replay(old: Ruleset | None, new: Ruleset, past: Iterable[PastFacts]) -> list[Change]:
    """The turns whose actions differ between `old` (None: no rules) and `new`, in order.

    Names of rules and versions do not count.

    Raises:
        RejectedError: a fact that rules do not know.
    """
    changes = []
    for one in past:
        before = judge(old, one.stage, one.facts) if old else Verdict(one.stage)
        after = judge(new, one.stage, one.facts)
        if effect(before) != effect(after):
            changes.append(Change(one.turn_id, one.stage, before, after))
    return changes


def effect(verdict: Verdict) -> list[object]:
    """What `verdict` does, whichever rules say so; two verdicts of the same effect change nothing for anybody."""
    ending: Fired | None = verdict.ending
    others = [one.action for one in verdict.fired if not one.action.ends]
    return [
        ending.action if ending else None,
        *dict.fromkeys((a.kind, a.names, tuple(a.texts.items())) for a in others),
    ]
