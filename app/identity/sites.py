"""Sites that carry the widget: a public key bound to origins, and a secret by which their servers vouch for customers.

The secret is made from SECRET_KEY and the site's id, so that nothing in the database tells it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.identity.tables import sites
from app.refusals import ConflictError, NotFoundError
from retrieval.errors import RejectedError

PUBLIC_KEY = "pk_"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Site:
    """A site of a tenant; `greeting` maps a language (en, zh) to what the widget says first.

    `opening` is a document of `app.widget.opening.Opening`.
    """

    id: str
    tenant: str
    name: str
    public_key: str
    origins: Sequence[str]
    greeting: Mapping[str, str] = field(default_factory=dict)
    active: bool = True
    opening: Mapping[str, Any] = field(default_factory=dict)


_COLUMNS = [sites.c[name] for name in Site.__slots__]


def identity_secret(secret_key: str, site_id: str) -> str:
    """What the host's server signs identities with."""
    key = hashlib.sha256(b"freshet site identity\0" + secret_key.encode()).digest()
    return "is_" + hmac.new(key, site_id.encode(), hashlib.sha256).hexdigest()


def origin_of(given: str) -> str:
    """An origin as browsers write it: scheme, host, port where it is not the usual one.

    Raises:
        RejectedError: it is not one, or names more than one.
    """
    text = given.strip()
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        host, port, parts = "", None, urlsplit("")
    rest = parts.path.rstrip("/") or parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in _PORTS or not host or rest or "*" in host or any(c.isspace() for c in text):
        raise RejectedError(f"origin {given[:100]!r}: write it as https://shop.example, without a path")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port and port != _PORTS[parts.scheme] else "")


def site_of_key(connection: Connection, public_key: str) -> Site | None:
    """The site with this public key, whatever its tenant; inactive ones too."""
    row = connection.execute(select(*_COLUMNS).where(sites.c.public_key == public_key)).first()
    return _site(row) if row else None


def get_site(connection: Connection, tenant: str, site_id: str) -> Site:
    """One site. Raises NotFoundError when there is none."""
    row = connection.execute(select(*_COLUMNS).where(sites.c.tenant == tenant, sites.c.id == site_id)).first()
    if row is None:
        raise NotFoundError("there is no such site")
    return _site(row)


def list_sites(connection: Connection, tenant: str) -> list[Site]:
    """Every site of the tenant, by name."""
    mine = select(*_COLUMNS).where(sites.c.tenant == tenant).order_by(sites.c.name)
    return [_site(row) for row in connection.execute(mine)]


def add_site(
    connection: Connection, tenant: str, name: str, origins: Sequence[str], greeting: Mapping[str, str]
) -> Site:
    """A new site with keys of its own. Raises ConflictError when there is one of that name."""
    public_key = PUBLIC_KEY + secrets.token_urlsafe(18)
    site = Site(secrets.token_hex(8), tenant, name, public_key, list(origins), dict(greeting))
    values = {column: getattr(site, column) for column in Site.__slots__}
    added = insert(sites).values(**values).on_conflict_do_nothing(index_elements=["tenant", "name"])
    if connection.execute(added.returning(sites.c.id)).first() is None:
        raise ConflictError(f"there is a site {name!r} already")
    return site


def change_site(connection: Connection, tenant: str, site_id: str, changed: Mapping[str, Any]) -> None:
    """Write `changed` columns.

    Raises:
        NotFoundError: there is no such site.
        ConflictError: another one has the name.
    """
    mine = (sites.c.tenant == tenant, sites.c.id == site_id)
    values = {**changed, "updated_at": func.clock_timestamp()}
    try:
        count = connection.execute(update(sites).where(*mine).values(**values)).rowcount
    except IntegrityError:
        raise ConflictError("there is a site of that name already") from None
    if count == 0:
        raise NotFoundError("there is no such site")


def remove_site(connection: Connection, tenant: str, site_id: str) -> str:
    """Delete a site; its name. Raises NotFoundError when there is none."""
    mine = (sites.c.tenant == tenant, sites.c.id == site_id)
    name = connection.execute(delete(sites).where(*mine).returning(sites.c.name)).scalar_one_or_none()
    if name is None:
        raise NotFoundError("there is no such site")
    return str(name)


def _site(row: Row[Any]) -> Site:
    return Site(**row._mapping)  # noqa: SLF001 (public in SQLAlchemy)
