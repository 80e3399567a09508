"""Sessions of people who signed in: a random cookie, of which only a hash is stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, update
from sqlalchemy.dialects.postgresql import insert

from app.identity.api_keys import digest_of
from app.identity.tables import sessions, users

COOKIE = "freshet_session"
CSRF_HEADER = "X-CSRF-Token"


@dataclass(frozen=True, slots=True)
class Renewal:
    """How long what a provider said is good, and with what it is asked again (encrypted; "" when it cannot be)."""

    renew_at: datetime | None = None
    refresh_token: str = ""


def csrf_token(token: str) -> str:
    """What a page must send along with a session's cookie: made from its value, which no other site can read."""
    return hmac.new(token.encode("utf-8", "replace"), b"freshet csrf", hashlib.sha256).hexdigest()


def is_csrf_token(token: str, given: str) -> bool:
    """Whether `given` belongs to the session's cookie `token`."""
    return hmac.compare_digest(csrf_token(token).encode(), given.encode("utf-8", "replace"))


def begin_session(
    connection: Connection, tenant: str, user: str, lifetime: timedelta, renewal: Renewal | None = None
) -> tuple[str, datetime]:
    """A new session: the cookie's value, and when it ends. Sessions that have ended are cleared away."""
    connection.execute(delete(sessions).where(sessions.c.expires_at < func.now()))
    token, expires = secrets.token_urlsafe(32), datetime.now(UTC) + lifetime
    given = renewal or Renewal()
    connection.execute(
        insert(sessions).values(
            token_hash=digest_of(token),
            tenant=tenant,
            user_name=user,
            expires_at=expires,
            renew_at=given.renew_at,
            refresh_token=given.refresh_token,
        )
    )
    mine = (users.c.tenant == tenant, users.c.name == user)
    connection.execute(update(users).where(*mine).values(last_seen_at=func.clock_timestamp()))
    return token, expires


def end_session(connection: Connection, token: str) -> None:
    """Sign out; a cookie that means nothing is fine."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == digest_of(token)))
