"""Rules tried before they judge: checked cell by cell as somebody types, and replayed over past turns."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from app.admin.rule_files import RuleFile, given_ruleset, loaded, state_of, version_of
from app.admin.rule_views import ConflictView, VerdictView, verdict_view
from app.admin.services import Services, WithServices
from app.auth import CurrentCaller
from app.refusals import NotFoundError
from app.rules.conflicts import conflicts
from app.rules.judge import Ruleset
from app.rules.model import Stage
from app.rules.past import past_facts
from app.rules.replay import Change, PastFacts, replay
from app.rules.table_form import Checked, check_body, yaml_of

router = APIRouter(tags=["rules"])

RuleName = Annotated[str, Path(max_length=63)]
_SHOWN = 200
_MESSAGE_CHARACTERS = 300


class ProblemView(BaseModel):
    """A mistake: `path` leads to the cell of the table, `line` into the YAML (0: no line)."""

    path: list[int | str]
    line: int
    message: str


class CheckView(BaseModel):
    """What a rule file says, as text and as table; it can be saved when it is `accepted`."""

    accepted: bool
    problems: list[ProblemView]
    conflicts: list[ConflictView]
    body: str
    table: dict[str, Any]


class ReplayWish(RuleFile):
    """The rules to judge past turns by, and those to compare with (`against`; null: the version in force)."""

    against: int | None = Field(default=None, ge=0, le=2_000_000_000)
    days: int = Field(default=30, ge=1, le=365)
    limit: int = Field(default=1000, ge=1, le=5000)


class ReplayQuery(BaseModel):
    """The same of a saved version; without one the newest."""

    version: int | None = Field(default=None, ge=0, le=2_000_000_000)
    against: int | None = Field(default=None, ge=0, le=2_000_000_000)
    days: int = Field(default=30, ge=1, le=365)
    limit: int = Field(default=1000, ge=1, le=5000)


class ChangeView(BaseModel):
    """A past turn that would have gone otherwise."""

    turn_id: str
    stage: Stage
    message: str
    before: VerdictView
    after: VerdictView


class ReplayView(BaseModel):
    """`turns` were judged, the newest first; `changed` counts changes, of which the newest 200 are listed."""

    turns: int
    judged: int
    changed: int
    against: int | None
    changes: list[ChangeView]


@router.post("/v1/rules/{name}/check")
async def check_rules(name: RuleName, given: RuleFile, caller: CurrentCaller, services: WithServices) -> CheckView:
    """Every mistake of a rule file with its cell, and what does not go together; nothing is saved."""
    form, body = given.text() or ("yaml", "")
    if given.text() is None:
        saved = await version_of(services, caller.tenant, name, given.version)
        form, body = saved.format, saved.body
    checked = await asyncio.to_thread(check_body, body, form, f"rules {name!r}")
    return await asyncio.to_thread(_check_view, checked, body if form == "yaml" else yaml_of(checked.table))


def _check_view(checked: Checked, body: str) -> CheckView:
    problems = [ProblemView(path=list(one.path), line=one.line, message=one.message) for one in checked.problems]
    found = conflicts(checked.rules) if checked.rules else ()
    return CheckView(
        accepted=not problems,
        problems=problems,
        conflicts=[ConflictView.of(one) for one in found],
        body=body,
        table=dict(checked.table),
    )


@router.get("/v1/rules/{name}/replay")
async def get_replay(
    name: RuleName, caller: CurrentCaller, services: WithServices, wish: Annotated[ReplayQuery, Query()]
) -> ReplayView:
    """Which past turns a saved version would have judged otherwise; nothing is changed."""
    given = ReplayWish(**wish.model_dump())
    return await _replayed(services, caller.tenant, name, given)


@router.post("/v1/rules/{name}/replay")
async def post_replay(name: RuleName, wish: ReplayWish, caller: CurrentCaller, services: WithServices) -> ReplayView:
    """Which past turns an unsaved file, or a saved version, would have judged otherwise; nothing is changed."""
    return await _replayed(services, caller.tenant, name, wish)


async def _replayed(services: Services, tenant: str, name: str, wish: ReplayWish) -> ReplayView:
    new = await given_ruleset(services, tenant, name, wish)
    against = wish.against
    if against is None:
        against = await _in_force(services, tenant, name)
    old = await loaded(services, tenant, name, against) if against is not None else None
    past = await past_facts(services.reads, tenant, wish.days, wish.limit)
    changes = await asyncio.to_thread(replay, old, new, past)
    return _replay_view(past, changes, old)


async def _in_force(services: Services, tenant: str, name: str) -> int | None:
    """The active version; None where none is, or the rules were never saved."""
    try:
        return (await state_of(services, tenant, name)).active
    except NotFoundError:
        return None


def _replay_view(past: list[PastFacts], changes: list[Change], old: Ruleset | None) -> ReplayView:
    messages = {one.turn_id: str(one.facts.get("text") or "") for one in past}
    newest = changes[::-1][:_SHOWN]
    return ReplayView(
        turns=len(messages),
        judged=len(past),
        changed=len(changes),
        against=old.version if old else None,
        changes=[
            ChangeView(
                turn_id=one.turn_id,
                stage=one.stage,
                message=messages[one.turn_id][:_MESSAGE_CHARACTERS],
                before=verdict_view(one.before),
                after=verdict_view(one.after),
            )
            for one in newest
        ],
    )
