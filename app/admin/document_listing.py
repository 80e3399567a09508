"""The list of documents: filters, orders and totals in SQL. Ten thousand documents are walked by cursor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.admin.document_views import SHOWN, STATE, WAITING, DocumentView, view_of, who
from app.callers import Caller

Sort = Literal["key", "title", "updated_at", "size_bytes", "source"]

_ORDERS: Mapping[str, str] = {
    "title": "lower(d.title)",
    "updated_at": "to_char(d.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')",
    "size_bytes": "lpad(coalesce(d.size_bytes, 0)::text, 20, '0')",
    "source": "d.source",
}
"""What is sorted by, as text, so that one cursor serves every order."""


@dataclass(frozen=True, slots=True)
class Order:
    """How the list is sorted; `key` is (source, key), the order that an index serves."""

    by: Sort = "key"
    descending: bool = False

    @property
    def is_indexed(self) -> bool:
        """Whether the halves of the list can be cut before they are merged."""
        return self.by == "key" and not self.descending


async def list_documents(
    engine: AsyncEngine, index: str, caller: Caller, filters: Mapping[str, str], page: tuple[list[str] | None, int]
) -> list[DocumentView]:
    """At most `page[1]` documents in the order of (source, key), after the key `page[0]`.

    `filters` may hold source, state, language, reader and query (part of title, key or file name).
    """
    after, limit = page
    values: dict[str, Any] = {**who(index, caller), "limit": limit, **_values(filters)}
    if after:
        values |= {"after_source": after[0], "after_key": after[1]}
    async with engine.connect() as connection:
        rows = await connection.execute(_listing(frozenset(values)), values)
        return [view_of(row, caller) for row in rows]


async def list_sorted(
    engine: AsyncEngine, caller: Caller, values: Mapping[str, Any], order: Order
) -> list[tuple[DocumentView, list[str]]]:
    """Documents in another order, each with the sort key that continues after it.

    `values` are `search_values` with `limit`, and `after_value` and `after_id` where a page came before.
    """
    sorted_by = _ORDERS.get(order.by, "d.source || chr(1) || d.key")
    direction, comparison = ("DESC", "<") if order.descending else ("ASC", ">")
    after = f"WHERE ({sorted_by}, d.id) {comparison} (:after_value, :after_id)" if "after_id" in values else ""
    everything = " UNION ALL ".join(f"({half})" for half in _halves(frozenset(values)))
    query = (
        f"SELECT d.*, {sorted_by} AS sorted_by FROM ({everything}) AS d {after} "  # noqa: S608 (constant text)
        f"ORDER BY {sorted_by} {direction}, d.id {direction} LIMIT :limit"
    )
    async with engine.connect() as connection:
        rows = await connection.execute(text(query), dict(values))
        return [(view_of(row, caller), [row.sorted_by, row.id]) for row in rows]


async def count_documents(engine: AsyncEngine, values: Mapping[str, Any]) -> tuple[int, dict[str, int]]:
    """How many documents fit `search_values`, and how many of them are in each state."""
    everything = " UNION ALL ".join(f"({half})" for half in _halves(frozenset(values)))
    query = f"SELECT d.state, count(*) AS number FROM ({everything}) AS d GROUP BY d.state"  # noqa: S608
    async with engine.connect() as connection:
        found = {row.state: int(row.number) for row in await connection.execute(text(query), dict(values))}
    return sum(found.values()), found


def search_values(index: str, caller: Caller, filters: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a search: who asks, and the filters."""
    return {**who(index, caller), **_values(filters)}


def _values(filters: Mapping[str, str]) -> dict[str, str]:
    values = dict(filters)
    if "query" in values:
        values["query"] = f"%{_escape(values['query'])}%"
    return values


def _halves(given: frozenset[str]) -> list[str]:
    halves = []
    for half, names in (
        (SHOWN, {"source": "l.source", "key": "l.key", "title": "l.title", "language": "l.language"}),
        (WAITING, {"source": "'files'", "key": "u.key", "title": "u.title", "language": "''"}),
    ):
        conditions = [half.strip()]
        if "after_key" in given:
            conditions.append(f"({names['source']}, {names['key']}) > (:after_source, :after_key)")
        if "source" in given:
            conditions.append(f"{names['source']} = :source")
        if "language" in given:
            conditions.append(f"{names['language']} = :language")
        if "reader" in given:
            readers = "coalesce(u.readers, l.seen_readers)" if half is SHOWN else "u.readers"
            conditions.append(f"(:manages AND {readers} @> ARRAY[CAST(:reader AS text)])")
        if "state" in given:
            conditions.append(f"({STATE}) = :state")
        if "query" in given:
            conditions.append(
                f"({names['title']} ILIKE :query OR {names['key']} ILIKE :query OR u.filename ILIKE :query)"
            )
        halves.append(" AND ".join(conditions))
    return halves


def _listing(given: frozenset[str]) -> TextClause:
    """Each half is narrowed, sorted and cut by itself, so that an index can serve it; then both are merged."""
    shown, waiting = _halves(given)
    halves = [f"({shown} ORDER BY l.source, l.key LIMIT :limit)", f"({waiting} ORDER BY u.key LIMIT :limit)"]
    return text(f"SELECT * FROM ({' UNION ALL '.join(halves)}) AS d ORDER BY d.source, d.key LIMIT :limit")  # noqa: S608


def _escape(query: str) -> str:
    return query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
