"""Who is typing and who has read how far: short-lived, in Redis; without it nobody is seen typing, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

TYPING_SECONDS = 6
READ_SECONDS = 24 * 3600

Side = Literal["agent", "customer"]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody is writing, as far as is known until a moment (ISO 8601)."""

    name: str
    until: str


@dataclass(frozen=True, slots=True)
class ReadMark:
    """How far somebody has read: the other side's message, its place in their order, and when (ISO 8601)."""

    message_id: int | str
    place: int
    at: str


@dataclass(frozen=True, slots=True)
class Present:
    """What is known of one side of a conversation; None where nothing is."""

    typing: Typing | None = None
    read: ReadMark | None = None


class Presence:
    """Typing and read marks of conversations."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def type(self, conversation_id: str, side: Side, name: str) -> None:
        """Somebody is typing, for the next seconds."""
        until = datetime.now(UTC) + timedelta(seconds=TYPING_SECONDS)
        body = orjson.dumps({"name": name, "until": until.isoformat()})
        await self._set(_typing(conversation_id, side), body, TYPING_SECONDS)

    async def rest(self, conversation_id: str, side: Side) -> None:
        """They have sent it."""
        try:
            await self._redis.delete(_typing(conversation_id, side))
        except (RedisError, OSError) as error:
            _log.warning("presence_not_kept", reason=type(error).__name__)

    async def read(self, conversation_id: str, side: Side, message_id: int | str, place: int) -> None:
        """They have read up to this message; nobody reads backwards."""
        known = (await self.of(conversation_id, side)).read
        if known and known.place >= place:
            return
        at = datetime.now(UTC).isoformat()
        body = orjson.dumps({"message_id": message_id, "place": place, "at": at})
        await self._set(_read(conversation_id, side), body, READ_SECONDS)

    async def of(self, conversation_id: str, side: Side) -> Present:
        """What is known of one side."""
        typing, read = await self._get([_typing(conversation_id, side), _read(conversation_id, side)])
        return Present(Typing(**orjson.loads(typing)) if typing else None, _mark(read))

    async def marks(self, conversation_ids: list[str], side: Side) -> Mapping[str, ReadMark]:
        """How far one side has read in each of these conversations, where it is known."""
        found = await self._get([_read(one, side) for one in conversation_ids])
        marks = {one: _mark(body) for one, body in zip(conversation_ids, found, strict=True)}
        return {one: mark for one, mark in marks.items() if mark}

    async def _set(self, key: str, body: bytes, seconds: int) -> None:
        try:
            await self._redis.set(key, body, ex=seconds)
        except (RedisError, OSError) as error:
            _log.warning("presence_not_kept", reason=type(error).__name__)

    async def _get(self, keys: list[str]) -> list[bytes | None]:
        if not keys:
            return []
        try:
            found: list[bytes | None] = await self._redis.mget(keys)
        except (RedisError, OSError):
            return [None] * len(keys)
        return found


def _mark(body: bytes | None) -> ReadMark | None:
    return ReadMark(**orjson.loads(body)) if body else None


def _typing(conversation_id: str, side: Side) -> str:
    return f"freshet:typing:{conversation_id}:{side}"


def _read(conversation_id: str, side: Side) -> str:
    return f"freshet:read:{conversation_id}:{side}"
