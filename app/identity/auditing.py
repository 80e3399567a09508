"""How a route writes down what its caller did: one parameter, one call."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from app.callers import Caller
from app.identity.audit import AuditLog
from app.identity.wiring import WithIdentity


class Audit:
    """The audit log, written to as one caller."""

    def __init__(self, log: AuditLog, caller: Caller) -> None:
        self._log = log
        self._caller = caller

    async def __call__(self, action: str, object_: str, **detail: Any) -> None:
        """Add what was done, in a transaction of its own: right after what it tells of."""
        await self._log.write(self._caller.tenant, self._caller.name, action, object_, **detail)

    async def within(self, connection: AsyncConnection, action: str, object_: str, **detail: Any) -> None:
        """Add what is being done, in its transaction; last, because others wait for the end of it."""
        await self._log.append(connection, self._caller.tenant, self._caller.name, (action, object_, detail))


def _audit(request: Request, identity: WithIdentity) -> Audit:
    return Audit(identity.audit, request.state.caller)


WithAudit = Annotated[Audit, Depends(_audit)]
"""Parameter type of a route whose deeds are written down."""
