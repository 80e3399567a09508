"""What can be said of a document's query without Flink: the tables it reads and the columns it gives.

A query that this parser does not understand (Flink SQL has forms of its own) is left to Flink's planner: then the
answers here are "not known", never a refusal.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import expressions
from sqlglot.errors import SqlglotError


@dataclass(frozen=True, slots=True)
class QueryShape:
    """`statements` found; `tables` read (not those that it defines itself); `columns` given, None where not known.

    `mentioned` are the names of all columns that stand anywhere in it.
    """

    statements: int
    is_query: bool
    tables: frozenset[str]
    columns: tuple[str, ...] | None
    mentioned: frozenset[str]


def read_query(sql: str) -> QueryShape | None:
    """The shape of a query, or None where only Flink's planner can tell."""
    try:
        parsed = [one for one in sqlglot.parse(sql, dialect="spark") if one is not None]
    except (SqlglotError, RecursionError):
        return None
    if len(parsed) != 1:
        return QueryShape(len(parsed), False, frozenset(), None, frozenset())
    query = parsed[0]
    if isinstance(query, expressions.Command):
        return None
    if not isinstance(query, expressions.Query):
        return QueryShape(1, False, frozenset(), None, frozenset())
    own = {cte.alias_or_name for cte in query.find_all(expressions.CTE)}
    tables = {table.name for table in query.find_all(expressions.Table) if table.name} - own
    named = tuple(query.named_selects)
    known = bool(named) and all(named) and "*" not in named and not any(query.find_all(expressions.Unnest))
    mentioned = {column.name for column in query.find_all(expressions.Column)}
    return QueryShape(1, True, frozenset(tables), named if known else None, frozenset(mentioned))
