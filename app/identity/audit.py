"""The audit log in PostgreSQL: appended to under a lock of the tenant's head, read in pages, verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.identity.audit_chain import Break, Entry, Head, breaks
from app.identity.tables import audit_entries, audit_heads

_FIRST = text("""
INSERT INTO audit_heads (tenant, sequence, hash, signature) VALUES (:tenant, 0, :hash, :signature)
ON CONFLICT DO NOTHING
""")
_MAX_TEXT = 500
_PAGE = 1000

Filters = Mapping[str, str]


class AuditLog:
    """Writes and reads; every entry has its place in its tenant's chain."""

    def __init__(self, engine: AsyncEngine, secret: str) -> None:
        self._engine = engine
        self._secret = secret

    async def append(
        self, connection: AsyncConnection, tenant: str, actor: str, said: tuple[str, str, Mapping[str, Any]]
    ) -> None:
        """Add action, object and detail in the transaction of `connection`; others of the tenant wait for its end."""
        await connection.run_sync(lambda plain: append(plain, self._secret, tenant, actor, said))

    async def write(self, tenant: str, actor: str, action: str, object_: str, **detail: Any) -> None:
        """Add an entry in a transaction of its own."""
        async with self._engine.begin() as connection:
            await self.append(connection, tenant, actor, (action, object_, detail))

    async def entries(self, tenant: str, filters: Filters, before: int | None, limit: int) -> Sequence[Row[Any]]:
        """The newest entries before sequence `before`, newest first; `filters` by actor, action or object."""
        query = select(audit_entries).where(audit_entries.c.tenant == tenant)
        for name, value in filters.items():
            query = query.where(audit_entries.c[name] == value)
        if before is not None:
            query = query.where(audit_entries.c.sequence < before)
        async with self._engine.connect() as connection:
            return (await connection.execute(query.order_by(audit_entries.c.sequence.desc()).limit(limit))).all()

    async def verified(self, tenant: str) -> tuple[int, list[Break]]:
        """The sequence of the newest entry of `tenant`, and where its log is not what was written; reads all of it."""
        async with self._engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="REPEATABLE READ")
            newest = select(audit_heads.c.sequence).where(audit_heads.c.tenant == tenant)
            sequence = (await connection.execute(newest)).scalar_one_or_none() or 0
            return sequence, await connection.run_sync(verify, self._secret, tenant)


def append(
    connection: Connection, secret: str, tenant: str, actor: str, said: tuple[str, str, Mapping[str, Any]]
) -> None:
    """Add action, object and detail to the chain of `tenant`, in the transaction of `connection`."""
    empty = Head(tenant)
    first = {"tenant": tenant, "hash": empty.hash, "signature": empty.signature(secret)}
    connection.execute(_FIRST, first)
    heads = audit_heads.c
    locked = connection.execute(select(audit_heads).where(heads.tenant == tenant).with_for_update()).one()
    action, object_, detail = said
    entry = Entry(
        tenant,
        locked.sequence + 1,
        datetime.now(UTC),
        _clean(actor),
        action,
        _clean(object_),
        {name: _clean(value) for name, value in detail.items()},
        locked.hash,
    )
    head = Head(tenant, entry.sequence, entry.digest)
    values = {name: getattr(entry, name) for name in Entry.__slots__}
    connection.execute(insert(audit_entries).values(**values, hash=head.hash))
    changed = {"sequence": head.sequence, "hash": head.hash, "signature": head.signature(secret)}
    connection.execute(update(audit_heads).where(heads.tenant == tenant).values(**changed))


def verify(connection: Connection, secret: str, tenant: str, noted: tuple[int, str] | None = None) -> list[Break]:
    """What is wrong with the log of `tenant`; `noted` is a head (sequence, hash) that was written down elsewhere."""
    found = connection.execute(select(audit_heads).where(audit_heads.c.tenant == tenant)).first()
    head = Head(tenant, found.sequence, found.hash) if found else None
    wrong = list(breaks(head, found.signature if found else "", secret, _stored(connection, tenant)))
    if noted and noted[0]:
        entries = audit_entries.c
        query = select(entries.hash).where(entries.tenant == tenant, entries.sequence == noted[0])
        if connection.execute(query).scalar_one_or_none() != noted[1]:
            wrong.append(Break(noted[0], "head", "the head that was noted is not in the log any more"))
    return wrong


def heads(connection: Connection) -> list[Head]:
    """The head of every tenant that has one or has entries, by tenant."""
    known = {row.tenant: Head(row.tenant, row.sequence, row.hash) for row in connection.execute(select(audit_heads))}
    for tenant in connection.execute(select(audit_entries.c.tenant).distinct()).scalars():
        known.setdefault(tenant, Head(tenant))
    return [known[tenant] for tenant in sorted(known)]


def _stored(connection: Connection, tenant: str) -> Iterator[tuple[Entry, str]]:
    query = select(audit_entries).where(audit_entries.c.tenant == tenant).order_by(audit_entries.c.sequence)
    for row in connection.execute(query.execution_options(yield_per=_PAGE)):
        values = {name: getattr(row, name) for name in Entry.__slots__}
        yield Entry(**values), row.hash


def _clean(value: Any) -> Any:
    """`value` as JSONB keeps it: no NUL, no text without end, lists of texts, else text, numbers and booleans."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()[:_MAX_TEXT]
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(one) for one in sorted(value, key=str)[:100]]
    return value if isinstance(value, bool | int) or value is None else str(value)[:_MAX_TEXT]
