"""Counting in windows of time, in Redis; every process sees the same numbers."""

from __future__ import annotations

import asyncio
import time

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

_AWAY_SECONDS = 1.0
_PATIENCE_SECONDS = 0.5
_MOST_KEYS = 10_000
_log = structlog.get_logger(__name__)

_COUNT = """
local n = redis.call('INCRBY', KEYS[1], ARGV[1])
if n == tonumber(ARGV[1]) then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return {n, redis.call('TTL', KEYS[1])}
"""


class Windows:
    """Counters that begin anew when their window ends. Without Redis each process counts for itself."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._away_until = 0.0
        self._own: dict[str, tuple[int, float]] = {}

    async def count(self, key: str, window_seconds: int, by: int = 1) -> tuple[int, int] | None:
        """Add to a counter: its number, and the seconds until it begins anew; None while Redis is away."""
        if time.monotonic() < self._away_until:
            return None
        try:
            async with _patience():
                answer = await self._redis.eval(_COUNT, 1, f"freshet:window:{key}", str(by), str(window_seconds))  # type: ignore[misc]
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + _AWAY_SECONDS
            _log.info("windows_without_redis", error=type(error).__name__)
            return None
        return int(answer[0]), max(1, int(answer[1]))

    async def count_surely(self, key: str, window_seconds: int, by: int = 1) -> tuple[int, int]:
        """As `count`; while Redis is away this process counts by itself."""
        return await self.count(key, window_seconds, by) or self._count_here(key, window_seconds, by)

    async def clear(self, key: str) -> None:
        """Begin anew now."""
        self._own.pop(key, None)
        if time.monotonic() >= self._away_until:
            try:
                async with _patience():
                    await self._redis.delete(f"freshet:window:{key}")
            except (RedisError, OSError):
                self._away_until = time.monotonic() + _AWAY_SECONDS

    def _count_here(self, key: str, window_seconds: int, by: int) -> tuple[int, int]:
        now = time.monotonic()
        if len(self._own) > _MOST_KEYS:
            self._own = {name: one for name, one in self._own.items() if one[1] > now}
        number, ends = self._own.get(key, (0, now + window_seconds))
        if ends <= now:
            number, ends = 0, now + window_seconds
        self._own[key] = (number + by, ends)
        return number + by, max(1, int(ends - now))


def _patience() -> asyncio.Timeout:
    return asyncio.timeout(_PATIENCE_SECONDS)
