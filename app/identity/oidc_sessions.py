"""Sessions of people for whom a provider vouches: asked again when what it said has run out.

A provider that gives no refresh token is asked never again: its sessions end with its ID token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from app.identity.audit import AuditLog
from app.identity.oidc import Provider, SignInRefusedError, Vouched
from app.identity.oidc_people import bring_up_to_date, person_of
from app.identity.sealing import seal, unseal
from app.identity.sessions import Renewal, begin_session
from app.identity.tables import sessions, users
from retrieval.errors import FreshetError, RejectedError

_PURPOSE = "refresh token"


class VouchedSessions:
    """Begins and renews them."""

    def __init__(
        self, engine: AsyncEngine, audit: AuditLog, secret: str, providers: Mapping[str, Provider], lifetime: timedelta
    ) -> None:
        self._engine = engine
        self._audit = audit
        self._secret = secret
        self._providers = providers
        self._lifetime = lifetime
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def begin(self, tenant: str, provider: Provider, vouched: Vouched, address: str) -> str:
        """Sign in the person that the provider vouches for: the cookie's value.

        Raises:
            SignInRefusedError: the account was deactivated here, or somebody else has its name.
        """
        person = person_of(tenant, provider.settings, vouched.claims)
        renewable = bool(vouched.refresh_token)
        lifetime = self._lifetime if renewable else min(self._lifetime, vouched.good_until - datetime.now(UTC))
        async with self._engine.begin() as connection:
            user, changed = await connection.run_sync(bring_up_to_date, person)
            renewal = self._renewal(vouched) if renewable else Renewal()
            token, _ = await connection.run_sync(begin_session, tenant, user.name, lifetime, renewal)
            detail = {"origin": provider.settings.name, "address": address, "changed": sorted(changed)}
            said = ("session.begun", f"user:{user.name}", detail)
            await self._audit.append(connection, tenant, user.name, said)
        return token

    async def renew(self, token_hash: str) -> None:
        """Ask the provider of a session again; when it no longer vouches, the session ends.

        Raises:
            UnavailableError: the provider does not answer: nobody knows who this is now.
        """
        lock = self._locks.setdefault(token_hash, asyncio.Lock())
        async with lock:
            async with self._engine.connect() as connection:
                row = await connection.run_sync(_due, token_hash)
            if row is None:
                return
            provider = self._providers.get(row.origin)
            refresh_token = unseal(self._secret, _PURPOSE, row.refresh_token)
            try:
                if provider is None or refresh_token is None:
                    raise SignInRefusedError("refused", "there is no such provider any more")
                vouched = await provider.renew(refresh_token, row.subject)
                await self._keep(row, provider, vouched)
            except (SignInRefusedError, RejectedError) as error:
                await self._end(row, error)

    async def _keep(self, row: Row[Any], provider: Provider, vouched: Vouched) -> None:
        known = {"preferred_username": row.name, **vouched.claims}
        person = person_of(row.tenant, provider.settings, known)
        renewal = self._renewal(vouched)
        async with self._engine.begin() as connection:
            user, changed = await connection.run_sync(bring_up_to_date, person)
            values = {"renew_at": renewal.renew_at, "refresh_token": renewal.refresh_token}
            await connection.execute(update(sessions).where(sessions.c.token_hash == row.token_hash).values(**values))
            if changed:
                said = ("user.changed", f"user:{user.name}", {"fields": sorted(changed)})
                await self._audit.append(connection, row.tenant, provider.settings.name, said)

    async def _end(self, row: Row[Any], error: FreshetError) -> None:
        """End the session, unless another process renewed it at the same moment."""
        mine = (sessions.c.token_hash == row.token_hash, sessions.c.refresh_token == row.refresh_token)
        async with self._engine.begin() as connection:
            if (await connection.execute(delete(sessions).where(*mine))).rowcount:
                said = ("session.ended", f"user:{row.name}", {"reason": error.message})
                await self._audit.append(connection, row.tenant, row.origin, said)

    def _renewal(self, vouched: Vouched) -> Renewal:
        return Renewal(vouched.good_until, seal(self._secret, _PURPOSE, vouched.refresh_token))


def _due(connection: Connection, token_hash: str) -> Any:
    """The session with its account, when it is time to ask."""
    mine = (sessions.c.token_hash == token_hash, sessions.c.renew_at <= datetime.now(UTC))
    belongs = (users.c.tenant == sessions.c.tenant) & (users.c.name == sessions.c.user_name)
    columns = (sessions.c.token_hash, sessions.c.refresh_token, users.c.tenant, users.c.name)
    query = select(*columns, users.c.origin, users.c.subject).select_from(sessions.join(users, belongs))
    return connection.execute(query.where(*mine)).first()
