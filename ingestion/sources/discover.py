"""What a source database holds, and whether it lets itself be followed; every obstacle in one plain sentence."""

from __future__ import annotations

from collections.abc import Sequence

from ingestion.sources.columns import Discovery
from ingestion.sources.connection import DatabaseAddress
from ingestion.sources.discover_mysql import discover_mysql
from ingestion.sources.discover_postgres import discover_postgres
from ingestion.sources.model import TableChoice


def discover(address: DatabaseAddress, tables: Sequence[TableChoice], publication: str = "") -> Discovery:
    """The tables named, with their columns and keys, and what keeps them from being followed.

    `publication` names one that the owner of a PostgreSQL database may have made for Freshet.

    Raises:
        UnavailableError: the server does not answer.
        RejectedError: it refuses the user, the password or the database.
    """
    if address.dialect == "postgresql":
        return discover_postgres(address, tables, publication)
    return discover_mysql(address, tables)
