"""Rules: the versions of every rule file, which of them judge, which only count, and trying them on facts."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from app.admin.expectations import expected_version
from app.admin.rule_files import (
    RULES_BODY,
    RuleFile,
    given_ruleset,
    known,
    loaded,
    sent_file,
    state_of,
    unknown,
    version_of,
)
from app.admin.rule_views import ConflictView, FactView, VerdictView, fact_views, verdict_view
from app.admin.services import WithServices
from app.auth import CurrentCaller
from app.identity.auditing import WithAudit
from app.refusals import NotFoundError
from app.rules import storage
from app.rules.conflicts import conflicts
from app.rules.judge import judge, load_ruleset
from app.rules.model import Format, Stage
from app.rules.shelf import announce
from app.rules.storage import Draft, Version
from app.rules.table_form import table_of
from retrieval.access import check_slug

router = APIRouter(tags=["rules"])

RuleName = Annotated[str, Path(max_length=63)]
RuleVersion = Annotated[int, Path(ge=0, le=2_000_000_000)]
Note = Annotated[str, Query(max_length=1000, description="why this version is there")]


class RuleSetView(BaseModel):
    """A rule set: `active_version` judges, `shadow_version` counts what it would do; 0 is the built-in one."""

    name: str
    active_version: int | None
    shadow_version: int | None
    changed_by: str
    updated_at: datetime | None


class RuleSetList(BaseModel):
    """All rule sets of the tenant, built-in ones included, by name."""

    rules: list[RuleSetView]


class VersionView(BaseModel):
    """One version of a rule file; version 0 is the built-in one."""

    name: str
    version: int
    format: Format
    author: str
    note: str
    created_at: datetime | None
    body: str | None = None
    table: dict[str, Any] | None = None


class RuleSetDetail(RuleSetView):
    """A rule set with its newest version."""

    newest: VersionView


class VersionList(BaseModel):
    """Every version of a rule set, newest first."""

    versions: list[VersionView]


class ConflictList(BaseModel):
    """What does not go together in one version; serious conflicts first."""

    version: int
    conflicts: list[ConflictView]


class ShadowCountView(BaseModel):
    """What a rule in shadow would have done; an empty `rule` counts everything the version judged at that stage."""

    version: int
    stage: Stage
    rule: str
    count: int
    differed: int


class ShadowCounts(BaseModel):
    """Counts of all versions that were in shadow, newest version first; they are up to a second behind."""

    counts: list[ShadowCountView]


class ChosenVersion(BaseModel):
    """The version to take, and why; null takes none."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(ge=0, le=2_000_000_000)
    note: str = Field(default="", max_length=1000)


class Trial(RuleFile):
    """Facts to judge; those that follow from `text` and `answer` may be left out."""

    facts: dict[str, Any]
    stage: Stage = "before"


@router.get("/v1/rule-facts")
async def get_facts() -> dict[Literal["facts"], list[FactView]]:
    """Every fact that rules may ask about."""
    return {"facts": fact_views()}


@router.get("/v1/rules")
async def get_rules(caller: CurrentCaller, services: WithServices) -> RuleSetList:
    """The rule sets there are, with the versions in force."""
    found = await storage.states(services.reads, caller.tenant)
    return RuleSetList(rules=[_state_view(state) for state in found.values()])


@router.get("/v1/rules/{name}")
async def get_rule_set(name: RuleName, caller: CurrentCaller, services: WithServices) -> RuleSetDetail:
    """One rule set with its newest version."""
    state = await state_of(services, caller.tenant, name)
    newest = await version_of(services, caller.tenant, name, None)
    return RuleSetDetail(**_state_view(state).model_dump(), newest=_version_view(newest))


@router.put("/v1/rules/{name}", response_model=VersionView, openapi_extra=RULES_BODY)
async def put_rules(
    name: RuleName, request: Request, caller: CurrentCaller, services: WithServices, audit: WithAudit, note: Note = ""
) -> Response:
    """Save a rule file (YAML, CSV or JDM) as the next version: 201; the newest version again: 200, nothing changes.

    It judges only once it is activated. JSON may carry it as a `table`. With `If-Match` (the number of the newest
    version that its author saw; 0 for none) it is refused when somebody else saved one since.
    """
    check_slug("rules", name)
    form, body = await sent_file(request)
    ruleset = await asyncio.to_thread(load_ruleset, body, form, name)
    draft = Draft(ruleset, body, form, caller.name, note.replace("\0", ""), expected_version(request.headers))
    version, new = await storage.save(services.engine, caller.tenant, draft)
    saved = await version_of(services, caller.tenant, name, version)
    if new:
        await audit("rules.put", f"rules:{name}", version=version, note=draft.note)
    return JSONResponse(_version_view(saved).model_dump(mode="json"), 201 if new else 200)


@router.delete("/v1/rules/{name}", status_code=204)
async def delete_rules(name: RuleName, caller: CurrentCaller, services: WithServices, audit: WithAudit) -> Response:
    """Remove an own rule set; a built-in one of the same name counts again. Its versions stay for the record."""
    if not await storage.remove(services.engine, caller.tenant, name, caller.name):
        raise NotFoundError(f"there are no rules {name!r} of your own")
    await announce(services.redis, caller.tenant)
    await audit("rules.deleted", f"rules:{name}")
    return Response(status_code=204)


@router.get("/v1/rules/{name}/versions")
async def get_versions(name: RuleName, caller: CurrentCaller, services: WithServices) -> VersionList:
    """Every version that there ever was, without bodies."""
    found = await storage.versions(services.reads, caller.tenant, name)
    if not found:
        raise unknown(name)
    return VersionList(versions=[_version_view(one).model_copy(update={"body": None}) for one in found])


@router.get("/v1/rules/{name}/versions/{version}")
async def get_version(
    name: RuleName,
    version: RuleVersion,
    caller: CurrentCaller,
    services: WithServices,
    form: Annotated[Literal["", "table"], Query(description="table: also as the data that a grid edits")] = "",
) -> VersionView:
    """One version with its body."""
    found = await version_of(services, caller.tenant, name, version)
    table = await asyncio.to_thread(table_of, found.body, found.format, f"rules {name!r}") if form else None
    return _version_view(found).model_copy(update={"table": table})


@router.post("/v1/rules/{name}/activate")
async def activate(
    name: RuleName, chosen: ChosenVersion, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> RuleSetView:
    """Let a version judge from now on, in every process; null: the rule set judges nothing."""
    await known(services, caller.tenant, name, chosen.version)
    await storage.set_active(services.engine, caller.tenant, name, chosen.version, caller.name)
    await announce(services.redis, caller.tenant)
    await audit("rules.activated", f"rules:{name}", version=chosen.version, **_noted(chosen))
    return _state_view(await state_of(services, caller.tenant, name))


@router.post("/v1/rules/{name}/shadow")
async def shadow(
    name: RuleName, chosen: ChosenVersion, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> RuleSetView:
    """Let a version judge in shadow: it changes nothing, and what it would do is counted. Null ends that."""
    await known(services, caller.tenant, name, chosen.version)
    await storage.set_shadow(services.engine, caller.tenant, name, chosen.version, caller.name)
    await announce(services.redis, caller.tenant)
    await audit("rules.shadowed", f"rules:{name}", version=chosen.version, **_noted(chosen))
    return _state_view(await state_of(services, caller.tenant, name))


@router.get("/v1/rules/{name}/shadow")
async def get_shadow_counts(name: RuleName, caller: CurrentCaller, services: WithServices) -> ShadowCounts:
    """What versions in shadow would have done."""
    await version_of(services, caller.tenant, name, None)
    found = await storage.shadow_counts(services.reads, caller.tenant, name)
    return ShadowCounts(counts=[ShadowCountView.model_validate(one, from_attributes=True) for one in found])


@router.post("/v1/rules/{name}/try")
async def try_rules(name: RuleName, trial: Trial, caller: CurrentCaller, services: WithServices) -> VerdictView:
    """What a version, or a file that is not saved, says about these facts; nothing is done, nothing counted."""
    ruleset = await given_ruleset(services, caller.tenant, name, trial)
    return verdict_view(await asyncio.to_thread(judge, ruleset, trial.stage, trial.facts))


@router.get("/v1/rules/{name}/conflicts")
async def get_conflicts(
    name: RuleName,
    caller: CurrentCaller,
    services: WithServices,
    version: Annotated[int | None, Query(ge=0, le=2_000_000_000)] = None,
) -> ConflictList:
    """Rules of a version (the newest unless one is named) that contradict, shadow or overlap each other."""
    ruleset = await loaded(services, caller.tenant, name, version)
    found = await asyncio.to_thread(conflicts, ruleset.rules)
    return ConflictList(version=ruleset.version, conflicts=[ConflictView.of(one) for one in found])


def _noted(chosen: ChosenVersion) -> dict[str, str]:
    return {"note": chosen.note} if chosen.note else {}


def _state_view(state: storage.State) -> RuleSetView:
    return RuleSetView(
        name=state.name,
        active_version=state.active,
        shadow_version=state.shadow,
        changed_by=state.changed_by,
        updated_at=state.updated_at,
    )


def _version_view(version: Version) -> VersionView:
    return VersionView.model_validate(version, from_attributes=True)
