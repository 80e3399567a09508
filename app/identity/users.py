"""Accounts in PostgreSQL. Every statement runs in the caller's transaction; what is taken away is written as revoked.

Deleted accounts keep their row, so that tokens minted for them stay void.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.identity.groups import ensure_groups
from app.identity.revoking import revoke
from app.identity.tables import api_keys, memberships, sessions, users
from app.refusals import ConflictError, NotFoundError

LOCAL = "local"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:tenant, 7246002))")
_GROUPS = text("""
ARRAY(SELECT m.group_name FROM memberships m JOIN groups g ON g.tenant = m.tenant AND g.name = m.group_name
      WHERE m.tenant = users.tenant AND m.user_name = users.name AND g.active ORDER BY m.group_name) AS groups
""")


@dataclass(frozen=True, slots=True)
class User:
    """An account with the groups it is in; `password_hash` is "" where it cannot sign in by password."""

    tenant: str
    name: str
    display_name: str = ""
    email: str = ""
    roles: Sequence[str] = ()
    groups: Sequence[str] = ()
    active: bool = True
    origin: str = LOCAL
    subject: str = ""
    password_hash: str = field(default="", repr=False)
    created_at: datetime | None = None
    last_seen_at: datetime | None = None


_COLUMNS = [users.c[name] for name in User.__slots__ if name != "groups"]


def get_user(connection: Connection, tenant: str, name: str) -> User | None:
    """The account of that name, unless it was deleted."""
    query = _select().where(users.c.tenant == tenant, users.c.name == name, ~users.c.deleted)
    row = connection.execute(query).first()
    return _user(row) if row else None


def user_of_subject(connection: Connection, tenant: str, origin: str, subject: str) -> User | None:
    """The account that a provider knows as `subject`; deactivated ones too."""
    mine = (users.c.tenant == tenant, users.c.origin == origin, users.c.subject == subject, ~users.c.deleted)
    row = connection.execute(_select().where(*mine)).first()
    return _user(row) if row else None


def list_users(connection: Connection, tenant: str, query: str, after: str, limit: int) -> list[User]:
    """Accounts whose names hold `query`, by name, beginning after the name `after`."""
    mine = _select().where(users.c.tenant == tenant, ~users.c.deleted, users.c.name > after)
    if query:
        anywhere = users.c.name + " " + users.c.display_name + " " + users.c.email
        mine = mine.where(func.lower(anywhere).contains(query.lower(), autoescape=True))
    return [_user(row) for row in connection.execute(mine.order_by(users.c.name).limit(limit))]


def add_user(connection: Connection, user: User) -> None:
    """A new account; one of a deleted name begins anew, with the tokens of the old one void.

    Raises:
        ConflictError: there is one of that name.
    """
    given = {
        **{name: getattr(user, name) for name in ("display_name", "email", "origin", "subject", "password_hash")},
        "roles": sorted(user.roles),
        "active": user.active,
    }
    again = {**given, "deleted": False, "last_seen_at": None, "created_at": func.clock_timestamp()}
    added = connection.execute(
        insert(users)
        .values(tenant=user.tenant, name=user.name, **given)
        .on_conflict_do_update(index_elements=[users.c.tenant, users.c.name], set_=again, where=users.c.deleted)
        .returning(users.c.name)
    ).first()
    if added is None:
        raise ConflictError(f"there is a user {user.name!r} already")
    set_groups(connection, user.tenant, user.name, user.groups)


def change_user(connection: Connection, before: User, changed: dict[str, Any]) -> None:
    """Write `changed` columns of a locked account; what it loses, its tokens, sessions and keys lose at once."""
    groups = changed.pop("groups", None)
    if changed:
        values = {**changed, "updated_at": func.clock_timestamp()}
        mine = (users.c.tenant == before.tenant, users.c.name == before.name)
        connection.execute(update(users).where(*mine).values(**values))
    if "roles" in changed:
        lost = sorted(set(before.roles) - set(changed["roles"]))
        revoke(connection, before.tenant, before.name, "role", lost)
    if groups is not None:
        set_groups(connection, before.tenant, before.name, groups)
    if changed.get("active") is False:
        shut_out(connection, before.tenant, before.name)
    elif "password_hash" in changed:
        end_sessions(connection, before.tenant, before.name)


def remove_user(connection: Connection, tenant: str, name: str) -> None:
    """Delete an account. Raises NotFoundError when there is none."""
    mine = (users.c.tenant == tenant, users.c.name == name, ~users.c.deleted)
    gone = {"deleted": True, "active": False, "password_hash": "", "subject": "", "updated_at": func.clock_timestamp()}
    if connection.execute(update(users).where(*mine).values(**gone)).rowcount == 0:
        raise NotFoundError(f"there is no user {name!r}")
    set_groups(connection, tenant, name, ())
    shut_out(connection, tenant, name)


def shut_out(connection: Connection, tenant: str, name: str) -> None:
    """Void every session, key and token of an account."""
    revoke(connection, tenant, name, "user", ("",))
    end_sessions(connection, tenant, name)
    connection.execute(delete(api_keys).where(api_keys.c.tenant == tenant, api_keys.c.created_by == name))


def end_sessions(connection: Connection, tenant: str, name: str) -> None:
    """Sign the user out everywhere."""
    connection.execute(delete(sessions).where(sessions.c.tenant == tenant, sessions.c.user_name == name))


def lock_people(connection: Connection, tenant: str) -> None:
    """Let nobody else change accounts of the tenant until the transaction ends."""
    connection.execute(_LOCK, {"tenant": tenant})


def set_groups(connection: Connection, tenant: str, name: str, wanted: Iterable[str]) -> None:
    """Be in these groups and no others; groups that nobody declared yet are made.

    Raises:
        ConflictError: one of them was deleted.
    """
    mine = (memberships.c.tenant == tenant, memberships.c.user_name == name)
    standing = set(connection.execute(select(memberships.c.group_name).where(*mine)).scalars())
    new = set(wanted)
    ensure_groups(connection, tenant, sorted(new))
    lost = sorted(standing - new)
    if lost:
        connection.execute(delete(memberships).where(*mine, memberships.c.group_name.in_(lost)))
        revoke(connection, tenant, name, "group", lost)
    rows = [{"tenant": tenant, "user_name": name, "group_name": group} for group in sorted(new - standing)]
    if rows:
        connection.execute(insert(memberships).on_conflict_do_nothing(), rows)


def administrators(connection: Connection, tenant: str) -> list[str]:
    """Names of the accounts that may sign in and administer, by name."""
    mine = (users.c.tenant == tenant, users.c.active, users.c.roles.any("admin"))
    return list(connection.execute(select(users.c.name).where(*mine).order_by(users.c.name)).scalars())


def has_users(connection: Connection, tenant: str) -> bool:
    """Whether the tenant has accounts."""
    return connection.execute(select(users.c.name).where(users.c.tenant == tenant).limit(1)).first() is not None


def _select() -> Any:
    return select(*_COLUMNS, _GROUPS)


def _user(row: Row[Any]) -> User:
    return User(**row._mapping)  # noqa: SLF001 (public in SQLAlchemy)
