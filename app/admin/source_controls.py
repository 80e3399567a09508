"""Trying, pausing and resuming sources, and how they did lately."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from sqlalchemy import func, update

from app.admin.history import Minutes, samples
from app.admin.services import Services, WithServices
from app.admin.sources import REMOVED, YAML_BODY, SourceName, SourceView, contract_body, existing, view_of
from app.auth import CurrentCaller
from app.identity.auditing import WithAudit
from app.refusals import ConflictError
from ingestion.sources.contract import read_contract
from ingestion.tables import sources
from retrieval.errors import RejectedError

router = APIRouter(tags=["sources"])

_LINE = re.compile(r"line (\d+): (.*)", re.DOTALL)


class LineProblem(BaseModel):
    """Something wrong with a contract; `line` counts from 1, 0 where no line is to blame."""

    line: int
    detail: str


class CheckedContract(BaseModel):
    """What a contract would make: the first documents of each kind; nothing of it was indexed."""

    source: str
    problems: list[LineProblem]
    documents: dict[str, list[dict[str, Any]]]
    notes: list[str]


class SourceHistory(BaseModel):
    """One value for each moment (seconds since 1970): `lag` in changes waiting, `changes` documents a minute."""

    times: list[float]
    lag: list[float | None]
    documents: list[float | None]
    changes: list[float | None]


@router.post("/v1/sources/{name}/check", openapi_extra=YAML_BODY)
async def check_source(
    name: SourceName,
    request: Request,
    caller: CurrentCaller,
    services: WithServices,
    count: Annotated[int, Query(ge=1, le=20, description="documents of each kind")] = 3,
) -> CheckedContract:
    """Read a contract, ask its database, and make its first documents, without applying it; takes some seconds."""
    body = await contract_body(request, services, caller.tenant, name)
    found = CheckedContract(source=name, problems=[], documents={}, notes=[])
    try:
        contract = read_contract(body)
        if contract.source != name:
            raise RejectedError(f"the contract is for {contract.source!r}, the address for {name!r}")
        checked = await asyncio.to_thread(services.check_contract, body, count)
    except RejectedError as error:
        found.problems = [_problem(line) for line in error.message.splitlines() if line.strip()]
        return found
    found.documents = {kind: list(documents) for kind, documents in checked.documents.items()}
    found.notes = list(checked.notes)
    return found


@router.post("/v1/sources/{name}/pause", status_code=202)
async def pause_source(name: SourceName, caller: CurrentCaller, services: WithServices, audit: WithAudit) -> SourceView:
    """Stop following a source; its documents stay, and its changes wait in Kafka until it is resumed."""
    view = await _want(services, caller.tenant, name, "paused")
    await audit("source.paused", f"source:{name}")
    return view


@router.post("/v1/sources/{name}/resume", status_code=202)
async def resume_source(
    name: SourceName, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> SourceView:
    """Follow a paused source again, from where it stopped."""
    view = await _want(services, caller.tenant, name, "active")
    await audit("source.resumed", f"source:{name}")
    return view


@router.get("/v1/sources/{name}/history")
async def get_source_history(
    name: SourceName, caller: CurrentCaller, services: WithServices, minutes: Minutes = 60
) -> SourceHistory:
    """Lag and throughput over time, as the controller sampled them; at most 240 moments."""
    await existing(services, caller.tenant, name)
    history = SourceHistory(times=[], lag=[], documents=[], changes=[])
    for sample in await samples(services, minutes):
        one = sample.source(caller.tenant, name)
        if one is not None:
            history.times.append(sample.at)
            history.lag.append(one.get("lag"))
            history.documents.append(one.get("documents"))
            history.changes.append(one.get("changes"))
    return history


async def _want(services: Services, tenant: str, name: str, desired: str) -> SourceView:
    """The generation stays: the jobs go on from their checkpoints, nothing is read anew."""
    standing = await existing(services, tenant, name)
    if standing.desired == REMOVED:
        raise ConflictError(f"the source {name!r} is being removed")
    change = (
        update(sources)
        .where(sources.c.tenant == tenant, sources.c.name == name, sources.c.desired.not_in([desired, REMOVED]))
        .values(desired=desired, updated_at=func.now())
    )
    async with services.engine.begin() as connection:
        await connection.execute(change)
    return view_of(await existing(services, tenant, name))


def _problem(line: str) -> LineProblem:
    found = _LINE.match(line.strip())
    return LineProblem(line=int(found[1]), detail=found[2]) if found else LineProblem(line=0, detail=line.strip())
