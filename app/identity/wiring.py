"""Builds what finds out who is who, out of the clients of one running service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.identity.audit import AuditLog
from app.identity.limits import RateLimits
from app.identity.passwords import Passwords
from app.identity.resolving import Resolver
from app.identity.throttle import Throttle
from app.identity.windows import Windows
from app.settings import Settings, is_loopback


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
    session_lifetime: timedelta
    public_url: str
    loopback: bool

    def is_secure(self, request: Request) -> bool:
        """Whether browsers reach the service by https, so that cookies are kept off plain http."""
        return (self.public_url or str(request.base_url)).startswith("https:")


def wire_identity(settings: Settings, engine: AsyncEngine, redis: Redis) -> Identity:
    """Who is who over these clients."""
    secret = settings.secret_key.get_secret_value() if settings.secret_key else ""
    windows = Windows(redis)
    reads = engine.execution_options(isolation_level="AUTOCOMMIT")
    return Identity(
        engine=engine,
        reads=reads,
        secret=secret,
        passwords=Passwords(),
        resolver=Resolver(reads, secret),
        throttle=Throttle(windows),
        limits=RateLimits(windows, settings.rate_limit_per_minute),
        audit=AuditLog(engine, secret),
        session_lifetime=timedelta(hours=settings.session_hours),
        public_url=settings.public_url.rstrip("/"),
        loopback=is_loopback(settings.host),
    )


def _identity(request: Request) -> Identity:
    identity: Identity = request.app.state.identity
    return identity


WithIdentity = Annotated[Identity, Depends(_identity)]
"""Parameter type of a route about people."""
