"""The two databases of the sample enterprise, ERP and CRM, in the PostgreSQL that Freshet uses itself."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import psycopg
import structlog
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from retrieval.errors import RejectedError, UnavailableError

log = structlog.get_logger(__name__)

SYSTEMS = ("erp", "crm")
ROLE = "freshet_sample"
PASSWORD = "sample"  # noqa: S105  # a fixed one: it opens invented data only
_DATA = "-- DATA\n"
_RESTART_NUMBERS = """
SELECT setval(pg_get_serial_sequence(table_name, 'id'), 1, false)
FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES'
"""


def create_databases(database_url: str, folder: Path) -> list[str]:
    """Create what is missing of role, databases and rows; the names of the databases that were filled.

    Raises:
        UnavailableError: PostgreSQL does not answer.
        RejectedError: the role of DATABASE_URL may not create databases or roles.
    """
    try:
        with psycopg.connect(database_url, autocommit=True) as connection:
            _create_role(connection)
            for system in SYSTEMS:
                _create_database(connection, f"sample_{system}")
        return [f"sample_{system}" for system in SYSTEMS if _fill(database_url, system, folder)]
    except psycopg.errors.InsufficientPrivilege as error:
        raise RejectedError(
            f"the sample enterprise needs two databases and a role with the right of replication; the role of "
            f"DATABASE_URL may not create them: {error.diag.message_primary}"
        ) from error
    except psycopg.OperationalError as error:
        raise UnavailableError("PostgreSQL", f"the sample enterprise could not be loaded: {error}") from error


def reset_rows(database_url: str, folder: Path) -> None:
    """Put every row of the sample back to its beginning, as deletes and inserts that whoever follows them sees."""
    for system in SYSTEMS:
        schema, _, data = (folder / f"{system}.sql").read_text(encoding="utf-8").partition(_DATA)
        with psycopg.connect(sample_address(database_url, f"sample_{system}")) as connection:
            for table in reversed(re.findall(r"^CREATE TABLE (\w+)", schema, re.MULTILINE)):
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            connection.execute(_RESTART_NUMBERS)
            connection.execute(data.encode())


def sample_address(database_url: str, database: str) -> str:
    """Where the sample's own role finds one of its databases."""
    parts = {**conninfo_to_dict(database_url), "dbname": database, "user": ROLE, "password": PASSWORD}
    return make_conninfo("", **parts)


def host_and_port(database_url: str) -> str:
    """`host:port` of a database, as it stands in an address."""
    parts = conninfo_to_dict(database_url)
    return f"{quote(str(parts.get('host', 'localhost')), safe='')}:{parts.get('port', 5432)}"


def _create_role(connection: psycopg.Connection) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).fetchone() is None:
        role = sql.SQL("CREATE ROLE {} LOGIN REPLICATION PASSWORD {}")
        connection.execute(role.format(sql.Identifier(ROLE), sql.Literal(PASSWORD)))


def _create_database(connection: psycopg.Connection, name: str) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
        database = sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0")
        connection.execute(database.format(sql.Identifier(name), sql.Identifier(ROLE)))


def _fill(database_url: str, system: str, folder: Path) -> bool:
    """Load schema and rows in one transaction; false where the tables are there already."""
    script = (folder / f"{system}.sql").read_text(encoding="utf-8")
    first = re.search(r"^CREATE TABLE (\w+)", script, re.MULTILINE)
    assert first, "the script begins with a table"
    with psycopg.connect(sample_address(database_url, f"sample_{system}")) as connection:
        found = connection.execute("SELECT to_regclass(%s)", (first[1],)).fetchone()
        if found and found[0] is not None:
            return False
        connection.execute(script.encode())
    log.info("sample_database_filled", database=f"sample_{system}")
    return True
