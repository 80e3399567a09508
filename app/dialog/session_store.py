"""Sessions in Redis, with a time to live; one that Redis has lost is rebuilt from the transcript."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.dialog.session import Session, dump, load
from retrieval.errors import RejectedError

LIFETIME_SECONDS = 24 * 3600
_log = structlog.get_logger(__name__)

Rebuild = Callable[[str], Awaitable[Session]]
"""The session that the transcript of a conversation leads to."""


class SessionStore:
    """Reads and writes the state of conversations; without Redis everything still works, from the transcript."""

    def __init__(self, redis: Redis, rebuild: Rebuild, lifetime_seconds: int = LIFETIME_SECONDS) -> None:
        self._redis = redis
        self._rebuild = rebuild
        self._lifetime_seconds = lifetime_seconds

    async def load(self, conversation_id: str, *, turns_before: int) -> Session:
        """The session of a conversation that has had `turns_before` turns; what is stored may lag behind those."""
        if not turns_before:
            return Session(conversation_id)
        try:
            stored = await self._redis.get(_key(conversation_id))
            if stored:
                number, _, body = stored.partition(b"\n")
                if int(number) == turns_before:
                    return load(body)
        except (RedisError, OSError) as error:
            _log.warning("session_not_read", reason=type(error).__name__)
        except (RejectedError, ValueError) as error:
            _log.warning("session_rebuilt", reason=str(error))
        return await self._rebuild(conversation_id)

    async def save(self, session: Session, *, turns: int) -> None:
        """Keep the session as it is after `turns` turns."""
        try:
            await self._redis.set(_key(session.id), b"%d\n%s" % (turns, dump(session)), ex=self._lifetime_seconds)
        except (RedisError, OSError) as error:
            _log.warning("session_not_kept", reason=type(error).__name__)


def _key(conversation_id: str) -> str:
    return f"freshet:session:{conversation_id}"
