"""Sentences about tables that both kinds of database share."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from ingestion.sources.columns import SourceColumn, SourceTable
from ingestion.sources.model import TableChoice


def key_problems(choice: TableChoice, name: str, key: tuple[str, ...], columns: Sequence[SourceColumn]) -> list[str]:
    """What is wrong with the key of a table: it has none, or names a column that is not there."""
    known = {column.name for column in columns if column.encoding is not None}
    unknown = [column for column in key if column not in known]
    if not key:
        form = f"{{table: {name}, key: [column, …]}}"
        return [f"line {choice.line}: {name} has no primary key: name columns that tell its rows apart, {form}"]
    if unknown:
        columns_are = f"its columns are {', '.join(sorted(known))}"
        return [f"line {choice.line}: the key of {name} names {', '.join(unknown)}; {columns_are}"]
    return []


def missing_table(choice: TableChoice, name: str, names: Sequence[str]) -> str:
    """The sentence for a table that is not there, with the nearest one that is."""
    near = difflib.get_close_matches(name, names, n=1)
    return f"line {choice.line}: the database has no table {name}{f'; did you mean {near[0]}?' if near else ''}"


def left_out(tables: Sequence[SourceTable]) -> tuple[str, ...]:
    """A note that names the columns whose values cannot be followed."""
    left = [
        f"{table.full_name}.{column.name} ({column.declared})"
        for table in tables
        for column in table.columns
        if column.encoding is None
    ]
    return (f"left out, because their type has no text: {', '.join(left)}",) if left else ()


def first_line(said: object) -> str:
    """What a server said, as one line."""
    lines = [line.strip() for line in str(said).strip().splitlines() if line.strip()]
    return lines[0] if lines else "no reason given"
