"""Who is told that something happened in a conversation: every API process, through one channel of Redis.

A notice says only that it is worth looking; what there is to see stands in PostgreSQL. So a lost notice costs seconds,
never a message, and while Redis is away whoever watches looks more often instead.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

CHANNEL = "freshet:conversations"
_LISTEN_SECONDS = 5.0
_AGAIN_SECONDS = 1.0
_log = structlog.get_logger(__name__)


class Watch:
    """One who waits for notices; `seen` are the conversations that had some since the last wait."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._woken = asyncio.Event()

    def wake(self, conversation_id: str = "") -> None:
        """Something happened; "" is anything."""
        if conversation_id:
            self.seen.add(conversation_id)
        self._woken.set()

    async def wait(self, seconds: float) -> set[str]:
        """Until something happened, at most so long; the conversations in which it did."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        return self._taken()

    async def more(self, seconds: float) -> set[str]:
        """All that happens within so long."""
        await asyncio.sleep(seconds)
        return self._taken()

    def _taken(self) -> set[str]:
        self._woken.clear()
        seen, self.seen = self.seen, set()
        return seen


class Notices:
    """Tells and hears of conversations. Without Redis, what is told is heard in this process only."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._watches: dict[str, set[Watch]] = {}
        self._listening: asyncio.Task[None] | None = None
        self.connected = False

    async def tell(self, tenant: str, conversation_id: str) -> None:
        """Say that something happened in a conversation, after it was committed."""
        if not self.connected:
            self._wake(tenant, conversation_id)
        try:
            await self._redis.publish(CHANNEL, f"{tenant}\n{conversation_id}")
        except (RedisError, OSError) as error:
            _log.warning("notice_not_sent", reason=type(error).__name__)
            self._wake(tenant, conversation_id)

    @contextlib.contextmanager
    def watch(self, tenant: str, conversation_id: str = "") -> Iterator[Watch]:
        """Hear of one conversation, or with "" of all of the tenant."""
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen(), name="notices")
        place = f"{tenant}\n{conversation_id}"
        watch = Watch()
        self._watches.setdefault(place, set()).add(watch)
        try:
            yield watch
        finally:
            others = self._watches[place]
            others.discard(watch)
            if not others:
                del self._watches[place]

    async def close(self) -> None:
        """Hear nothing more."""
        if self._listening:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    def _wake(self, tenant: str, conversation_id: str) -> None:
        for place in (f"{tenant}\n{conversation_id}", f"{tenant}\n"):
            for watch in self._watches.get(place, ()):
                watch.wake(conversation_id)

    async def _listen(self) -> None:
        """Hear what all processes tell; after a gap everybody looks once."""
        while True:
            pubsub = self._redis.pubsub()
            try:
                await pubsub.subscribe(CHANNEL)
                self.connected = True
                for watches in list(self._watches.values()):
                    for watch in watches:
                        watch.wake()
                await self._hear(pubsub)
            except (RedisError, OSError) as error:
                _log.warning("notices_not_heard", reason=type(error).__name__)
            finally:
                self.connected = False
                with contextlib.suppress(RedisError, OSError):
                    await pubsub.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _hear(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=_LISTEN_SECONDS)
            if message:
                tenant, _, conversation_id = message["data"].decode().partition("\n")
                self._wake(tenant, conversation_id)
