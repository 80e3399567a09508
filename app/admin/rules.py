"""Rules: the versions of every rule file, which of them judge, which only count, and trying them on facts."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from app.admin.rule_views import ConflictView, FactView, VerdictView, fact_views, verdict_view
from app.admin.services import Services, WithServices
from app.admin.sources import yaml_body
from app.auth import CurrentCaller
from app.identity.auditing import WithAudit
from app.refusals import NotFoundError
from app.rules import storage
from app.rules.conflicts import conflicts
from app.rules.judge import Ruleset, check_format, from_normal, judge, load_ruleset
from app.rules.model import Format, Stage
from app.rules.shelf import announce
from app.rules.storage import Draft, Version
from retrieval.access import check_slug
from retrieval.errors import RejectedError

router = APIRouter(tags=["rules"])

RuleName = Annotated[str, Path(max_length=63)]
RuleVersion = Annotated[int, Path(ge=0, le=2_000_000_000)]
Note = Annotated[str, Query(max_length=1000, description="why this version is there")]
_CONTENT_TYPES: dict[str, Format] = {
    "text/csv": "csv",
    "application/vnd.gorules.decision": "jdm",
    "application/vnd.gorules.decision+json": "jdm",
}


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
    """The version to take; null takes none."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(ge=0, le=2_000_000_000)


class Trial(BaseModel):
    """Facts to judge; those that follow from `text` and `answer` may be left out. Without a version: the newest."""

    model_config = ConfigDict(extra="forbid")

    facts: dict[str, Any]
    stage: Stage = "before"
    version: int | None = Field(default=None, ge=0, le=2_000_000_000)


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
    state = await _state(services, caller.tenant, name)
    newest = await _version(services, caller.tenant, name, None)
    return RuleSetDetail(**_state_view(state).model_dump(), newest=_version_view(newest))


_RULES_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/yaml": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.gorules.decision": {"schema": {"type": "object"}},
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"body": {"type": "string"}, "format": {"enum": ["yaml", "csv", "jdm"]}},
                    "required": ["body"],
                }
            },
        },
    }
}


@router.put("/v1/rules/{name}", response_model=VersionView, openapi_extra=_RULES_BODY)
async def put_rules(
    name: RuleName, request: Request, caller: CurrentCaller, services: WithServices, audit: WithAudit, note: Note = ""
) -> Response:
    """Save a rule file (YAML, CSV or JDM) as the next version: 201; the newest version again: 200, nothing changes.

    It judges only once it is activated.
    """
    check_slug("rules", name)
    form, body = await _body(request)
    ruleset = await asyncio.to_thread(load_ruleset, body, form, name)
    draft = Draft(ruleset, body, form, caller.name, note.replace("\0", ""))
    version, new = await storage.save(services.engine, caller.tenant, draft)
    saved = await _version(services, caller.tenant, name, version)
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
        raise _unknown(name)
    return VersionList(versions=[_version_view(one).model_copy(update={"body": None}) for one in found])


@router.get("/v1/rules/{name}/versions/{version}")
async def get_version(
    name: RuleName, version: RuleVersion, caller: CurrentCaller, services: WithServices
) -> VersionView:
    """One version with its body."""
    return _version_view(await _version(services, caller.tenant, name, version))


@router.post("/v1/rules/{name}/activate")
async def activate(
    name: RuleName, chosen: ChosenVersion, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> RuleSetView:
    """Let a version judge from now on, in every process; null: the rule set judges nothing."""
    await _known(services, caller.tenant, name, chosen.version)
    await storage.set_active(services.engine, caller.tenant, name, chosen.version, caller.name)
    await announce(services.redis, caller.tenant)
    await audit("rules.activated", f"rules:{name}", version=chosen.version)
    return _state_view(await _state(services, caller.tenant, name))


@router.post("/v1/rules/{name}/shadow")
async def shadow(
    name: RuleName, chosen: ChosenVersion, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> RuleSetView:
    """Let a version judge in shadow: it changes nothing, and what it would do is counted. Null ends that."""
    await _known(services, caller.tenant, name, chosen.version)
    await storage.set_shadow(services.engine, caller.tenant, name, chosen.version, caller.name)
    await announce(services.redis, caller.tenant)
    await audit("rules.shadowed", f"rules:{name}", version=chosen.version)
    return _state_view(await _state(services, caller.tenant, name))


@router.get("/v1/rules/{name}/shadow")
async def get_shadow_counts(name: RuleName, caller: CurrentCaller, services: WithServices) -> ShadowCounts:
    """What versions in shadow would have done."""
    await _version(services, caller.tenant, name, None)
    found = await storage.shadow_counts(services.reads, caller.tenant, name)
    return ShadowCounts(counts=[ShadowCountView.model_validate(one, from_attributes=True) for one in found])


@router.post("/v1/rules/{name}/try")
async def try_rules(name: RuleName, trial: Trial, caller: CurrentCaller, services: WithServices) -> VerdictView:
    """What a version says about these facts; nothing is done, nothing counted."""
    ruleset = await _loaded(services, caller.tenant, name, trial.version)
    return verdict_view(await asyncio.to_thread(judge, ruleset, trial.stage, trial.facts))


@router.get("/v1/rules/{name}/conflicts")
async def get_conflicts(
    name: RuleName,
    caller: CurrentCaller,
    services: WithServices,
    version: Annotated[int | None, Query(ge=0, le=2_000_000_000)] = None,
) -> ConflictList:
    """Rules of a version (the newest unless one is named) that contradict, shadow or overlap each other."""
    ruleset = await _loaded(services, caller.tenant, name, version)
    found = await asyncio.to_thread(conflicts, ruleset.rules)
    return ConflictList(version=ruleset.version, conflicts=[ConflictView.of(one) for one in found])


async def _body(request: Request) -> tuple[Format, str]:
    """Form and text of the rule file that a request carries."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return _CONTENT_TYPES.get(kind, "yaml"), await yaml_body(request, "body")
    try:
        sent = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise RejectedError(f"the body is not JSON: {error}") from None
    if isinstance(sent, dict) and "nodes" in sent:
        return "jdm", (await request.body()).decode()
    form = sent.get("format", "yaml") if isinstance(sent, dict) else ""
    return check_format(str(form)), await yaml_body(request, "body")


async def _known(services: Services, tenant: str, name: str, version: int | None) -> None:
    """
    Raises:
        NotFoundError: there is no such rule set or version.
    """
    await _state(services, tenant, name)
    if version is not None:
        await _version(services, tenant, name, version)


async def _state(services: Services, tenant: str, name: str) -> storage.State:
    state = (await storage.states(services.reads, tenant)).get(name)
    if state is None:
        raise _unknown(name)
    return state


async def _version(services: Services, tenant: str, name: str, version: int | None) -> Version:
    """The version, or the newest one of a rule set that is not removed."""
    if version is None:
        state = await _state(services, tenant, name)
        found = await storage.versions(services.reads, tenant, name)
        if found:
            return found[0] if state.changed else found[-1]  # own versions that were removed do not count
        raise _unknown(name)
    one = await storage.version_of(services.reads, tenant, name, version)
    if one is None:
        raise NotFoundError(f"the rules {name!r} have no version {version}")
    return one


async def _loaded(services: Services, tenant: str, name: str, version: int | None) -> Ruleset:
    """The compiled version, from its stored form: quicker than reading its body again."""
    found = await _version(services, tenant, name, version)
    normal = await storage.normal_of(services.reads, tenant, name, found.version)
    if normal is None:
        return await asyncio.to_thread(load_ruleset, found.body, found.format, name, found.version)
    return await asyncio.to_thread(from_normal, normal, name, found.version)


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(f"there are no rules {name!r}")


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
