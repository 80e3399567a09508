"""Sign-in that guesses is slowed down: per user and address, per user from anywhere, and per address.

The narrow limit comes first, so that a stranger who guesses at somebody's password does not lock that person out.
"""

from __future__ import annotations

import hashlib

from app.identity.windows import Windows
from retrieval.errors import RetryLaterError

_WINDOW_SECONDS = 300
_TRIES_OF_USER_AT_ADDRESS = 5
_TRIES_OF_USER = 50
_TRIES_AT_ADDRESS = 30


class Throttle:
    """Counts tries before the password is looked at, so that tries at once count too."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows

    async def enter(self, tenant: str, user: str, address: str) -> None:
        """Count a try.

        Raises:
            RetryLaterError: there were too many in the last five minutes.
        """
        for key, limit in self._counters(tenant, user, address):
            number, seconds = await self._windows.count_surely(key, _WINDOW_SECONDS)
            if number > limit:
                raise RetryLaterError("too many attempts to sign in: wait a few minutes and try again", seconds)

    async def succeeded(self, tenant: str, user: str, address: str) -> None:
        """The password was right: the user begins anew at this address, and the try counts nowhere else."""
        (at_address, _), *others = self._counters(tenant, user, address)
        await self._windows.clear(at_address)
        for key, _ in others:
            await self._windows.count_surely(key, _WINDOW_SECONDS, by=-1)

    def _counters(self, tenant: str, user: str, address: str) -> list[tuple[str, int]]:
        who = hashlib.sha256(f"{tenant}\n{user}".encode("utf-8", "replace")).hexdigest()[:32]
        return [
            (f"sign-in:{who}:{address}", _TRIES_OF_USER_AT_ADDRESS),
            (f"sign-in:{who}", _TRIES_OF_USER),
            (f"sign-in-at:{address}", _TRIES_AT_ADDRESS),
        ]
