"""The events of a turn, kept in a Redis stream so that any process can go on where a connection was cut.

An event is delivered only after Redis has it, under its own number, so nothing is lost or doubled. While Redis is away
events are delivered all the same; who reconnects meanwhile gets them from PostgreSQL once the turn has ended.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.chat.model import Event

KEPT_SECONDS = 3600
_log = structlog.get_logger(__name__)


class EventLog:
    """The stream of one turn in Redis."""

    def __init__(self, redis: Redis, turn_id: str) -> None:
        self._redis = redis
        self._key = f"freshet:turn:{turn_id}"

    async def append(self, before: Sequence[Event], events: Sequence[Event]) -> None:
        """Add `events`, which follow `before`; what Redis has lost of those is written again."""
        try:
            if await self._add(events) != len(before) + len(events):
                await self._redis.delete(self._key)
                await self._add([*before, *events])
        except (RedisError, OSError) as error:
            _log.warning("events_not_kept", key=self._key, reason=type(error).__name__)

    async def _add(self, events: Sequence[Event]) -> int:
        """Add `events` under their numbers; the length of the stream then (0 where it refused a number)."""
        pipeline = self._redis.pipeline(transaction=True)
        for event in events:
            fields = {b"name": event.name.encode(), b"data": orjson.dumps(event.data)}
            pipeline.xadd(self._key, fields, id=f"{event.number}-0")  # type: ignore[arg-type]
        pipeline.expire(self._key, KEPT_SECONDS)
        pipeline.xlen(self._key)
        results = await pipeline.execute(raise_on_error=False)
        failed = [one for one in results if isinstance(one, Exception)]
        if any(isinstance(one, OSError | ConnectionError) for one in failed):
            raise failed[0]
        return 0 if failed else int(results[-1])

    async def after(self, number: int, block_milliseconds: int = 0) -> list[Event]:
        """Events with a higher number; waits for the first as long as said. Empty when there are none, or no Redis."""
        try:
            found = await self._redis.xread({self._key: f"{number}-0"}, block=block_milliseconds or None)
        except (RedisError, OSError):
            return []
        return [
            Event(int(identifier.split(b"-")[0]), fields[b"name"].decode(), orjson.loads(fields[b"data"]))
            for _, entries in found
            for identifier, fields in entries
        ]
