"""Who presents what: a bearer token, an API key, or a session's cookie, held against the truth on every request.

One query each, by primary keys and unique indexes. A token stays as it was minted, less what was taken from its user or
tenant since: so tokens of people without an account go on working.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.callers import CUSTOMER, Caller, read_dated_token
from app.identity.api_keys import digest_of
from app.refusals import UnauthenticatedError

Renew = Callable[[str], Awaitable[None]]
"""Asks the provider again about the session with this hash: changes the account, or ends the session."""

KEY_USER = "key:"
"""Begins the name under which an API key acts; no account can have it."""

_SEEN_AGAIN = timedelta(minutes=5)

_TOKEN = text("""
SELECT (SELECT active FROM users WHERE tenant = :tenant AND name = :user) AS active,
  (SELECT active AND (:origin = '' OR origins @> ARRAY[:origin]) FROM sites
    WHERE tenant = :tenant AND id = :site) AS at_site,
  ARRAY(SELECT kind || ':' || name FROM revocations
        WHERE tenant = :tenant AND user_name IN (:user, '') AND at >= :issued) AS lost,
  ARRAY(SELECT name FROM groups WHERE tenant = :tenant AND NOT active AND name = ANY(:groups)) AS gone
""")
_KEY = text("""
SELECT k.id, k.tenant, k.name, k.scopes, k.last_used_at AS seen, coalesce(u.active, true) AS active,
  ARRAY(SELECT held FROM unnest(k.groups) AS held WHERE NOT EXISTS (
    SELECT 1 FROM groups g WHERE g.tenant = k.tenant AND g.name = held AND NOT g.active)) AS groups
FROM api_keys k LEFT JOIN users u ON u.tenant = k.tenant AND u.name = k.created_by
WHERE k.secret_hash = :digest AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
""")
_SESSION = text("""
SELECT s.expires_at, s.renew_at, u.tenant, u.name, u.display_name, u.roles, u.last_seen_at AS seen,
  ARRAY(SELECT m.group_name FROM memberships m JOIN groups g ON g.tenant = m.tenant AND g.name = m.group_name
        WHERE m.tenant = u.tenant AND m.user_name = u.name AND g.active) AS groups
FROM sessions s JOIN users u ON u.tenant = s.tenant AND u.name = s.user_name
WHERE s.token_hash = :digest AND s.expires_at > clock_timestamp() AND u.active
""")
_USED = text("UPDATE api_keys SET last_used_at = clock_timestamp() WHERE id = :id")
_SEEN = text("UPDATE users SET last_seen_at = clock_timestamp() WHERE tenant = :tenant AND name = :name")


@dataclass(frozen=True, slots=True)
class Session:
    """A session in use: the cookie's value, whose it is, and when it ends."""

    token: str
    display_name: str
    expires_at: datetime


class Resolver:
    """Finds the caller behind what a request carries."""

    def __init__(self, reads: AsyncEngine, secret: str, renew: Renew | None = None) -> None:
        self._reads = reads
        self._secret = secret
        self._renew = renew

    async def by_token(self, token: str, origin: str = "") -> Caller:
        """The caller of a bearer token, without what was taken since it was minted.

        A visitor's token is good while its site is active, and on pages of the site's origins only.

        Raises:
            UnauthenticatedError: it is not valid, or its account or site was deactivated or deleted.
        """
        caller, issued_at = read_dated_token(self._secret, token)
        values = {
            "tenant": caller.tenant,
            "user": caller.user or "\n",  # an anonymous visitor has no row
            "groups": sorted(caller.groups),
            "site": caller.site,
            "origin": origin,
            "issued": datetime.fromtimestamp(issued_at, UTC),
        }
        row = await self._one(_TOKEN, values)
        assert row is not None, "a SELECT without FROM has one row"
        if row.active is False or "user:" in row.lost:
            raise UnauthenticatedError("this account is no longer active")
        if caller.site and not row.at_site:
            raise UnauthenticatedError("the widget is not (any more) for this page")
        if not row.lost and not row.gone:
            return caller
        lost = {tuple(one.split(":", 1)) for one in row.lost}
        groups = caller.groups - {name for kind, name in lost if kind == "group"} - set(row.gone)
        roles = caller.roles - {name for kind, name in lost if kind == "role"}
        return replace(caller, groups=groups, roles=roles or frozenset({CUSTOMER}))

    async def by_key(self, key: str) -> Caller:
        """The caller of an API key.

        Raises:
            UnauthenticatedError: it does not exist (any more), has run out, or who made it was deactivated.
        """
        row = await self._one(_KEY, {"digest": digest_of(key)})
        if row is None or not row.active:
            raise UnauthenticatedError("this API key is not valid (any more)")
        await self._note(_USED, row.seen, {"id": row.id})
        return Caller(row.tenant, KEY_USER + row.name, frozenset(row.groups), frozenset(row.scopes))

    async def by_session(self, token: str) -> tuple[Caller, Session]:
        """The caller of a session's cookie.

        Raises:
            UnauthenticatedError: it was signed out or has run out, or its account was deactivated.
        """
        digest = digest_of(token)
        row = await self._one(_SESSION, {"digest": digest})
        if row is not None and row.renew_at is not None and row.renew_at <= datetime.now(UTC) and self._renew:
            await self._renew(digest)
            row = await self._one(_SESSION, {"digest": digest})
        if row is None:
            raise UnauthenticatedError("the session has ended; sign in again")
        await self._note(_SEEN, row.seen, {"tenant": row.tenant, "name": row.name})
        roles = frozenset(row.roles) or frozenset({CUSTOMER})
        caller = Caller(row.tenant, row.name, frozenset(row.groups), roles)
        return caller, Session(token, row.display_name, row.expires_at)

    async def _one(self, statement: Any, values: dict[str, Any]) -> Row[Any] | None:
        async with self._reads.connect() as connection:
            return (await connection.execute(statement, values)).first()

    async def _note(self, statement: Any, seen: datetime | None, values: dict[str, Any]) -> None:
        """Write when it was last seen, at most every few minutes."""
        if seen is None or datetime.now(UTC) - seen > _SEEN_AGAIN:
            async with self._reads.connect() as connection:
                await connection.execute(statement, values)
