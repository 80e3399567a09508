"""What was taken from people, and when: bearer tokens minted before have lost it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func
from sqlalchemy.dialects.postgresql import insert

from app.identity.tables import revocations

EVERYBODY = ""
"""In the place of a user: everybody in the tenant."""


def revoke(connection: Connection, tenant: str, user: str, kind: str, names: Iterable[str]) -> None:
    """Note that the user lost these groups or roles just now; kind `user` with the name "": everything."""
    rows = [{"tenant": tenant, "user_name": user, "kind": kind, "name": name} for name in names]
    if not rows:
        return
    statement = insert(revocations).values(at=func.clock_timestamp())
    keys = [column.name for column in revocations.primary_key]
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_={"at": func.clock_timestamp()}),
        rows,
    )
