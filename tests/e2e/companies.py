"""Loads the shared companies (an ERP, a CRM) into databases of the product under test."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_TYPES = {"INTEGER": "integer", "NUMERIC": "numeric(12,4)", "REAL": "real", "DATE": "date", "DATETIME": "timestamp"}


def snake(name: str) -> str:
    """`OrderID`, `Order Details` and `inbox/outbox` as PostgreSQL folk would name them."""
    return re.sub(r"[ /]", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).lower()


def create_northwind(connection: psycopg.Connection[Any], folder: Path, *, but: Iterable[str] = ()) -> None:
    """Every table of the ERP with its rows, those of the tables in `but` left empty."""
    schema = json.loads((folder / "schema.json").read_text(encoding="utf-8"))
    for table, described in schema.items():
        columns = {snake(column["name"]): _TYPES.get(column["type"], "text") for column in described["columns"]}
        _create(connection, snake(table), columns, [snake(key) for key in described["primary_key"]])
        if table not in set(but):
            rows = _rows(folder / "tables" / f"{table.replace(' ', '_')}.csv")
            _insert(connection, snake(table), [{snake(name): value for name, value in row.items()} for row in rows])


def replay_northwind(connection: psycopg.Connection[Any], folder: Path) -> int:
    """Apply the derived change events in their order, each in a transaction of its own; how many there were."""
    count = 0
    for line in (folder / "cdc_derived.jsonl").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        after = {snake(name): value for name, value in event["after"].items()}
        table, key = snake(event["table"]), [snake(name) for name in event["key"]]
        if event["op"] == "c":
            _insert(connection, table, [after])
        else:
            changed = [name for name in after if name not in key]
            statement = sql.SQL("UPDATE {} SET {} WHERE {}").format(
                sql.Identifier(table),
                sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in changed),
                sql.SQL(" AND ").join(sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in key),
            )
            connection.execute(statement, after)
        count += 1
    return count


def create_workbench(connection: psycopg.Connection[Any], folder: Path) -> None:
    """The CRM's tables, every column text as its files have it."""
    renamed = {"inbox/outbox": "folder", "sender/recipient": "counterpart"}
    for path in sorted((folder / "tables").glob("*.csv")):
        rows = [{renamed.get(name, snake(name)): value for name, value in row.items()} for row in _rows(path)]
        key = [next(iter(rows[0]))]
        if path.stem == "analytics_data":
            continue
        _create(connection, path.stem, dict.fromkeys(rows[0], "text"), key)
        _insert(connection, path.stem, rows)


def _rows(path: Path) -> list[dict[str, str | None]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]


def _create(connection: psycopg.Connection[Any], table: str, columns: Mapping[str, str], key: list[str]) -> None:
    parts = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns.items()]
    parts.append(sql.SQL("PRIMARY KEY ({})").format(sql.SQL(", ").join(map(sql.Identifier, key))))
    name = sql.Identifier(table)
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join(parts)))
    connection.execute(sql.SQL("ALTER TABLE {} REPLICA IDENTITY FULL").format(name))


def _insert(connection: psycopg.Connection[Any], table: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    names = list(rows[0])
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(map(sql.Placeholder, names)),
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
