"""Passwords: argon2id in threads, a few at a time, and the same time for a user that does not exist."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from retrieval.errors import RejectedError

MIN_CHARACTERS = 10
MAX_CHARACTERS = 256
SAMPLE_PASSWORD = "sample-password"  # noqa: S105 (known to everybody: it works on a loopback address only)
_AT_ONCE = 4


class Passwords:
    """Hashes and verifies; each takes about 50 ms and 64 MB (RFC 9106), so that few run at a time."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobodys = ""

    async def hash(self, password: str) -> str:
        """What is stored of `password`.

        Raises:
            RejectedError: it is too short or too long.
        """
        check_password(password)
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str, password: str) -> bool:
        """Whether `password` is the one; where nothing is stored, no, after as much work."""
        async with self._turns:
            return await asyncio.to_thread(self.verify_now, stored, password)

    def verify_now(self, stored: str, password: str) -> bool:
        """As `verify`, for a program that has nothing else to do meanwhile."""
        if not self._nobodys:
            self._nobodys = self._hasher.hash(secrets.token_urlsafe(16))
        if len(password) > MAX_CHARACTERS:
            return False
        try:
            return self._hasher.verify(stored or self._nobodys, password) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def hash_now(password: str) -> str:
    """As `Passwords.hash`, for a program that has nothing else to do meanwhile."""
    check_password(password)
    return PasswordHasher().hash(password)


def check_password(password: str) -> None:
    """
    Raises:
        RejectedError: it is too short or too long.
    """
    if len(password) < MIN_CHARACTERS:
        raise RejectedError(f"a password needs at least {MIN_CHARACTERS} characters")
    if len(password) > MAX_CHARACTERS:
        raise RejectedError(f"a password may have at most {MAX_CHARACTERS} characters")
