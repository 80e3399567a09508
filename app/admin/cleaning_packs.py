"""Cleaning packs: the built-in ones, and a tenant's own, which take the place of a built-in one of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel
from sqlalchemy import Connection, Row, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from starlette.responses import Response

from app.admin.expectations import check_expected
from app.admin.services import Services, WithServices
from app.admin.sources import yaml_body
from app.auth import CurrentCaller
from app.callers import Caller
from app.identity.auditing import WithAudit
from app.refusals import NotFoundError
from ingestion.cleaning.pack import built_in_body, built_in_names, load_pack
from ingestion.tables import cleaning_pack_versions, cleaning_packs
from retrieval.access import check_slug

router = APIRouter(tags=["cleaning packs"])

PackName = Annotated[str, Path(max_length=63)]

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext(:what))")


class PackView(BaseModel):
    """A pack; `version` rises with each change of a tenant's own (0 for a built-in one)."""

    name: str
    origin: Literal["built-in", "own"]
    version: int
    author: str
    updated_at: datetime | None
    body: str | None = None


class PackList(BaseModel):
    """All packs the tenant can name in contracts, by name."""

    cleaning_packs: list[PackView]


@router.get("/v1/cleaning-packs", response_model_exclude_none=True)
async def get_packs(caller: CurrentCaller, services: WithServices) -> PackList:
    """The packs there are, without their bodies."""
    query = select(cleaning_packs).where(cleaning_packs.c.tenant == caller.tenant)
    async with services.reads.connect() as connection:
        own = {row.name: _own(row) for row in await connection.execute(query)}
    packs = {name: _built_in(name) for name in built_in_names()} | own
    return PackList(cleaning_packs=[packs[name].model_copy(update={"body": None}) for name in sorted(packs)])


@router.get("/v1/cleaning-packs/{name}")
async def get_pack(name: PackName, caller: CurrentCaller, services: WithServices) -> PackView:
    """One pack with its YAML."""
    return await find_pack(services, caller.tenant, name)


_YAML_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/yaml": {"schema": {"type": "string"}},
            "application/json": {
                "schema": {"type": "object", "properties": {"body": {"type": "string"}}, "required": ["body"]}
            },
        },
    }
}


@router.put("/v1/cleaning-packs/{name}", openapi_extra=_YAML_BODY)
async def put_pack(
    name: PackName, request: Request, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> PackView:
    """Save a pack (YAML); documents that come from now on are cleaned by it. The same again changes nothing.

    With `If-Match` only while the version that was seen stands (0: none of one's own).
    """
    check_slug("cleaning pack", name)
    body = await yaml_body(request, "body")
    load_pack(body, name)
    async with services.engine.begin() as connection:
        await connection.run_sync(_save, caller, name, body, request.headers)
    saved = await find_pack(services, caller.tenant, name)
    await audit("pack.put", f"pack:{name}", version=saved.version)
    return saved


@router.delete("/v1/cleaning-packs/{name}", status_code=204)
async def delete_pack(name: PackName, caller: CurrentCaller, services: WithServices, audit: WithAudit) -> Response:
    """Remove a tenant's own pack; a built-in one of the same name counts again."""
    packs = cleaning_packs.c
    async with services.engine.begin() as connection:
        result = await connection.execute(
            delete(cleaning_packs).where(packs.tenant == caller.tenant, packs.name == name)
        )
    if result.rowcount == 0:
        raise NotFoundError(f"there is no cleaning pack {name!r} of your own")
    await audit("pack.deleted", f"pack:{name}")
    return Response(status_code=204)


def _save(connection: Connection, caller: Caller, name: str, body: str, headers: Mapping[str, str]) -> None:
    versions, packs = cleaning_pack_versions.c, cleaning_packs.c
    connection.execute(_LOCK, {"what": f"pack:{caller.tenant}:{name}"})
    own = (packs.tenant == caller.tenant, packs.name == name)
    standing = connection.execute(select(packs.version, packs.body, packs.author).where(*own)).first()
    check_expected(headers, standing.version if standing else 0, standing.author if standing else "")
    if standing and standing.body == body:
        return
    highest = select(func.max(versions.version)).where(versions.tenant == caller.tenant, versions.name == name)
    version = int(connection.execute(highest).scalar_one_or_none() or 0) + 1
    row = {"tenant": caller.tenant, "name": name, "version": version, "body": body, "author": caller.name}
    connection.execute(insert(cleaning_pack_versions).values(**row))
    put_in_force(connection, row)


def put_in_force(connection: Connection, row: Mapping[str, Any]) -> None:
    """Make `row` (tenant, name, version, body, author) the pack of that name."""
    statement = insert(cleaning_packs).values(**row)
    changed = {column: statement.excluded[column] for column in ("version", "body", "author")}
    keys = [cleaning_packs.c.tenant, cleaning_packs.c.name]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_={**changed, "updated_at": func.now()}))


async def find_pack(services: Services, tenant: str, name: str) -> PackView:
    """The tenant's own pack, else the built-in one; NotFoundError where there is neither."""
    packs = cleaning_packs.c
    async with services.reads.connect() as connection:
        row = (
            await connection.execute(select(cleaning_packs).where(packs.tenant == tenant, packs.name == name))
        ).first()
    if row is not None:
        return _own(row)
    if name in built_in_names():
        return _built_in(name)
    raise NotFoundError(f"there is no cleaning pack {name!r}")


def _own(row: Row[Any]) -> PackView:
    return PackView(
        name=row.name, origin="own", version=row.version, author=row.author, updated_at=row.updated_at, body=row.body
    )


def _built_in(name: str) -> PackView:
    return PackView(name=name, origin="built-in", version=0, author="", updated_at=None, body=built_in_body(name))
