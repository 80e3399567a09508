"""How Freshet itself is doing: parts, readiness, lag, queue, index, and all of it over time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text

from app.admin.history import Minutes, samples
from app.admin.services import Services, WithServices
from app.auth import CurrentCaller
from app.callers import ADMIN
from app.health import not_ready, product_version

router = APIRouter(tags=["system"])

_SOURCES = text("""
SELECT s.name, s.desired, s.status, p.as_of
FROM sources s LEFT JOIN source_progress p ON p.tenant = s.tenant AND p.source = s.name
WHERE s.tenant = :tenant ORDER BY s.name
""")
_UPLOADS = text("""
SELECT count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'parsing') AS parsing,
       count(*) FILTER (WHERE state = 'failed') AS failed
FROM uploads WHERE tenant = :tenant
""")
_INDEXES = text("""
SELECT i.name, i.state, i.model, i.dimensions, i.created_at,
       count(l.document_id) FILTER (WHERE l.index_version > 0) AS documents, coalesce(sum(l.chunks), 0) AS chunks
FROM indexes i LEFT JOIN ledger l ON l.index_name = i.name AND l.tenant = :tenant
WHERE i.state IN ('active', 'building') GROUP BY i.name, i.state, i.model, i.dimensions, i.created_at
ORDER BY i.created_at
""")
_LETTERS = text("SELECT count(*) FROM dead_letters WHERE tenant = :tenant AND state = 'open'")


class PartView(BaseModel):
    """A part of the product on this machine, or an address it was given; for administrators."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    state: str
    address: str
    pid: int | None
    memory_bytes: int | None
    uptime_seconds: float | None
    restarts: int
    detail: str


class LagView(BaseModel):
    """A source: `lag` counts changes that wait, null where nobody knows."""

    name: str
    state: str
    message: str
    lag: int | None
    documents: int | None
    as_of: datetime | None


class IndexView(BaseModel):
    """An index that serves (`active`) or is being built."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    state: str
    model: str
    dimensions: int
    documents: int
    chunks: int
    created_at: datetime


class SystemView(BaseModel):
    """Everything at a glance; `not_ready` says why, by service. `queue` counts files by state."""

    version: str
    ready: bool
    not_ready: dict[str, str]
    parts: list[PartView] | None
    sources: list[LagView]
    queue: dict[str, int]
    indexes: list[IndexView]
    dead_letters: int


class SystemHistory(BaseModel):
    """One value for each moment (seconds since 1970); memory in bytes by part, for administrators."""

    times: list[float]
    lag: list[float | None]
    changes: list[float | None]
    queue: list[float | None]
    memory: dict[str, list[float | None]]


@router.get("/v1/system")
async def get_system(request: Request, caller: CurrentCaller, services: WithServices) -> SystemView:
    """The parts and how they are, sources with their lag, the queue of files, and the index."""
    missing = await not_ready(request.app.state.checks)
    administers = ADMIN in caller.roles
    parts = [PartView.model_validate(part) for part in await services.parts()] if administers else None
    return SystemView(
        version=product_version(),
        ready=not missing,
        not_ready=missing if administers else dict.fromkeys(missing, ""),
        parts=parts,
        **await _figures(services, caller.tenant),
    )


@router.get("/v1/system/history")
async def get_system_history(caller: CurrentCaller, services: WithServices, minutes: Minutes = 60) -> SystemHistory:
    """Lag, changes a minute, waiting files and memory over time; at most 240 moments."""
    history = SystemHistory(times=[], lag=[], changes=[], queue=[], memory={})
    found = await samples(services, minutes)
    names = sorted({name for sample in found for name in sample.body.get("memory", {})})
    for sample in found:
        own = sample.of(caller.tenant)
        history.times.append(sample.at)
        history.lag.append(_sum(own, "lag"))
        history.changes.append(_sum(own, "changes"))
        history.queue.append(sample.body.get("queue", {}).get(caller.tenant, 0))
        if ADMIN in caller.roles:
            for name in names:
                history.memory.setdefault(name, []).append(sample.body["memory"].get(name))
    return history


async def _figures(services: Services, tenant: str) -> dict[str, Any]:
    values = {"tenant": tenant}
    async with services.reads.connect() as connection:
        rows = (await connection.execute(_SOURCES, values)).all()
        queue = (await connection.execute(_UPLOADS, values)).one()
        indexes = (await connection.execute(_INDEXES, values)).all()
        letters = (await connection.execute(_LETTERS, values)).scalar_one()
    return {
        "sources": [_lag(row.name, row.desired, row.status, row.as_of) for row in rows],
        "queue": {"queued": queue.queued, "parsing": queue.parsing, "failed": queue.failed},
        "indexes": [IndexView.model_validate(row) for row in indexes],
        "dead_letters": letters,
    }


def _lag(name: str, desired: str, status: dict[str, Any], as_of: datetime | None) -> LagView:
    state = status.get("state", "declared") if desired == "active" else desired
    return LagView(
        name=name,
        state=state,
        message=status.get("message") or "",
        lag=status.get("lag"),
        documents=status.get("documents"),
        as_of=as_of,
    )


def _sum(found: list[Any], name: str) -> float | None:
    known = [one[name] for one in found if one.get(name) is not None]
    return sum(known) if known else None
