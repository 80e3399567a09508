"""The indexes there are: one serves searches, another may be building beside it (`freshet reindex`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Row, insert, select, text, update

from ingestion.tables import indexes

_LOCK = 7_246_002


@dataclass(frozen=True, slots=True)
class Embedding:
    """The embedding model an index is made with: questions must be embedded by the same one."""

    base_url: str
    model: str
    dimensions: int
    query_prefix: str
    document_prefix: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index: its name is the collection's in Milvus. `state`: building, active or retired."""

    name: str
    state: str
    embedding: Embedding


def ensure_active(connection: Connection, embedding: Embedding) -> Index:
    """The index that serves; the first one is made with `embedding`. Processes that ask at once get the same."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    for index in running(connection):
        if index.state == "active":
            return index
    return _create(connection, embedding, "active")


def start_rebuild(connection: Connection, embedding: Embedding) -> Index:
    """A new index beside the active one; the one already building where there is one with the same model."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    for index in running(connection):
        if index.state == "building":
            if index.embedding == embedding:
                return index
            retire(connection, index.name)
    return _create(connection, embedding, "building")


def running(connection: Connection) -> list[Index]:
    """Indexes that an indexing job must follow: the active one, and one that is building."""
    rows = connection.execute(
        select(indexes).where(indexes.c.state.in_(("active", "building"))).order_by(indexes.c.created_at)
    )
    return [_index(row) for row in rows]


def retired(connection: Connection) -> list[Index]:
    """Indexes whose job must end and whose collection and ledger rows may go."""
    return [_index(row) for row in connection.execute(select(indexes).where(indexes.c.state == "retired"))]


def promote(connection: Connection, name: str) -> None:
    """From this commit on `name` serves; the one that served until now is retired."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    connection.execute(update(indexes).where(indexes.c.state == "active").values(state="retired"))
    connection.execute(update(indexes).where(indexes.c.name == name).values(state="active"))


def retire(connection: Connection, name: str) -> None:
    """Give an index up; `forget` removes it once its job has ended."""
    connection.execute(update(indexes).where(indexes.c.name == name).values(state="retired"))


def forget(connection: Connection, name: str) -> None:
    """Remove a retired index and its ledger rows."""
    connection.execute(text("DELETE FROM ledger WHERE index_name = :name"), {"name": name})
    connection.execute(indexes.delete().where(indexes.c.name == name))


def _create(connection: Connection, embedding: Embedding, state: str) -> Index:
    name = _free_name(row[0] for row in connection.execute(select(indexes.c.name)))
    connection.execute(
        insert(indexes).values(
            name=name,
            state=state,
            model=embedding.model,
            dimensions=embedding.dimensions,
            embeddings_base_url=embedding.base_url,
            query_prefix=embedding.query_prefix,
            document_prefix=embedding.document_prefix,
        )
    )
    return Index(name, state, embedding)


def _free_name(taken: Iterable[str]) -> str:
    numbers = [int(name.removeprefix("freshet_")) for name in taken]
    return f"freshet_{max(numbers, default=0) + 1}"


def _index(row: Row[tuple[object, ...]]) -> Index:
    embedding = Embedding(row.embeddings_base_url, row.model, row.dimensions, row.query_prefix, row.document_prefix)
    return Index(row.name, row.state, embedding)
