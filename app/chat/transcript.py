"""Conversations and turns in PostgreSQL: the truth of what was asked and answered; every step a short transaction.

A turn runs under a lease that its process extends. When the lease has run out, whoever looks next marks the turn
interrupted: no turn runs for ever, and at most one of a conversation runs.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.callers import Caller
from app.chat.model import INTERRUPTED, Asked, Event, Outcome, TurnRow
from app.dialog.handover import BOT, CLOSED
from app.refusals import ConflictError, NotFoundError

LEASE_SECONDS = 10
_TITLE_CHARACTERS = 120

_COLUMNS = "id, conversation_id, number, tenant, owner, message, state, events"
_OWN = "tenant = :tenant AND owner = :owner"
_OPEN = text("""
INSERT INTO conversations (id, tenant, owner, channel, title) VALUES (:id, :tenant, :owner, :channel, :title)
""")
_LOCK = text(f"SELECT id, state FROM conversations WHERE id = :id AND {_OWN} FOR UPDATE")  # noqa: S608
_REOPEN = text("UPDATE conversations SET state = 'bot', state_since = clock_timestamp() WHERE id = :id")
_RUNNING = text(f"""
SELECT {_COLUMNS}, lease_until < clock_timestamp() AS expired FROM turns
WHERE conversation_id = :id AND state = 'running'
""")  # noqa: S608
_BEGIN = text(f"""
INSERT INTO turns (id, conversation_id, number, tenant, owner, message, message_sha256, idempotency_key, state,
                   lease_until)
SELECT :turn, :id, coalesce(max(number), 0) + 1, :tenant, :owner, :message, :digest, :key, 'running',
       clock_timestamp() + make_interval(secs => {LEASE_SECONDS})
FROM turns WHERE conversation_id = :id
RETURNING {_COLUMNS}
""")  # noqa: S608
_TOUCH = text("UPDATE conversations SET updated_at = clock_timestamp() WHERE id = :id")
_BY_KEY = text(f"""
SELECT {_COLUMNS}, message_sha256 FROM turns WHERE {_OWN} AND idempotency_key = :key
""")  # noqa: S608
_ONE = text(f"SELECT {_COLUMNS} FROM turns WHERE id = :id AND {_OWN}")  # noqa: S608
_EXTEND = text(f"""
UPDATE turns SET lease_until = clock_timestamp() + make_interval(secs => {LEASE_SECONDS})
WHERE id = :id AND state = 'running'
""")  # noqa: S608
_END = text("""
UPDATE turns SET state = :state, language = :language, question = :question, decision = :decision, answer = :answer,
  confidence = :confidence, details = CAST(:details AS jsonb), events = CAST(:events AS jsonb),
  updated_at = clock_timestamp()
WHERE id = :id AND state = 'running'
""")
_INTERRUPT = text(f"""
UPDATE turns SET state = '{INTERRUPTED}', events = CAST(:events AS jsonb), updated_at = clock_timestamp()
WHERE id = :id AND state = 'running' AND lease_until < clock_timestamp()
""")  # noqa: S608
_LIST = text(f"""
SELECT c.id, c.channel, c.title, c.created_at, c.updated_at,
       (SELECT count(*) FROM turns t WHERE t.conversation_id = c.id) AS turns
FROM conversations c WHERE {_OWN} AND (CAST(:moment AS timestamptz) IS NULL OR (updated_at, id) < (:moment, :after))
  AND (CAST(:query AS text) = '' OR title ILIKE :query OR EXISTS (
    SELECT 1 FROM turns t WHERE t.conversation_id = c.id AND (t.message ILIKE :query OR t.answer ILIKE :query)))
ORDER BY updated_at DESC, id DESC LIMIT :limit
""")  # noqa: S608
_TURNS = text("""
SELECT id, number, message, state, language, question, decision, answer, confidence, details, created_at, updated_at
FROM turns WHERE conversation_id = :id ORDER BY number
""")
_REWORD = text("UPDATE turns SET message = :message WHERE id = :id RETURNING conversation_id, number")
_RETITLE = text("UPDATE conversations SET title = :title WHERE id = :id")
_RENAME = text(f"UPDATE conversations SET title = :title WHERE id = :id AND {_OWN}")  # noqa: S608
_REPLACE = text("""
DELETE FROM turns WHERE id = :id AND conversation_id = :conversation AND state <> 'running'
  AND number = (SELECT max(number) FROM turns WHERE conversation_id = :conversation)
""")
_DELETE = text(f"DELETE FROM conversations WHERE id = :id AND {_OWN}")  # noqa: S608
_RATE = text(f"""
INSERT INTO feedback (turn_id, tenant, author, rating, comment, reason)
SELECT id, tenant, :owner, :rating, :comment, :reason FROM turns WHERE id = :id AND {_OWN}
ON CONFLICT (turn_id, author) DO UPDATE
SET rating = excluded.rating, comment = excluded.comment, reason = excluded.reason
RETURNING id
""")  # noqa: S608


class BusyError(ConflictError):
    """A turn of the conversation is running; `turn` is that one, and `expired` whether its process is gone."""

    def __init__(self, turn: TurnRow, *, expired: bool) -> None:
        super().__init__("the answer before is still being written: wait for it, or stop it")
        self.turn = turn
        self.expired = expired


class Transcript:
    """Reads and writes conversations; what belongs to another caller is not there."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def running(self, conversation_id: str) -> BusyError | None:
        """The turn of a conversation that is running, as what it means to whoever wants to do something else."""
        row = await self._first(_RUNNING, {"id": conversation_id})
        return BusyError(_turn(row), expired=row.expired) if row else None

    async def begin(self, caller: Caller, asked: Asked) -> tuple[TurnRow, bool]:
        """The turn for a message, and whether it is new: the same Idempotency-Key gives the turn it began.

        Raises:
            NotFoundError: the caller has no such conversation.
            BusyError: another turn of it is running.
            ConflictError: the key was used for another message, or what it replaces is not the last turn.
        """
        digest = hashlib.sha256(f"{asked.conversation_id}\0{asked.message}".encode()).hexdigest()
        who = _who(caller)
        async with self._engine.begin() as connection:
            if asked.idempotency_key:
                row = (await connection.execute(_BY_KEY, {**who, "key": asked.idempotency_key})).first()
                if row and row.message_sha256 != digest:
                    raise ConflictError(f"the Idempotency-Key {asked.idempotency_key!r} was used for another message")
                if row:
                    return _turn(row), False
            conversation = asked.conversation_id or uuid.uuid4().hex
            held_by = BOT
            named = {"id": conversation, **who}
            if not asked.conversation_id:
                title = asked.message.strip()[:_TITLE_CHARACTERS]
                await connection.execute(_OPEN, {**named, "channel": asked.channel, "title": title})
            else:
                held_by = await self._enter(connection, named)
            running = (await connection.execute(_RUNNING, {"id": conversation})).first()
            if running:
                raise BusyError(_turn(running), expired=running.expired)
            if asked.replaces:
                await self._make_room(connection, conversation, asked.replaces)
            values = {**named, "turn": uuid.uuid4().hex, "message": asked.message, "digest": digest}
            row = (await connection.execute(_BEGIN, {**values, "key": asked.idempotency_key or None})).one()
            await connection.execute(_TOUCH, {"id": conversation})
            return replace(_turn(row), held_by=held_by), True

    async def _enter(self, connection: AsyncConnection, named: Mapping[str, str]) -> str:
        """Lock the conversation: nobody takes it over while a turn begins. One that was closed begins anew."""
        found = (await connection.execute(_LOCK, named)).first()
        if found is None:
            raise NotFoundError("there is no such conversation")
        if found.state == CLOSED:
            await connection.execute(_REOPEN, named)
            return BOT
        return str(found.state)

    @staticmethod
    async def _make_room(connection: AsyncConnection, conversation: str, turn_id: str) -> None:
        """Take the last turn away: another message stands in its place."""
        gone = await connection.execute(_REPLACE, {"id": turn_id, "conversation": conversation})
        if gone.rowcount != 1:
            raise ConflictError("only the last question of a conversation can be asked in other words")

    async def turn(self, caller: Caller, turn_id: str) -> TurnRow:
        """A turn of the caller. Raises NotFoundError where there is none."""
        row = await self._first(_ONE, {"id": turn_id, **_who(caller)})
        if row is None:
            raise NotFoundError("there is no such turn")
        return _turn(row)

    async def extend(self, turn_id: str) -> bool:
        """Keep the turn for another lease; False when it is no longer ours: stop."""
        return await self._changed(_EXTEND, {"id": turn_id})

    async def end(self, turn_id: str, outcome: Outcome, events: Sequence[Event]) -> bool:
        """Write how it ended, with every event of its stream; False when it was interrupted before."""
        done = outcome.done
        values = {name: done.get(name) or "" for name in ("language", "question", "decision", "answer")}
        details = {**outcome.details, "done": done}
        return await self._changed(
            _END,
            {
                "id": turn_id,
                "state": outcome.state,
                **values,
                "confidence": float(done.get("confidence") or 0.0),
                "details": _json(details),
                "events": _events_json(events),
            },
        )

    async def reword(self, turn_id: str, message: str) -> None:
        """Keep `message` as what was asked: rules mask what must not be stored."""
        async with self._engine.begin() as connection:
            row = (await connection.execute(_REWORD, {"id": turn_id, "message": message})).one()
            if row.number == 1:
                title = message.strip()[:_TITLE_CHARACTERS]
                await connection.execute(_RETITLE, {"id": row.conversation_id, "title": title})

    async def interrupt(self, turn_id: str, events: Sequence[Event]) -> bool:
        """Mark a turn whose lease ran out; False when it ended, or lives, or somebody else was first."""
        return await self._changed(_INTERRUPT, {"id": turn_id, "events": _events_json(events)})

    async def conversations(
        self, caller: Caller, after: tuple[Any, str] | None, limit: int, query: str = ""
    ) -> Sequence[Row[Any]]:
        """The caller's conversations, the last used first, after (updated_at, id); those that hold `query`."""
        moment, identifier = after or (None, "")
        values = {**_who(caller), "moment": moment, "after": identifier, "limit": limit, "query": _pattern(query)}
        async with self._engine.connect() as connection:
            return (await connection.execute(_LIST, values)).all()

    async def conversation(self, caller: Caller, conversation_id: str) -> Sequence[Row[Any]]:
        """The turns of a conversation, oldest first. Raises NotFoundError where the caller has none of this id."""
        named = {"id": conversation_id, **_who(caller)}
        async with self._engine.begin() as connection:
            if not (await connection.execute(_LOCK, named)).first():
                raise NotFoundError("there is no such conversation")
            return (await connection.execute(_TURNS, {"id": conversation_id})).all()

    async def turns(self, conversation_id: str) -> Sequence[Row[Any]]:
        """The turns of a conversation, oldest first; who may read them was checked before."""
        async with self._engine.connect() as connection:
            return (await connection.execute(_TURNS, {"id": conversation_id})).all()

    async def rename(self, caller: Caller, conversation_id: str, title: str) -> None:
        """Give a conversation another title. Raises NotFoundError where the caller has none of this id."""
        if not await self._changed(_RENAME, {"id": conversation_id, "title": title, **_who(caller)}):
            raise NotFoundError("there is no such conversation")

    async def delete(self, caller: Caller, conversation_id: str) -> None:
        """Remove a conversation with everything in it. Raises NotFoundError where the caller has none of this id."""
        if not await self._changed(_DELETE, {"id": conversation_id, **_who(caller)}):
            raise NotFoundError("there is no such conversation")

    async def rate(self, caller: Caller, turn_id: str, rating: int, comment: str, reason: str = "") -> None:
        """Keep what the caller thinks of an answer; the newest counts. Raises NotFoundError for no turn of theirs."""
        values = {"id": turn_id, "rating": rating, "comment": comment, "reason": reason, **_who(caller)}
        async with self._engine.begin() as connection:
            if not (await connection.execute(_RATE, values)).first():
                raise NotFoundError("there is no such turn")

    async def _first(self, statement: TextClause, values: Mapping[str, object]) -> Row[Any] | None:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, values)).first()

    async def _changed(self, statement: TextClause, values: Mapping[str, object]) -> bool:
        async with self._engine.begin() as connection:
            return (await connection.execute(statement, values)).rowcount == 1


def _who(caller: Caller) -> dict[str, str]:
    return {"tenant": caller.tenant, "owner": caller.user}


def _pattern(query: str) -> str:
    """For ILIKE: anything that holds `query` as it is written."""
    escaped = query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if query else ""


def _turn(row: Row[Any]) -> TurnRow:
    events = tuple(Event(number, name, data) for number, (name, data) in enumerate(row.events, 1))
    named = (row.id, row.conversation_id, row.number, row.tenant, row.owner, row.message, row.state)
    return TurnRow(*named, events=events)


def _events_json(events: Sequence[Event]) -> str:
    return _json([[event.name, event.data] for event in events])


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode().replace("\\u0000", "")
