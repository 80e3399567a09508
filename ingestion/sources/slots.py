"""Replication slots and publications in a source's PostgreSQL: watched, and dropped when a source goes."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from ingestion.sources.connection import DatabaseAddress
from ingestion.sources.discover_postgres import connect
from ingestion.sources.findings import first_line
from retrieval.errors import UnavailableError

_STATE = """
SELECT active, wal_status::text AS wal_status,
       CASE WHEN pg_is_in_recovery() THEN NULL
            ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn) END AS behind
FROM pg_replication_slots WHERE slot_name = %(name)s
"""


@dataclass(frozen=True, slots=True)
class SlotState:
    """`behind`: bytes of the log that the connector has not confirmed. `lost`: the server threw needed log away."""

    active: bool
    behind: int
    lost: bool


def slot_state(address: DatabaseAddress, name: str) -> SlotState | None:
    """How a replication slot is; None where there is none."""
    with connect(address) as connection:
        row = connection.execute(_STATE, {"name": name}).fetchone()
    return SlotState(row.active, int(row.behind or 0), row.wal_status == "lost") if row is not None else None


def drop_slot(address: DatabaseAddress, name: str, publication: str) -> None:
    """Drop a slot and the publication of the same generation; what is not there is fine.

    Raises:
        UnavailableError: the database does not answer, or the slot is still in use.
    """
    try:
        with connect(address) as connection:
            row = connection.execute(_STATE, {"name": name}).fetchone()
            if row is not None:
                connection.execute("SELECT pg_drop_replication_slot(%(name)s)", {"name": name})
            connection.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(publication)))
    except psycopg.errors.ObjectInUse:
        raise UnavailableError(str(address), f"replication slot {name} is still in use") from None
    except psycopg.Error as error:
        raise UnavailableError(str(address), f"slot {name} cannot be dropped: {first_line(error)}") from None
