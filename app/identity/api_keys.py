"""API keys: shown once, kept as a hash (256 random bits need no slow one), and void the moment they are deleted."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from app.identity.groups import ensure_groups
from app.identity.tables import api_keys
from app.refusals import ConflictError, NotFoundError

BEGINNING = "fk_"
_SHOWN = 9
_COLUMNS = [column for column in api_keys.c if column.name not in {"secret_hash", "tenant"}]


@dataclass(frozen=True, slots=True)
class NewKey:
    """What an administrator asks for; `scopes` are roles."""

    tenant: str
    name: str
    scopes: Sequence[str]
    groups: Sequence[str]
    created_by: str
    expires_at: datetime | None


def digest_of(secret: str) -> str:
    """What is stored of a random secret: SHA-256 (hex)."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def add_key(connection: Connection, key: NewKey) -> tuple[str, str]:
    """A new key: its id and its secret, which nobody can read again.

    Raises:
        ConflictError: there is one of that name, or one of its groups was deleted.
    """
    ensure_groups(connection, key.tenant, sorted(set(key.groups)))
    secret = BEGINNING + secrets.token_urlsafe(32)
    values = {name: getattr(key, name) for name in NewKey.__slots__}
    values |= {"scopes": sorted(set(key.scopes)), "groups": sorted(set(key.groups))}
    values |= {"id": secrets.token_hex(8), "secret_hash": digest_of(secret), "beginning": secret[:_SHOWN]}
    added = insert(api_keys).values(**values).on_conflict_do_nothing(index_elements=["tenant", "name"])
    if connection.execute(added.returning(api_keys.c.id)).first() is None:
        raise ConflictError(f"there is a key {key.name!r} already")
    return str(values["id"]), secret


def get_key(connection: Connection, tenant: str, key_id: str) -> Row[Any] | None:
    """One key without its secret."""
    mine = (api_keys.c.tenant == tenant, api_keys.c.id == key_id)
    return connection.execute(select(*_COLUMNS).where(*mine)).first()


def list_keys(connection: Connection, tenant: str) -> Sequence[Row[Any]]:
    """Every key of the tenant, newest first."""
    mine = select(*_COLUMNS).where(api_keys.c.tenant == tenant)
    return connection.execute(mine.order_by(api_keys.c.created_at.desc(), api_keys.c.id)).all()


def remove_key(connection: Connection, tenant: str, key_id: str) -> str:
    """Revoke a key; its name. Raises NotFoundError when there is none."""
    mine = (api_keys.c.tenant == tenant, api_keys.c.id == key_id)
    name = connection.execute(delete(api_keys).where(*mine).returning(api_keys.c.name)).scalar_one_or_none()
    if name is None:
        raise NotFoundError("there is no such key")
    return str(name)
