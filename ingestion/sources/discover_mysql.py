"""Introspection of MySQL and MariaDB, and the checks of what following their binary log needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pymysql
import pymysql.cursors

from ingestion.sources.columns import Discovery, MysqlType, SourceColumn, SourceTable, mysql_encoding
from ingestion.sources.connection import DatabaseAddress
from ingestion.sources.findings import first_line, key_problems, left_out, missing_table
from ingestion.sources.model import TableChoice
from retrieval.errors import RejectedError, UnavailableError

_CONNECT_SECONDS = 5
_ACCESS_DENIED, _NO_DATABASE, _NOT_ALLOWED_HERE = (1045, 1698), (1049, 1044), (1130,)
_COLUMNS = """
SELECT column_name, data_type, column_type, COALESCE(numeric_precision, -1), COALESCE(numeric_scale, -1),
       COALESCE(datetime_precision, -1), column_key, ordinal_position
FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position
"""
_KEY = """
SELECT column_name FROM information_schema.key_column_usage
WHERE table_schema = %s AND table_name = %s AND constraint_name = 'PRIMARY' ORDER BY ordinal_position
"""
_NAMES = """
SELECT table_schema, table_name, table_type FROM information_schema.tables
WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')
"""
_NEEDED = {"log_bin": "ON", "binlog_format": "ROW", "binlog_row_image": "FULL"}
_REMEDY = {
    "log_bin": "start the server with log_bin (a name) and a server_id",
    "binlog_format": "SET GLOBAL binlog_format = 'ROW'; and the same in its configuration file",
    "binlog_row_image": "SET GLOBAL binlog_row_image = 'FULL'; and the same in its configuration file",
}
# A table with such a column has a description that Debezium cannot read, and no row of it arrives.
_UNREADABLE = frozenset({"inet4", "inet6", "xmltype"})
_REPLICATION = {
    "REPLICATION SLAVE": ("REPLICATION SLAVE", "REPLICATION REPLICA"),
    "REPLICATION CLIENT": ("REPLICATION CLIENT", "BINLOG MONITOR"),
    "RELOAD": ("RELOAD", "LOCK TABLES"),
}


def discover_mysql(address: DatabaseAddress, tables: Sequence[TableChoice]) -> Discovery:
    """See `discover.discover`."""
    try:
        connection = connect(address)
        with connection, connection.cursor() as cursor:
            return _discover(cursor, address, tables)
    except pymysql.err.OperationalError as error:
        raise UnavailableError(str(address), f"{address} does not answer: {first_line(error.args[-1])}") from None


def connect(address: DatabaseAddress) -> pymysql.connections.Connection[Any]:
    """A connection to the source database.

    Raises:
        UnavailableError: nobody answers there.
        RejectedError: the server refuses the user, the password or the database.
    """
    try:
        return pymysql.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            database=address.database,
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=30,
            charset="utf8mb4",
            autocommit=True,
        )
    except pymysql.err.OperationalError as error:
        raise _refusal(address, error) from None


def _refusal(address: DatabaseAddress, error: pymysql.err.OperationalError) -> RejectedError | UnavailableError:
    where = f"{address.host}:{address.port}"
    code = error.args[0]
    if code in _ACCESS_DENIED:
        return RejectedError(f"{where} refuses user '{address.user}': the password is wrong or the user does not exist")
    if code in _NO_DATABASE:
        return RejectedError(f"{where} has no database '{address.database}' that user '{address.user}' may use")
    if code in _NOT_ALLOWED_HERE:
        return RejectedError(
            f"{where} lets '{address.user}' not in from here: it has no user for this machine's address"
        )
    return UnavailableError(str(address), f"the database at {where} cannot be reached: {first_line(error.args[-1])}")


def _discover(cursor: Any, address: DatabaseAddress, choices: Sequence[TableChoice]) -> Discovery:
    cursor.execute(_NAMES)
    kinds = {f"{schema}.{table}": kind for schema, table, kind in cursor.fetchall()}
    problems = _kind_problems(cursor, address) + _server_problems(cursor) + _grant_problems(cursor)
    tables: list[SourceTable] = []
    missing: list[str] = []
    for choice in choices:
        schema = choice.schema or address.database
        name = f"{schema}.{choice.table}"
        if name not in kinds:
            missing.append(missing_table(choice, name, list(kinds)))
        elif kinds[name] != "BASE TABLE":
            problems.append(
                f"line {choice.line}: {name} is a view, which has no changes to follow: name the tables it reads"
            )
        else:
            table = _table(cursor, choice, schema)
            tables.append(table)
            problems += key_problems(choice, name, table.key, table.columns) + _unreadable(choice, table)
    return Discovery(tuple(tables), tuple(problems), tuple(missing), left_out(tables))


def _table(cursor: Any, choice: TableChoice, schema: str) -> SourceTable:
    cursor.execute(_COLUMNS, (schema, choice.table))
    columns = tuple(
        SourceColumn(name, kind, mysql_encoding(MysqlType(kind, declared, int(precision), int(scale), int(fraction))))
        for name, kind, declared, precision, scale, fraction, *_ in cursor.fetchall()
    )
    cursor.execute(_KEY, (schema, choice.table))
    own = tuple(row[0] for row in cursor.fetchall())
    return SourceTable(schema, choice.table, choice.name, columns, choice.key or own)


def _unreadable(choice: TableChoice, table: SourceTable) -> list[str]:
    columns = [f"{column.name} ({column.declared})" for column in table.columns if column.declared in _UNREADABLE]
    if not columns:
        return []
    why = f"Debezium cannot read the type of its column {', '.join(columns)}: store it as varchar"
    return [f"line {choice.line}: {table.full_name} cannot be followed, because {why}"]


def _kind_problems(cursor: Any, address: DatabaseAddress) -> list[str]:
    """MySQL and MariaDB have connectors of their own, and neither follows the other's server."""
    cursor.execute("SELECT VERSION()")
    version = str(cursor.fetchone()[0])
    kind = "mariadb" if "mariadb" in version.lower() else "mysql"
    if kind == address.dialect:
        return []
    return [f"the server at {address.host}:{address.port} is {version}: begin the connection with {kind}://"]


def _server_problems(cursor: Any) -> list[str]:
    cursor.execute("SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format', 'binlog_row_image')")
    found = dict(cursor.fetchall())
    return [
        f"the server's {name} is '{found.get(name, 'not set')}', it must be '{wanted}': {_REMEDY[name]}"
        for name, wanted in _NEEDED.items()
        if str(found.get(name, "")).upper() != wanted
    ]


def _grant_problems(cursor: Any) -> list[str]:
    cursor.execute("SHOW GRANTS")
    grants = " ".join(str(row[0]).upper() for row in cursor.fetchall())
    cursor.execute("SELECT CURRENT_USER()")
    user = re.sub(r"^(.*)@(.*)$", r"'\1'@'\2'", str(cursor.fetchone()[0]))
    if "ALL PRIVILEGES ON *.*" in grants:
        return []
    missing = [right for right, names in _REPLICATION.items() if not any(name in grants for name in names)]
    if not missing:
        return []
    return [f"user {user} lacks the right {', '.join(missing)}: GRANT {', '.join(missing)} ON *.* TO {user};"]
