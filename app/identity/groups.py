"""Groups of a tenant. A deleted group keeps its row: it is taken from every token, however old or new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.identity.revoking import EVERYBODY, revoke
from app.identity.tables import api_keys, groups, memberships
from app.refusals import ConflictError, NotFoundError

_LIST = text("""
WITH read AS (
  SELECT reader AS name, count(*) AS documents FROM ledger, unnest(seen_readers) AS reader
  WHERE index_name = :index AND tenant = :tenant AND state <> 'deleted' GROUP BY reader
)
SELECT coalesce(g.name, read.name) AS name, coalesce(g.description, '') AS description,
  (SELECT count(*) FROM memberships m WHERE m.tenant = :tenant AND m.group_name = g.name) AS members,
  coalesce(read.documents, 0) AS documents
FROM (SELECT * FROM groups WHERE tenant = :tenant AND active) g FULL JOIN read ON read.name = g.name
WHERE coalesce(g.name, read.name) <> 'public' AND coalesce(g.name, read.name) NOT LIKE 'user:%'
  AND NOT EXISTS (SELECT 1 FROM groups d WHERE d.tenant = :tenant AND NOT d.active AND d.name = read.name)
ORDER BY 1
""")


def list_groups(connection: Connection, tenant: str, index: str) -> Sequence[Row[Any]]:
    """Every group with the number of its members and of the documents that name it, those nobody declared too."""
    return connection.execute(_LIST, {"tenant": tenant, "index": index}).all()


def put_group(connection: Connection, tenant: str, name: str, description: str) -> None:
    """Make a group, or change its description; a deleted one begins anew without members."""
    statement = insert(groups).values(tenant=tenant, name=name, description=description)
    new = {"description": description, "active": True}
    connection.execute(statement.on_conflict_do_update(index_elements=["tenant", "name"], set_=new))


def remove_group(connection: Connection, tenant: str, name: str) -> None:
    """Delete a group: from now on nobody is in it, by whatever token or key.

    Raises:
        NotFoundError: there is none.
    """
    mine = (groups.c.tenant == tenant, groups.c.name == name)
    if connection.execute(update(groups).where(*mine, groups.c.active).values(active=False)).rowcount == 0:
        raise NotFoundError(f"there is no group {name!r}")
    mine = (memberships.c.tenant == tenant, memberships.c.group_name == name)
    connection.execute(delete(memberships).where(*mine))
    left = func.array_remove(api_keys.c.groups, name)
    holding = (api_keys.c.tenant == tenant, api_keys.c.groups.any(name))
    connection.execute(update(api_keys).where(*holding).values(groups=left))
    revoke(connection, tenant, EVERYBODY, "group", (name,))


def ensure_groups(connection: Connection, tenant: str, names: Sequence[str]) -> None:
    """Make those that nobody declared yet.

    Raises:
        ConflictError: one of them was deleted.
    """
    if not names:
        return
    if gone := deleted_among(connection, tenant, names):
        raise ConflictError(f"the group {min(gone)!r} was deleted: declare it again first")
    connection.execute(insert(groups).on_conflict_do_nothing(), [{"tenant": tenant, "name": name} for name in names])


def deleted_among(connection: Connection, tenant: str, names: Iterable[str]) -> set[str]:
    """Those of `names` that were deleted; with a lock, so that none is deleted meanwhile."""
    mine = (groups.c.tenant == tenant, groups.c.name.in_(list(names)))
    rows = connection.execute(select(groups.c.name, groups.c.active).where(*mine).with_for_update(read=True)).all()
    return {row.name for row in rows if not row.active}
