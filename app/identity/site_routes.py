"""Widget sites over HTTP, for administrators. A site's identity secret is in the answer that makes it, nowhere else."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from app.auth import CurrentCaller
from app.identity.auditing import WithAudit
from app.identity.names import one_line
from app.identity.sites import add_site, change_site, get_site, identity_secret, list_sites, origin_of, remove_site
from app.identity.wiring import WithIdentity
from app.widget.opening import Opening
from retrieval.errors import RejectedError

router = APIRouter(tags=["widget sites"])

SiteId = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
Origins = Annotated[list[Annotated[str, Field(max_length=300)]], Field(min_length=1, max_length=50)]
Greeting = dict[Literal["en", "zh"], Annotated[str, Field(max_length=500)]]


class SiteView(BaseModel):
    """A site: the widget on its `origins` names itself by `public_key`."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    public_key: str
    origins: list[str]
    greeting: Greeting
    active: bool
    opening: Opening


class NewSiteView(SiteView):
    """A site that was just made; `identity_secret` is shown this once."""

    identity_secret: str


class SiteList(BaseModel):
    """By name."""

    items: list[SiteView]


class NewSite(BaseModel):
    """A site to make: its name, and the origins its pages have."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    origins: Origins
    greeting: Greeting = {}


class SiteChange(BaseModel):
    """What to change; what is left out stays. An inactive site's widget gets no answers."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=100)
    origins: Origins | None = None
    greeting: Greeting | None = None
    active: bool | None = None
    opening: Opening | None = None


@router.get("/v1/sites")
async def get_sites(caller: CurrentCaller, identity: WithIdentity) -> SiteList:
    """The sites of the tenant."""
    async with identity.reads.connect() as connection:
        found = await connection.run_sync(list_sites, caller.tenant)
    return SiteList(items=[SiteView.model_validate(site) for site in found])


@router.post("/v1/sites", status_code=201, response_model=NewSiteView)
async def post_site(given: NewSite, caller: CurrentCaller, identity: WithIdentity, audit: WithAudit) -> Response:
    """Make a site."""
    name, origins = _name(given.name), _origins(given.origins)
    greeting = _greeting(given.greeting)
    async with identity.engine.begin() as connection:
        site = await connection.run_sync(add_site, caller.tenant, name, origins, greeting)
        await audit.within(connection, "site.added", f"site:{name}", origins=origins)
    made = SiteView.model_validate(site).model_dump(mode="json")
    made["identity_secret"] = identity_secret(identity.secret, site.id)
    return JSONResponse(made, 201, {"Cache-Control": "no-store"})


@router.get("/v1/sites/{site_id}")
async def get_one_site(site_id: SiteId, caller: CurrentCaller, identity: WithIdentity) -> SiteView:
    """One site."""
    async with identity.reads.connect() as connection:
        return SiteView.model_validate(await connection.run_sync(get_site, caller.tenant, site_id))


@router.patch("/v1/sites/{site_id}")
async def patch_site(
    site_id: SiteId, given: SiteChange, caller: CurrentCaller, identity: WithIdentity, audit: WithAudit
) -> SiteView:
    """Change a site; it acts with the next visitor."""
    changed: dict[str, Any] = {}
    if given.name is not None:
        changed["name"] = _name(given.name)
    if given.origins is not None:
        changed["origins"] = _origins(given.origins)
    if given.greeting is not None:
        changed["greeting"] = _greeting(given.greeting)
    if given.active is not None:
        changed["active"] = given.active
    if given.opening is not None:
        changed["opening"] = given.opening.model_dump(mode="json", by_alias=True)
    async with identity.engine.begin() as connection:
        await connection.run_sync(change_site, caller.tenant, site_id, changed)
        site = await connection.run_sync(get_site, caller.tenant, site_id)
        said = {name: value for name, value in changed.items() if name not in {"greeting", "opening"}}
        await audit.within(connection, "site.changed", f"site:{site.name}", fields=sorted(changed), **said)
    return SiteView.model_validate(site)


@router.delete("/v1/sites/{site_id}", status_code=204)
async def delete_site(site_id: SiteId, caller: CurrentCaller, identity: WithIdentity, audit: WithAudit) -> Response:
    """Delete a site: its widget gets no new visitors' tokens."""
    async with identity.engine.begin() as connection:
        name = await connection.run_sync(remove_site, caller.tenant, site_id)
        await audit.within(connection, "site.deleted", f"site:{name}")
    return Response(status_code=204)


def _name(given: str) -> str:
    name = one_line(given, "name", 100)
    if not name:
        raise RejectedError("the site needs a name")
    return name


def _origins(given: list[str]) -> list[str]:
    return list(dict.fromkeys(origin_of(one) for one in given))


def _greeting(given: Greeting) -> dict[str, str]:
    return {language: one_line(text, "greeting", 500) for language, text in given.items()}
