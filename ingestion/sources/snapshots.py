"""Discovered tables as plain values, and how they have changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ingestion.sources.columns import Encoding, SourceColumn, SourceTable
from ingestion.sources.model import DocumentRule
from ingestion.sources.queries import read_query


def to_plain(tables: Iterable[SourceTable]) -> list[dict[str, Any]]:
    """Tables as JSON holds them."""
    return [
        {
            "schema": table.schema,
            "table": table.table,
            "name": table.name,
            "key": list(table.key),
            "columns": [_column_to_plain(column) for column in table.columns],
        }
        for table in tables
    ]


def _column_to_plain(column: SourceColumn) -> list[str]:
    plain = [column.name, column.declared]
    if column.encoding is not None:
        plain += [column.encoding.physical, column.encoding.logical, column.encoding.expression]
    return plain


def from_plain(values: Iterable[Mapping[str, Any]]) -> tuple[SourceTable, ...]:
    """The tables that `to_plain` made plain."""
    return tuple(
        SourceTable(
            one["schema"],
            one["table"],
            one["name"],
            tuple(SourceColumn(name, kind, Encoding(*rest) if rest else None) for name, kind, *rest in one["columns"]),
            tuple(one["key"]),
        )
        for one in values
    )


def changes(
    before: Sequence[SourceTable], now: Sequence[SourceTable], documents: Sequence[DocumentRule]
) -> tuple[list[str], list[str]]:
    """What happened to the tables since `before`: (sentences about what queries use, sentences about the rest).

    Only the first list makes a source start over: something that a document's query reads is gone or has another type.
    """
    grave: list[str] = []
    light: list[str] = []
    found = {table.full_name: table for table in now}
    for table in before:
        current = found.get(table.full_name)
        if current is None:
            grave.append(f"table {table.full_name} is gone")
            continue
        old = {column.name: column for column in table.columns}
        new = {column.name: column for column in current.columns}
        for name, column in old.items():
            sentence = _what_happened(table.full_name, column, new.get(name))
            if sentence:
                (grave if _reads(documents, table.name, name) or name in table.key else light).append(sentence)
        added = sorted(set(new) - set(old))
        if added:
            columns = f"column {added[0]}" if len(added) == 1 else f"columns {', '.join(added)}"
            light.append(f"{table.full_name} has gained {columns}, which the contract does not use yet")
    known = {table.full_name for table in before}
    light += [f"table {table.full_name} is there again" for table in now if table.full_name not in known]
    return grave, light


def _what_happened(table: str, before: SourceColumn, now: SourceColumn | None) -> str:
    if now is None:
        return f"column {before.name} of {table} is gone"
    if now.encoding != before.encoding:
        return f"column {before.name} of {table} was {before.declared} and is now {now.declared}"
    return ""


def _reads(documents: Sequence[DocumentRule], table: str, column: str) -> bool:
    """Whether a query may read a column; where that cannot be told, it may."""
    for rule in documents:
        shape = read_query(rule.sql)
        if shape is None or (table in shape.tables and (shape.columns is None or column in shape.mentioned)):
            return True
    return False
