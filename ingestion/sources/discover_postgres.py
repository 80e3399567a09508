"""Introspection of PostgreSQL, and the checks of what logical replication needs there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from ingestion.sources.columns import Discovery, PostgresType, SourceColumn, SourceTable, postgres_encoding
from ingestion.sources.connection import DatabaseAddress
from ingestion.sources.findings import first_line, key_problems, left_out, missing_table
from ingestion.sources.model import TableChoice
from retrieval.errors import RejectedError, UnavailableError

_CONNECT_SECONDS = 5
_SERVER = """
SELECT current_setting('wal_level') AS wal_level, current_setting('max_replication_slots')::int AS slots,
       (SELECT count(*) FROM pg_replication_slots) AS slots_used,
       r.rolsuper OR r.rolreplication AS may_replicate, r.rolsuper,
       has_database_privilege(current_database(), 'CREATE') AS may_create, current_user AS username,
       EXISTS (SELECT FROM pg_roles p WHERE p.rolname IN ('rds_replication', 'cloudsqlreplication', 'azure_pg_admin')
               AND pg_has_role(current_user, p.oid, 'USAGE')) AS lent
FROM pg_roles r WHERE r.rolname = current_user
"""
_TABLE = """
SELECT c.oid, n.nspname AS schema, c.relname AS table, c.relkind::text AS kind, c.relreplident::text AS identity,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS may_read,
       pg_has_role(current_user, c.relowner, 'USAGE') AS owned,
       ARRAY(SELECT a.attname::text
             FROM pg_index i JOIN unnest(i.indkey::int[]) WITH ORDINALITY AS k(number, place) ON true
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
             WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY k.place) AS key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
_COLUMNS = """
WITH RECURSIVE bases AS (
  SELECT t.oid AS of, t.oid, t.typtype, t.typbasetype, t.typtypmod FROM pg_type t
  UNION ALL
  SELECT b.of, t.oid, t.typtype, t.typbasetype, CASE WHEN b.typtypmod >= 0 THEN b.typtypmod ELSE t.typtypmod END
  FROM bases b JOIN pg_type t ON b.typtype = 'd' AND t.oid = b.typbasetype
)
SELECT a.attname AS name, format_type(a.atttypid, NULL) AS declared, t.typname AS base, t.typtype::text AS kind,
       CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE b.typtypmod END AS modifier,
       COALESCE(e.typname, '') AS element, COALESCE(e.typtype::text, '') AS element_kind
FROM pg_attribute a
JOIN bases b ON b.of = a.atttypid AND b.typtype <> 'd'
JOIN pg_type t ON t.oid = b.oid
LEFT JOIN pg_type e ON t.typcategory = 'A' AND e.oid = t.typelem
WHERE a.attrelid = %(oid)s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_NAMES = (
    "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
)
_PUBLISHED = "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = %(name)s"


@dataclass(frozen=True, slots=True)
class _Found:
    """A table, and what is wrong with it."""

    table: SourceTable | None
    problems: tuple[str, ...]
    missing: str = ""
    owned: bool = True


def discover_postgres(address: DatabaseAddress, tables: Sequence[TableChoice], publication: str = "") -> Discovery:
    """See `discover.discover`. `publication` names a ready-made one that is used where it holds every table."""
    try:
        with connect(address) as connection:
            return _discover(connection, tables, publication)
    except psycopg.OperationalError as error:
        raise UnavailableError(str(address), f"{address} does not answer: {first_line(error)}") from None


def connect(address: DatabaseAddress, *, autocommit: bool = True) -> psycopg.Connection[Any]:
    """A connection to the source database, with rows as named tuples.

    Raises:
        UnavailableError: nobody answers there.
        RejectedError: the server refuses the user, the password or the database.
    """
    try:
        return psycopg.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            dbname=address.database,
            connect_timeout=_CONNECT_SECONDS,
            autocommit=autocommit,
            application_name="freshet",
            row_factory=namedtuple_row,
            options="-c statement_timeout=30000",
        )
    except psycopg.OperationalError as error:
        raise _refusal(address, str(error)) from None


def _refusal(address: DatabaseAddress, said: str) -> RejectedError | UnavailableError:
    where = f"{address.host}:{address.port}"
    if "password authentication failed" in said or "no password supplied" in said:
        return RejectedError(f"{where} refuses user '{address.user}': the password is wrong or the user does not exist")
    if "does not exist" in said and "database" in said:
        return RejectedError(f"{where} has no database '{address.database}'")
    if "does not exist" in said and "role" in said:
        return RejectedError(f"{where} has no user '{address.user}'")
    if "pg_hba.conf" in said:
        return RejectedError(
            f"{where} lets '{address.user}' not in from here: its pg_hba.conf has no entry for this machine"
        )
    if "not permitted" in said or "permission denied" in said:
        return RejectedError(f"{where} refuses user '{address.user}': {first_line(said)}")
    return UnavailableError(str(address), f"the database at {where} cannot be reached: {first_line(said)}")


def _discover(connection: psycopg.Connection[Any], choices: Sequence[TableChoice], publication: str) -> Discovery:
    server = connection.execute(_SERVER).fetchone()
    assert server is not None
    found = [_look(connection, choice, server.username) for choice in choices]
    tables = tuple(one.table for one in found if one.table is not None)
    problems = [problem for one in found for problem in one.problems]
    problems += _server_problems(server)
    published = {tuple(row) for row in connection.execute(_PUBLISHED, {"name": publication})} if publication else set()
    ready = bool(published) and all((table.schema, table.table) in published for table in tables)
    if not ready and not server.rolsuper:
        problems += _publication_problems(
            server, [one.table.full_name for one in found if one.table and not one.owned], publication
        )
    missing = tuple(one.missing for one in found if one.missing)
    return Discovery(tables, tuple(problems), missing, left_out(tables), publication if ready else "")


def _server_problems(server: Any) -> list[str]:
    problems = []
    if server.wal_level != "logical":
        problems.append(
            f"the server's wal_level is '{server.wal_level}': set wal_level = logical in postgresql.conf and restart it"
        )
    if not server.may_replicate and not server.lent:
        problems.append(f"user '{server.username}' may not replicate: ALTER ROLE \"{server.username}\" REPLICATION;")
    if server.slots_used >= server.slots:
        problems.append(
            f"all {server.slots} replication slots of the server are taken: raise max_replication_slots or drop one"
        )
    return problems


def _publication_problems(server: Any, foreign: list[str], publication: str) -> list[str]:
    """PostgreSQL lets only a table's owner publish it; somebody else may have made the publication."""
    instead = f"; or let their owner: CREATE PUBLICATION {publication} FOR TABLE …;" if publication else ""
    problems = []
    if foreign:
        problems.append(
            f"user '{server.username}' may not publish {', '.join(foreign)}, because only the owner of a table may: "
            f'make "{server.username}" a member of the owning role{instead}'
        )
    if not server.may_create:
        problems.append(
            f"user '{server.username}' may not create a publication: GRANT CREATE ON DATABASE … "
            f'TO "{server.username}"{instead}'
        )
    return problems


def _look(connection: psycopg.Connection[Any], choice: TableChoice, username: str) -> _Found:
    schema = choice.schema or "public"
    row = connection.execute(_TABLE, {"schema": schema, "table": choice.table}).fetchone()
    if row is None:
        return _Found(None, (), _missing(connection, choice, schema))
    name = f"{schema}.{choice.table}"
    quoted = f'"{schema}"."{choice.table}"'
    if row.kind not in {"r", "p"}:
        return _Found(
            None, (f"line {choice.line}: {name} is a view, which has no changes to follow: name the tables it reads",)
        )
    columns = tuple(
        SourceColumn(one.name, one.declared, postgres_encoding(_type(one)))
        for one in connection.execute(_COLUMNS, {"oid": row.oid})
    )
    problems = []
    if not row.may_read:
        problems.append(f"user '{username}' may not read {name}: GRANT SELECT ON {quoted} TO \"{username}\";")
    if row.identity != "f":
        problems.append(
            f"{name} does not log the old values of changed rows: ALTER TABLE {quoted} REPLICA IDENTITY FULL;"
        )
    key = choice.key or tuple(row.key)
    problems += key_problems(choice, name, key, columns)
    table = SourceTable(schema, choice.table, choice.name, columns, key)
    return _Found(table, tuple(problems), owned=row.owned)


def _type(row: Any) -> PostgresType:
    return PostgresType(row.base, row.kind, row.modifier, row.element, row.element_kind)


def _missing(connection: psycopg.Connection[Any], choice: TableChoice, schema: str) -> str:
    names = [str(row[0]) for row in connection.execute(_NAMES)]
    return missing_table(choice, f"{schema}.{choice.table}", names)
