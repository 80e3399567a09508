"""How often a caller may use a route: a table of classes, counted per caller and minute in Redis."""

from __future__ import annotations

from collections.abc import Mapping

from app.callers import CUSTOMER, Caller
from app.identity.windows import Windows
from retrieval.errors import RetryLaterError

CHAT, SEARCH, WRITE, READ = "chat", "search", "write", "read"
OPEN_DOOR, VISIT = BY_ADDRESS = ("open_door", "visit")

CLASSES: Mapping[tuple[str, str], str] = {
    ("POST", "/v1/chat"): CHAT,
    ("POST", "/v1/chat/completions"): CHAT,
    ("POST", "/v1/search"): SEARCH,
    ("POST", "/v1/embeddings"): SEARCH,
    ("POST", "/v1/session"): OPEN_DOOR,
    ("POST", "/v1/widget/session"): VISIT,
    ("POST", "/v1/widget/demo"): VISIT,
    ("GET", "/v1/oidc/{provider}/start"): OPEN_DOOR,
    ("GET", "/v1/oidc/{provider}/callback"): OPEN_DOOR,
}
"""Route → class; others are `read` or `write` by their method. `open_door` and `visit` are counted per address."""

FACTORS: Mapping[str, float] = {CHAT: 1.0, SEARCH: 5.0, WRITE: 10.0, READ: 20.0, OPEN_DOOR: 0.2, VISIT: 0.25}
"""How many times RATE_LIMIT_PER_MINUTE each class allows."""

_OF_VISITORS = 0.2
_MINUTE = 60


class RateLimits:
    """Counts requests; `per_minute` is the limit of chat, 0 is none. While Redis is away everything goes through."""

    def __init__(self, windows: Windows, per_minute: int) -> None:
        self._windows = windows
        self._per_minute = per_minute

    async def check(self, method: str, path: str, caller: Caller | None, address: str) -> None:
        """Count one request of `caller`, or of whoever is at `address`.

        Raises:
            RetryLaterError: the caller has used this kind of route too often in this minute.
        """
        kind = CLASSES.get((method, path)) or (READ if method in {"GET", "HEAD"} else WRITE)
        if not self._per_minute or (caller is None and kind not in BY_ADDRESS):
            return
        limit = max(1, int(self._per_minute * FACTORS[kind] * (_OF_VISITORS if _is_visitor(caller) else 1)))
        who = f"{caller.tenant}:{caller.user or address}" if caller else address
        counted = await self._windows.count(f"rate:{kind}:{who}", _MINUTE)
        if counted and counted[0] > limit:
            message = f"more than {limit:,} requests of this kind in a minute: wait a moment"
            raise RetryLaterError(message, counted[1])


def _is_visitor(caller: Caller | None) -> bool:
    """Customers whom nobody vouches for: no name, or one that the widget made up."""
    return caller is not None and caller.roles == {CUSTOMER} and (not caller.user or caller.user.startswith("visitor-"))
