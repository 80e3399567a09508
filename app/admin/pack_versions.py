"""Trying cleaning packs on real documents, and going back to an earlier version."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, delete, select

from app.admin.cleaning_packs import PackName, PackView, find_pack, put_in_force
from app.admin.document_views import find_document, readable_original
from app.admin.services import Services, WithServices
from app.auth import CurrentCaller
from app.callers import Caller
from app.identity.auditing import WithAudit
from app.refusals import NotFoundError
from ingestion.cleaning.dry_run import dry_run
from ingestion.cleaning.model import Draft
from ingestion.cleaning.pack import built_in_body, built_in_names, load_pack
from ingestion.tables import cleaning_pack_versions, cleaning_packs
from retrieval.errors import RejectedError

router = APIRouter(tags=["cleaning packs"])

_MOST_CHARACTERS = 500_000


class PackTry(BaseModel):
    """What to clean, with which pack: `pack` is YAML, else the saved pack of that name is tried."""

    model_config = ConfigDict(extra="forbid")

    pack: str | None = Field(default=None, max_length=200_000)
    document_id: str | None = Field(default=None, pattern="^[a-z2-7]{26}$")
    text: str | None = Field(default=None, max_length=_MOST_CHARACTERS)
    title: str = Field(default="", max_length=500)
    kind: str = Field(default="", max_length=63)


class TriedText(BaseModel):
    """Title and text before or after."""

    title: str
    text: str
    language: str


class Finding(BaseModel):
    """What one step did, in a sentence, or one line that it changed."""

    step: str
    message: str


class ChangedLine(BaseModel):
    """One line as one step changed it; `field` is text, title, language, readers or metadata.<name>."""

    step: str
    field: str
    line: int
    before: str
    after: str


class TriedPack(BaseModel):
    """What a pack made of a document. `as_parsed` is false where only the cleaned text of a source is kept."""

    action: Literal["keep", "drop", "reject"]
    reason: str
    before: TriedText
    after: TriedText
    findings: list[Finding]
    changes: list[ChangedLine]
    as_parsed: bool


class PackVersion(BaseModel):
    """A version as its author saved it; the one in force is `active`. Version 0 is the built-in pack."""

    version: int
    author: str
    created_at: datetime | None
    active: bool
    body: str


class PackVersionList(BaseModel):
    """Every version, newest first."""

    items: list[PackVersion]


class Activation(BaseModel):
    """The version to put in force; 0 is the built-in one."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=0, lt=2**31)


@router.post("/v1/cleaning-packs/{name}/try")
async def try_pack(name: PackName, wanted: PackTry, caller: CurrentCaller, services: WithServices) -> TriedPack:
    """Clean a document that the caller may read, or a text; nothing is saved."""
    body = wanted.pack if wanted.pack is not None else (await find_pack(services, caller.tenant, name)).body or ""
    pack = load_pack(body, name)
    draft, as_parsed = await _draft(services, caller, wanted)
    result = await asyncio.to_thread(dry_run, draft, pack)
    verdict = result.verdict
    return TriedPack(
        action=verdict.action,
        reason=verdict.reason,
        before=_told(draft),
        after=_told(verdict.draft),
        findings=[Finding(step=note.step, message=note.message) for note in result.notes],
        changes=[ChangedLine(**asdict(change)) for change in result.changes[:2000]],
        as_parsed=as_parsed,
    )


@router.get("/v1/cleaning-packs/{name}/versions")
async def get_pack_versions(name: PackName, caller: CurrentCaller, services: WithServices) -> PackVersionList:
    """Every version that was saved, newest first, and the built-in one."""
    versions = cleaning_pack_versions.c
    query = select(cleaning_pack_versions).where(versions.tenant == caller.tenant, versions.name == name)
    packs = cleaning_packs.c
    own = select(packs.version).where(packs.tenant == caller.tenant, packs.name == name)
    async with services.reads.connect() as connection:
        rows = (await connection.execute(query.order_by(versions.version.desc()))).all()
        active = (await connection.execute(own)).scalar_one_or_none() or 0
    items = [_version(row, active) for row in rows]
    if name in built_in_names():
        body = built_in_body(name)
        items.append(PackVersion(version=0, author="", created_at=None, active=active == 0, body=body))
    if not items:
        raise NotFoundError(f"there is no cleaning pack {name!r}")
    return PackVersionList(items=items)


@router.post("/v1/cleaning-packs/{name}/activate")
async def activate_pack(
    name: PackName, activation: Activation, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> PackView:
    """Put a version in force; documents that come from now on are cleaned by it."""
    packs, versions = cleaning_packs.c, cleaning_pack_versions.c
    async with services.engine.begin() as connection:
        if activation.version == 0:
            if name not in built_in_names():
                raise NotFoundError(f"there is no built-in pack {name!r}")
            await connection.execute(delete(cleaning_packs).where(packs.tenant == caller.tenant, packs.name == name))
        else:
            query = select(cleaning_pack_versions).where(
                versions.tenant == caller.tenant, versions.name == name, versions.version == activation.version
            )
            row = (await connection.execute(query)).first()
            if row is None:
                raise NotFoundError(f"there is no version {activation.version} of {name!r}")
            values = {"tenant": row.tenant, "name": name, "version": row.version, "body": row.body}
            await connection.run_sync(put_in_force, {**values, "author": row.author})
    await audit("pack.activated", f"pack:{name}", version=activation.version)
    return await find_pack(services, caller.tenant, name)


async def _draft(services: Services, caller: Caller, wanted: PackTry) -> tuple[Draft, bool]:
    if wanted.document_id is None:
        if wanted.text is None:
            raise RejectedError("give a document_id, or a text")
        return Draft(wanted.title, wanted.text.replace("\0", ""), kind=wanted.kind, readers=("public",)), True
    index = await services.index.name()
    view = await find_document(services.reads, index, caller, wanted.document_id)
    if view is None:
        raise NotFoundError("there is no such document")
    original = await readable_original(services.reads, index, caller, wanted.document_id)
    parsed = await asyncio.to_thread(services.originals.parsed, original.original) if original else None
    readers = tuple(view.readers or ("public",))
    if parsed is not None:
        title = parsed.title or original.filename
        return Draft(title, parsed.text, parsed.language, view.kind, readers, dict(parsed.metadata)), True
    ledger = await services.index.ledger()
    found = await ledger.text(wanted.document_id, None, caller.access) if ledger else None
    if found is None:
        raise NotFoundError("there is no text of this document that you may read")
    return Draft(found.title, found.text, view.language, view.kind, readers), False


def _told(draft: Draft) -> TriedText:
    return TriedText(title=draft.title, text=draft.text, language=draft.language)


def _version(row: Row[Any], active: int) -> PackVersion:
    return PackVersion(
        version=row.version,
        author=row.author,
        created_at=row.created_at,
        active=row.version == active,
        body=row.body,
    )
