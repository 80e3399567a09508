"""Addresses of source databases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from ingestion.sources.environment import resolve
from retrieval.errors import RejectedError

DIALECTS = {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mariadb"}
_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}
_FORM = "write it as postgresql://user:password@host:port/database (or mysql://, mariadb://)"
_ADDRESS = re.compile(r"([a-z+]+)://(?:([^:@/]*)(?::([^@/]*))?@)?([^@/?]*)/([^/?]*)(?:\?.*)?")


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where a source database answers, and as whom Freshet reads it. `dialect`: postgresql, mysql or mariadb."""

    dialect: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str

    def __str__(self) -> str:
        return f"{self.dialect}://{self.user}@{self.host}:{self.port}/{self.database}"


def read_address(url: str, environment: Mapping[str, str]) -> DatabaseAddress:
    """The parts of `postgresql://user:${PASSWORD}@host:port/database`; values of names may hold any character.

    Raises:
        RejectedError: it is no such address, or a `${NAME}` has no value; the sentence never holds the password.
    """
    found = _ADDRESS.fullmatch(url if "://" in url else resolve(url, environment))
    if found is None:
        raise RejectedError(
            f"the connection cannot be read: {_FORM}; write '@', ':', '/' in a password as %40, %3A, %2F"
        )
    scheme, user, password, where, database = (resolve(unquote(part or ""), environment) for part in found.groups())
    if scheme not in DIALECTS:
        raise RejectedError(f"the connection begins with '{scheme}://': {_FORM}")
    host, port = _host_and_port(where)
    missing = [word for word, value in (("host", host), ("user", user), ("database", database)) if not value]
    if missing:
        raise RejectedError(f"the connection names no {' and no '.join(missing)}: {_FORM}")
    return DatabaseAddress(DIALECTS[scheme], host, port or _PORTS[DIALECTS[scheme]], user, password, database)


def _host_and_port(where: str) -> tuple[str, int]:
    """Host and port; 0 when no port is given. An IPv6 address stands in brackets."""
    found = re.fullmatch(r"\[([0-9a-fA-F:.]+)\](?::(\d{1,5}))?|([^:\[\]]*)(?::(\d{1,5}))?", where)
    if found is None:
        raise RejectedError(f"the connection's host and port '{where}' cannot be read: {_FORM}")
    return found.group(1) or found.group(3) or "", int(found.group(2) or found.group(4) or 0)
