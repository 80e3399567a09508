"""Source contracts: what is wanted is written to SQL here, and the controller makes it so and writes the status."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel
from sqlalchemy import Connection, Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from starlette.responses import JSONResponse, Response

from app.admin.contract_secrets import hidden, restored
from app.admin.expectations import check_expected
from app.admin.services import Services, WithServices
from app.auth import CurrentCaller
from app.identity.auditing import WithAudit
from app.refusals import NotFoundError
from ingestion import uploads
from ingestion.sources.contract import read_contract
from ingestion.tables import sources
from retrieval.access import check_slug
from retrieval.errors import RejectedError

router = APIRouter(tags=["sources"])

SourceName = Annotated[str, Path(max_length=63)]
REMOVED = "removed"

_COUNTS = text("""
SELECT count(*) FILTER (WHERE state <> 'deleted') AS documents, count(*) FILTER (WHERE index_version > 0) AS shown,
       count(*) FILTER (WHERE version < seen_version) AS waiting, count(*) FILTER (WHERE state = 'dropped') AS dropped,
       count(*) FILTER (WHERE state = 'rejected') AS rejected
FROM ledger WHERE index_name = :index AND tenant = :tenant AND source = :source
""")
_LETTERS = text("SELECT count(*) FROM dead_letters WHERE tenant = :tenant AND source = :source AND state = 'open'")
_AS_OF = text("SELECT as_of FROM source_progress WHERE tenant = :tenant AND source = :source")


class SourceView(BaseModel):
    """A declared source; `status` is what the controller last saw, `desired` what it works towards.

    Passwords in `contract` are shown as dots; with them it may be sent back as it is.
    """

    name: str
    contract: str
    generation: int
    desired: str
    status: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class SourceList(BaseModel):
    """All declared sources of the tenant, by name."""

    sources: list[SourceView]


class SourceStatus(BaseModel):
    """How a source is doing: `waiting` counts documents whose newest version is not applied yet."""

    name: str
    desired: str
    generation: int
    status: dict[str, Any]
    documents: int
    shown: int
    waiting: int
    dropped: int
    rejected: int
    dead_letters: int
    as_of: datetime | None


async def pushed(services: Services, tenant: str, name: str) -> bool:
    """Whether documents of this source are pushed by API: no contract feeds it, and it is not the uploaded files."""
    if name == uploads.SOURCE:
        return False
    row = await _row(services, tenant, name)
    return row is None or row.desired == REMOVED


@router.get("/v1/sources")
async def get_sources(caller: CurrentCaller, services: WithServices) -> SourceList:
    """The declared sources, those being removed too."""
    query = select(sources).where(sources.c.tenant == caller.tenant).order_by(sources.c.name)
    async with services.reads.connect() as connection:
        rows = (await connection.execute(query)).all()
    return SourceList(sources=[view_of(row) for row in rows])


@router.get("/v1/sources/{name}")
async def get_source(name: SourceName, caller: CurrentCaller, services: WithServices) -> SourceView:
    """One source with its contract."""
    return view_of(await existing(services, caller.tenant, name))


YAML_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/yaml": {"schema": {"type": "string"}},
            "text/plain": {"schema": {"type": "string"}},
            "application/json": {
                "schema": {"type": "object", "properties": {"contract": {"type": "string"}}, "required": ["contract"]}
            },
        },
    }
}


@router.put("/v1/sources/{name}", response_model=SourceView, openapi_extra=YAML_BODY)
async def put_source(
    name: SourceName, request: Request, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> Response:
    """Declare a source, or change its contract (YAML): 201 for a new one; the same contract again changes nothing.

    With `If-Match` only while the generation that was seen stands (0: none).
    """
    check_slug("source", name)
    if name == uploads.SOURCE:
        raise RejectedError(f"the name {name!r} is taken: uploaded files are that source")
    body = await contract_body(request, services, caller.tenant, name)
    contract = read_contract(body)
    if contract.source != name:
        raise RejectedError(f"the contract is for {contract.source!r}, the address for {name!r}")
    async with services.engine.begin() as connection:
        if "if-match" in request.headers:
            check_expected(request.headers, await connection.run_sync(_generation, caller.tenant, name))
        created = await connection.run_sync(_declare, caller.tenant, name, body)
    view = view_of(await existing(services, caller.tenant, name))
    await audit("source.applied", f"source:{name}", generation=view.generation)
    return JSONResponse(view.model_dump(mode="json"), 201 if created else 200)


@router.delete("/v1/sources/{name}", status_code=202)
async def delete_source(
    name: SourceName, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> SourceView:
    """Remove a source with its documents; the controller does it, and the status shows how far it is."""
    await existing(services, caller.tenant, name)
    change = (
        update(sources)
        .where(sources.c.tenant == caller.tenant, sources.c.name == name, sources.c.desired != REMOVED)
        .values(desired=REMOVED, generation=sources.c.generation + 1, updated_at=func.now())
    )
    async with services.engine.begin() as connection:
        await connection.execute(change)
    await audit("source.removed", f"source:{name}")
    return view_of(await existing(services, caller.tenant, name))


@router.get("/v1/sources/{name}/status")
async def get_source_status(name: SourceName, caller: CurrentCaller, services: WithServices) -> SourceStatus:
    """State, lag and last error as the controller saw them, with counts from the ledger."""
    row = await existing(services, caller.tenant, name)
    values = {"tenant": caller.tenant, "source": name}
    async with services.reads.connect() as connection:
        counts = (await connection.execute(_COUNTS, {"index": await services.index.name(), **values})).one()
        letters = (await connection.execute(_LETTERS, values)).scalar_one()
        as_of = (await connection.execute(_AS_OF, values)).scalar_one_or_none()
    return SourceStatus(
        name=name,
        desired=row.desired,
        generation=row.generation,
        status=row.status,
        dead_letters=letters,
        as_of=as_of,
        **counts._mapping,  # noqa: SLF001 (public in SQLAlchemy)
    )


async def contract_body(request: Request, services: Services, tenant: str, name: str) -> str:
    """The contract that a request carries, with the passwords of the stored one where it was read without.

    Raises:
        RejectedError: the body cannot be read, or a password is not known.
    """
    row = await _row(services, tenant, name)
    return restored(await yaml_body(request, "contract"), row.contract if row else "")


async def yaml_body(request: Request, field: str) -> str:
    """The YAML that a request carries: as its body, or in `field` of a JSON object.

    Raises:
        RejectedError: the body is empty or cannot be read.
    """
    raw = await request.body()
    try:
        body = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RejectedError(f"the body is not UTF-8 (byte {error.start})") from None
    if request.headers.get("content-type", "").partition(";")[0].strip() == "application/json":
        try:
            body = orjson.loads(body)[field]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise RejectedError(f"the body is not a JSON object with the text `{field}`") from None
    if not isinstance(body, str) or not body.strip():
        raise RejectedError(f"the {field} is empty")
    if "\0" in body:
        raise RejectedError(f"the {field} holds NUL characters")
    return body


def _generation(connection: Connection, tenant: str, name: str) -> int:
    """The generation that stands, locked; 0 where there is none."""
    query = select(sources.c.generation).where(sources.c.tenant == tenant, sources.c.name == name)
    return int(connection.execute(query.with_for_update()).scalar_one_or_none() or 0)


def _declare(connection: Connection, tenant: str, name: str, contract: str) -> bool:
    """Write the wanted contract; whether the source is new. The generation rises only when something changed."""
    statement = insert(sources).values(tenant=tenant, name=name, contract=contract, generation=1)
    new = statement.excluded
    changed = (sources.c.contract != new.contract) | (sources.c.desired != "active")
    written = connection.execute(
        statement.on_conflict_do_update(
            index_elements=[sources.c.tenant, sources.c.name],
            set_={
                "contract": new.contract,
                "desired": "active",
                "generation": sources.c.generation + 1,
                "updated_at": func.now(),
            },
            where=changed,
        ).returning(sources.c.generation)
    ).first()
    return written is not None and written.generation == 1


async def _row(services: Services, tenant: str, name: str) -> Row[Any] | None:
    query = select(sources).where(sources.c.tenant == tenant, sources.c.name == name)
    async with services.reads.connect() as connection:
        return (await connection.execute(query)).first()


async def existing(services: Services, tenant: str, name: str) -> Row[Any]:
    """The row of a source; NotFoundError where there is none."""
    row = await _row(services, tenant, name)
    if row is None:
        raise NotFoundError(f"there is no source {name!r}")
    return row


def view_of(row: Row[Any]) -> SourceView:
    """A row as it is shown: without passwords."""
    view = SourceView.model_validate(row, from_attributes=True)
    return view.model_copy(update={"contract": hidden(view.contract)})
