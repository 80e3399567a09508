"""Looking into dead letters, mending them, and clearing many at once."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, func, select, update

from app.admin.dead_letters import (
    DeadLetterView,
    LetterId,
    drop_letter,
    lock_open,
    replay_letter,
    view_of,
)
from app.admin.services import WithServices
from app.auth import CurrentCaller
from app.callers import ADMIN, Caller
from app.identity.auditing import WithAudit
from app.refusals import ConflictError, ForbiddenError, NotFoundError
from ingestion.knowledge import StoredRecord, read_change
from ingestion.model import topic_key
from ingestion.tables import dead_letters
from retrieval.errors import FreshetError, UnavailableError

router = APIRouter(tags=["dead letters"])

_MOST_AT_ONCE = 200


class DeadLetterDetail(DeadLetterView):
    """A dead letter with its record; `payload` is null where the caller is not among the record's readers.

    A record that names no readers is for administrators. `fingerprint` goes back with a correction.
    """

    payload: str | None
    fingerprint: str
    withheld: bool


class Correction(BaseModel):
    """A record in the place of the one that failed; `fingerprint` says which one its author saw."""

    model_config = ConfigDict(extra="forbid")

    payload: dict[str, Any]
    fingerprint: str = Field(max_length=64)


class BulkLetters(BaseModel):
    """Which dead letters, and what becomes of them; without `ids` all open ones of `source` (or of every source)."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["replay", "drop"]
    ids: list[Annotated[int, Field(ge=1, lt=2**62)]] | None = Field(default=None, max_length=_MOST_AT_ONCE)
    source: str | None = Field(default=None, max_length=63)


class LetterOutcome(BaseModel):
    """One of the letters: done, or why not."""

    id: int
    done: bool
    detail: str = ""


class BulkLettersResult(BaseModel):
    """At most 200 letters at once; `left` counts the open ones that fit and were not tried yet."""

    items: list[LetterOutcome]
    left: int


class LetterCount(BaseModel):
    """How many letters are open, by source."""

    open: int
    sources: dict[str, int]


@router.get("/v1/dead-letter-counts")
async def count_dead_letters(caller: CurrentCaller, services: WithServices) -> LetterCount:
    """The open ones, by source."""
    letters = dead_letters.c
    query = (
        select(letters.source, func.count().label("number"))
        .where(letters.tenant == caller.tenant, letters.state == "open")
        .group_by(letters.source)
        .order_by(letters.source)
    )
    async with services.reads.connect() as connection:
        found = {row.source: int(row.number) for row in await connection.execute(query)}
    return LetterCount(open=sum(found.values()), sources=found)


@router.get("/v1/dead-letters/{letter_id}")
async def get_dead_letter(letter_id: LetterId, caller: CurrentCaller, services: WithServices) -> DeadLetterDetail:
    """One dead letter with its record, where the caller may read it."""
    letters = dead_letters.c
    size = func.coalesce(func.length(letters.payload), 0).label("payload_bytes")
    query = select(dead_letters, size).where(letters.tenant == caller.tenant, letters.id == letter_id)
    async with services.reads.connect() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        raise NotFoundError("there is no such dead letter")
    return _detail(row, caller)


@router.put("/v1/dead-letters/{letter_id}")
async def correct_dead_letter(
    letter_id: LetterId, correction: Correction, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> DeadLetterDetail:
    """Put a corrected record in the place of the one that failed; it is published by a replay."""
    async with services.engine.begin() as connection:
        row = await connection.run_sync(lock_open, caller.tenant, letter_id)
        if not _may_see(row, caller):
            raise ForbiddenError("this record is for other readers: they correct it")
        if correction.fingerprint != _fingerprint(row.payload):
            raise ConflictError("somebody corrected this record in the meantime")
        payload = orjson.dumps(correction.payload, option=orjson.OPT_INDENT_2)
        _check(row, payload)
        change = update(dead_letters).where(dead_letters.c.id == letter_id).values(payload=payload)
        await connection.execute(change)
    await audit("dead_letter.corrected", f"dead_letter:{letter_id}", source=row.source, key=row.key)
    return await get_dead_letter(letter_id, caller, services)


@router.post("/v1/dead-letters:bulk")
async def clear_dead_letters(
    wanted: BulkLetters, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> BulkLettersResult:
    """Replay or drop many; each is done or refused for itself."""
    ids, left = (
        (list(dict.fromkeys(wanted.ids)), 0) if wanted.ids is not None else await _open(services, caller, wanted)
    )
    items = []
    for letter_id in ids:
        try:
            act = replay_letter if wanted.action == "replay" else drop_letter
            await act(services, caller, audit, letter_id)
            items.append(LetterOutcome(id=letter_id, done=True))
        except UnavailableError:
            raise
        except FreshetError as error:
            items.append(LetterOutcome(id=letter_id, done=False, detail=error.message))
    return BulkLettersResult(items=items, left=left)


async def _open(services: WithServices, caller: Caller, wanted: BulkLetters) -> tuple[list[int], int]:
    """The oldest open letters that fit, and how many more there are."""
    letters = dead_letters.c
    query = select(letters.id, func.count().over().label("all")).where(
        letters.tenant == caller.tenant, letters.state == "open"
    )
    if wanted.source:
        query = query.where(letters.source == wanted.source.replace("\0", ""))
    async with services.reads.connect() as connection:
        rows = (await connection.execute(query.order_by(letters.id).limit(_MOST_AT_ONCE))).all()
    return [row.id for row in rows], (rows[0].all - len(rows)) if rows else 0


def _detail(row: Row[Any], caller: Caller) -> DeadLetterDetail:
    sees = _may_see(row, caller)
    payload = (row.payload or b"").decode("utf-8", "replace") if sees else None
    view = view_of(row).model_dump()
    return DeadLetterDetail(**view, payload=payload, fingerprint=_fingerprint(row.payload), withheld=not sees)


def _may_see(row: Row[Any], caller: Caller) -> bool:
    """Readers of the record; where nobody can tell who they are, administrators."""
    try:
        value = orjson.loads(row.payload or b"")
        readers = set(value["readers"]) if isinstance(value, dict) else set()
    except (orjson.JSONDecodeError, KeyError, TypeError):
        readers = set()
    return not readers.isdisjoint(caller.access.principals) if readers else ADMIN in caller.roles


def _check(row: Row[Any], payload: bytes) -> None:
    """RejectedError where the record could not be read again."""
    key = topic_key(row.tenant, row.source, row.key).encode()
    read_change(StoredRecord(key, payload, 0, max(row.version, 1), 0), 1)


def _fingerprint(payload: bytes | None) -> str:
    return hashlib.blake2b(payload or b"", digest_size=16).hexdigest()
