"""Builds what finds out who is who, out of the clients of one running service."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import httpx
from fastapi import Depends, Request
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.callers import DEFAULT_TENANT, make_caller
from app.identity.audit import AuditLog
from app.identity.limits import RateLimits
from app.identity.oidc import Provider, ProviderSettings
from app.identity.oidc_sessions import VouchedSessions
from app.identity.passwords import Passwords
from app.identity.resolving import Resolver
from app.identity.throttle import Throttle
from app.identity.users import LOCAL
from app.identity.windows import Windows
from app.settings import Settings, is_loopback
from retrieval.errors import RejectedError

_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything that routes of people need; `reads` is the pool of `engine` without transactions."""

    engine: AsyncEngine
    reads: AsyncEngine
    secret: str
    passwords: Passwords
    resolver: Resolver
    throttle: Throttle
    limits: RateLimits
    audit: AuditLog
    providers: Mapping[str, Provider]
    vouched: VouchedSessions
    session_lifetime: timedelta
    public_url: str
    loopback: bool

    def is_secure(self, request: Request) -> bool:
        """Whether browsers reach the service by https, so that cookies are kept off plain http."""
        return (self.public_url or str(request.base_url)).startswith("https:")


async def wire_identity(settings: Settings, engine: AsyncEngine, redis: Redis, stack: AsyncExitStack) -> Identity:
    """Who is who over these clients; what must be closed at the end is pushed on the stack."""
    secret = settings.secret_key.get_secret_value() if settings.secret_key else ""
    windows = Windows(redis)
    reads = engine.execution_options(isolation_level="AUTOCOMMIT")
    audit, lifetime = AuditLog(engine, secret), timedelta(hours=settings.session_hours)
    providers = await _providers(settings, stack)
    vouched = VouchedSessions(engine, audit, secret, providers, lifetime)
    return Identity(
        engine=engine,
        reads=reads,
        secret=secret,
        passwords=Passwords(),
        resolver=Resolver(reads, secret, vouched.renew),
        throttle=Throttle(windows),
        limits=RateLimits(windows, settings.rate_limit_per_minute),
        audit=audit,
        providers=providers,
        vouched=vouched,
        session_lifetime=lifetime,
        public_url=settings.public_url.rstrip("/"),
        loopback=is_loopback(settings.host),
    )


async def _providers(settings: Settings, stack: AsyncExitStack) -> dict[str, Provider]:
    """The provider of the settings, if there is one; it is first talked to when somebody signs in."""
    if not settings.oidc_issuer:
        return {}
    if settings.oidc_name == LOCAL:
        raise RejectedError(f"OIDC_NAME may not be {LOCAL!r}: accounts without a provider have that origin")
    make_caller(DEFAULT_TENANT, "", (), (role for roles in settings.oidc_roles.values() for role in roles))
    secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else ""
    given = ProviderSettings(
        name=settings.oidc_name,
        label=settings.oidc_label,
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=secret,
        scopes=settings.oidc_scopes,
        groups_claim=settings.oidc_groups_claim,
        roles=settings.oidc_roles,
    )
    http = await stack.enter_async_context(httpx.AsyncClient(timeout=_PATIENCE_SECONDS))
    return {given.name: Provider(given, http)}


def _identity(request: Request) -> Identity:
    identity: Identity = request.app.state.identity
    return identity


WithIdentity = Annotated[Identity, Depends(_identity)]
"""Parameter type of a route about people."""
