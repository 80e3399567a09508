"""Rule files in PostgreSQL: every version kept, which of them judge, and what those in shadow counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.refusals import ConflictError
from app.rules.built_in import SHADOWED, VERSION, built_in_body, built_in_names
from app.rules.judge import Ruleset, normal_form
from app.rules.model import Format
from ingestion.tables import rule_shadow_counts, rule_states, rule_versions

STATES, VERSIONS, COUNTS = rule_states.c, rule_versions.c, rule_shadow_counts.c
"""Columns, under short names."""


@dataclass(frozen=True, slots=True)
class State:
    """Which version of a rule set judges and which one only counts; None: none does."""

    name: str
    active: int | None
    shadow: int | None
    changed_by: str = ""
    updated_at: datetime | None = None

    @property
    def changed(self) -> bool:
        """Whether the tenant has said anything about it: otherwise it is as it came along."""
        return self.updated_at is not None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule file. Version 0 is the built-in one; it has no author."""

    name: str
    version: int
    body: str
    format: Format
    author: str
    note: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShadowCount:
    """How often a rule in shadow would have acted, and in how many of those turns something would have been different.

    An empty `rule` counts everything that the version judged at that stage.
    """

    version: int
    stage: str
    rule: str
    count: int
    differed: int


CountKey = tuple[str, str, int, str, str]
"""Tenant, name, version, stage, rule."""


def initial_state(name: str) -> State:
    """The state of a rule set that nobody has activated or put in shadow."""
    if name not in built_in_names():
        return State(name, None, None)
    return State(name, None, VERSION) if name in SHADOWED else State(name, VERSION, None)


async def states(reads: AsyncEngine, tenant: str) -> dict[str, State]:
    """The state of every rule set of the tenant, built-in ones included, by name in order."""
    query = select(rule_states).where(STATES.tenant == tenant, STATES.removed.is_(False))
    async with reads.connect() as connection:
        own = {row.name: _state(row) for row in await connection.execute(query)}
    found = {name: initial_state(name) for name in built_in_names()} | own
    return {name: found[name] for name in sorted(found)}


async def versions(reads: AsyncEngine, tenant: str, name: str) -> list[Version]:
    """Every version of a rule set, newest first; the built-in one last. Removed ones are there, too."""
    query = _versions(tenant, name).order_by(VERSIONS.version.desc())
    async with reads.connect() as connection:
        own = [_version(row) for row in await connection.execute(query)]
    return own + ([_built_in(name)] if name in built_in_names() else [])


async def version_of(reads: AsyncEngine, tenant: str, name: str, version: int) -> Version | None:
    """One version of a rule set; None where there is none."""
    if version == VERSION:
        return _built_in(name) if name in built_in_names() else None
    async with reads.connect() as connection:
        row = (await connection.execute(_versions(tenant, name).where(VERSIONS.version == version))).first()
    return _version(row) if row else None


async def normal_of(reads: AsyncEngine, tenant: str, name: str, version: int) -> Mapping[str, Any] | None:
    """The checked form of one version; None where there is none."""
    query = select(VERSIONS.normal).where(VERSIONS.tenant == tenant, VERSIONS.name == name, VERSIONS.version == version)
    async with reads.connect() as connection:
        found: Mapping[str, Any] | None = (await connection.execute(query)).scalar_one_or_none()
    return found


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule file that was read without complaint, and who brings it.

    `expected` is the newest version that its author saw, 0 for none or the built-in one; None: whichever it is.
    """

    ruleset: Ruleset
    body: str
    format: Format
    author: str
    note: str
    expected: int | None = None


async def save(engine: AsyncEngine, tenant: str, draft: Draft) -> tuple[int, bool]:
    """The version that `draft` is now, and whether it is new: the newest version's body again makes none.

    Raises:
        ConflictError: somebody saved another version than the author of `draft` saw.
    """
    name = draft.ruleset.name
    async with engine.begin() as connection:
        was_removed = await _lock(connection, tenant, name, draft.author)
        newest = (await connection.execute(_versions(tenant, name).order_by(VERSIONS.version.desc()).limit(1))).first()
        if newest is not None and not was_removed and (newest.body, newest.format) == (draft.body, draft.format):
            return int(newest.version), False
        _check_expected(draft, newest if not was_removed else None)
        version = int(newest.version) + 1 if newest is not None else 1
        values = {"body": draft.body, "format": draft.format, "author": draft.author, "note": draft.note}
        normal = normal_form(draft.ruleset, draft.body, draft.format)
        await connection.execute(
            insert(rule_versions).values(tenant=tenant, name=name, version=version, normal=normal, **values)
        )
    return version, True


def _check_expected(draft: Draft, newest: Row[Any] | None) -> None:
    standing = int(newest.version) if newest is not None else 0
    if draft.expected is None or draft.expected == standing:
        return
    by = f" by {newest.author}" if newest is not None and newest.author else ""
    raise ConflictError(f"the rules were changed{by} while you edited: version {standing} is the newest now")


async def set_active(engine: AsyncEngine, tenant: str, name: str, version: int | None, who: str) -> None:
    """Let `version` judge from now on; None: no version does."""
    await _set(engine, tenant, name, who, {"active_version": version})


async def set_shadow(engine: AsyncEngine, tenant: str, name: str, version: int | None, who: str) -> None:
    """Let `version` count what it would do; None: no version does."""
    await _set(engine, tenant, name, who, {"shadow_version": version})


async def remove(engine: AsyncEngine, tenant: str, name: str, who: str) -> bool:
    """Take the tenant's own rule set away; a built-in one of that name counts again. Versions stay for the record."""
    change = (
        update(rule_states)
        .where(STATES.tenant == tenant, STATES.name == name, STATES.removed.is_(False))
        .values(active_version=None, shadow_version=None, removed=True, changed_by=who, updated_at=func.now())
    )
    async with engine.begin() as connection:
        return bool((await connection.execute(change)).rowcount)


async def add_counts(engine: AsyncEngine, counted: Mapping[CountKey, tuple[int, int]]) -> None:
    """Add to what rules in shadow counted: key → how often, and how often the turn would have differed."""
    rows = [
        dict(zip(("tenant", "name", "version", "stage", "rule"), key, strict=True))
        | {"count": count, "differed": differed}
        for key, (count, differed) in sorted(counted.items())
    ]
    statement = upsert(rule_shadow_counts)
    added = {
        "count": COUNTS["count"] + statement.excluded["count"],
        "differed": COUNTS.differed + statement.excluded.differed,
    }
    keys = [COUNTS.tenant, COUNTS.name, COUNTS.version, COUNTS.stage, COUNTS.rule]
    async with engine.begin() as connection:
        await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=added), rows)


async def shadow_counts(reads: AsyncEngine, tenant: str, name: str) -> list[ShadowCount]:
    """What the versions of a rule set have counted in shadow, newest version first."""
    query = (
        select(COUNTS.version, COUNTS.stage, COUNTS.rule, COUNTS["count"].label("judged"), COUNTS.differed)
        .where(COUNTS.tenant == tenant, COUNTS.name == name)
        .order_by(COUNTS.version.desc(), COUNTS.stage.desc(), COUNTS.rule)
    )
    async with reads.connect() as connection:
        rows = (await connection.execute(query)).all()
    return [ShadowCount(row.version, row.stage, row.rule, row.judged, row.differed) for row in rows]


async def _lock(connection: AsyncConnection, tenant: str, name: str, who: str) -> bool:
    """Hold the row of the rule set until the transaction ends, made if need be; whether it was removed before."""
    first = initial_state(name)
    values = {"active_version": first.active, "shadow_version": first.shadow, "changed_by": who}
    await connection.execute(upsert(rule_states).values(tenant=tenant, name=name, **values).on_conflict_do_nothing())
    here = (STATES.tenant == tenant, STATES.name == name)
    removed = bool((await connection.execute(select(STATES.removed).where(*here).with_for_update())).scalar_one())
    if removed:
        await connection.execute(
            update(rule_states).where(*here).values(removed=False, updated_at=func.now(), **values)
        )
    return removed


async def _set(engine: AsyncEngine, tenant: str, name: str, who: str, changed: Mapping[str, int | None]) -> None:
    async with engine.begin() as connection:
        await _lock(connection, tenant, name, who)
        await connection.execute(
            update(rule_states)
            .where(STATES.tenant == tenant, STATES.name == name)
            .values(**changed, changed_by=who, updated_at=func.now())
        )


def _versions(tenant: str, name: str) -> Select[Any]:
    columns = (VERSIONS.name, VERSIONS.version, VERSIONS.body, VERSIONS.format, VERSIONS.author, VERSIONS.note)
    return select(*columns, VERSIONS.created_at).where(VERSIONS.tenant == tenant, VERSIONS.name == name)


def _version(row: Row[Any]) -> Version:
    return Version(row.name, row.version, row.body, row.format, row.author, row.note, row.created_at)


def _built_in(name: str) -> Version:
    return Version(name, VERSION, built_in_body(name), "yaml", "", "", None)


def _state(row: Row[Any]) -> State:
    return State(row.name, row.active_version, row.shadow_version, row.changed_by, row.updated_at)
