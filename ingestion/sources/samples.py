"""Rows for a preview: read from where the source reads, written as they would arrive."""

from __future__ import annotations

import glob
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, LiteralString

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition
from psycopg import sql
from psycopg.rows import tuple_row

from ingestion.sources import discover_mysql, discover_postgres
from ingestion.sources.columns import SourceColumn, SourceTable
from ingestion.sources.connection import DatabaseAddress
from ingestion.sources.flink_sql import LINE_COLUMNS, RECORD_COLUMNS, physical_columns, physical_name
from ingestion.sources.lines import LineReader, decode, record
from ingestion.sources.model import LogOrigin, TopicOrigin
from ingestion.sources.plan import SampleTable
from retrieval.errors import UnavailableError

_SECONDS = 10.0
_POSTGRES_FORMS: Mapping[str, LiteralString] = {
    "timestamp with time zone": "({} AT TIME ZONE 'UTC')::text",
    "money": "{}::numeric::text",
    "inet": "host({})",
    "bit": "({} = B'1')",
}


def sample_tables(address: DatabaseAddress, tables: Sequence[SourceTable], count: int) -> list[SampleTable]:
    """The first `count` rows of each table of a database.

    Raises:
        UnavailableError: the database does not answer.
        RejectedError: it refuses the user.
    """
    read = _postgres_rows if address.dialect == "postgresql" else _mysql_rows
    samples = []
    for number, table in enumerate(tables):
        columns = ", ".join(f"`{name}` {kind.removesuffix(' NOT NULL')}" for name, kind in physical_columns(table))
        rows = tuple(_json(table, row) for row in read(address, table, count))
        samples.append(SampleTable(physical_name(number), columns, rows))
    return samples


def _json(table: SourceTable, row: Sequence[Any]) -> str:
    kept = [column for column in table.columns if column.encoding is not None]
    values = {column.name: _as_arrives(column, value) for column, value in zip(kept, row, strict=True)}
    return orjson.dumps(values).decode()


def _as_arrives(column: SourceColumn, value: Any) -> Any:
    physical = column.encoding.physical if column.encoding is not None else ""
    if physical == "ARRAY<STRING>" and value is not None:
        return [None if item is None else str(item) for item in value]
    return value


def _postgres_rows(address: DatabaseAddress, table: SourceTable, count: int) -> list[Sequence[Any]]:
    selected = [_postgres_column(column) for column in table.columns if column.encoding is not None]
    query = sql.SQL("SELECT {} FROM {} LIMIT {}").format(
        sql.SQL(", ").join(selected), sql.Identifier(table.schema, table.table), sql.Literal(count)
    )
    with discover_postgres.connect(address) as connection:
        return list(connection.cursor(row_factory=tuple_row).execute(query))


def _postgres_column(column: SourceColumn) -> sql.Composed:
    physical = column.encoding.physical if column.encoding is not None else ""
    otherwise = "array_to_json({})" if physical.startswith("ARRAY") else "{}::text" if physical == "STRING" else "{}"
    return sql.SQL(_POSTGRES_FORMS.get(column.declared, otherwise)).format(sql.Identifier(column.name))


def _mysql_rows(address: DatabaseAddress, table: SourceTable, count: int) -> list[Sequence[Any]]:
    selected = ", ".join(_mysql_column(column) for column in table.columns if column.encoding is not None)
    schema, name = (part.replace("`", "``") for part in (table.schema, table.table))
    with discover_mysql.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute(f"SELECT {selected} FROM `{schema}`.`{name}` LIMIT {count}")  # noqa: S608 (names are quoted)
        return list(cursor.fetchall())


def _mysql_column(column: SourceColumn) -> str:
    name = "`" + column.name.replace("`", "``") + "`"
    if column.encoding is not None and column.encoding.physical == "STRING":
        return f"CAST({name} + 0 AS CHAR)" if column.declared == "bit" else f"CAST({name} AS CHAR)"
    return name


def sample_lines(origin: LogOrigin, files: Iterable[str], count: int) -> SampleTable:
    """The first `count` lines of each file."""
    reader = LineReader(origin.lines)
    now = time.time_ns() // 1_000_000
    rows = []
    for path in files:
        with Path(path).open("rb") as file:
            for offset, raw in enumerate(islice(file, count)):
                line = decode(raw)
                value = record(line, path, offset, now, reader.fields(line))
                rows.append(orjson.dumps({"record_value": value.decode()}).decode())
    return SampleTable(physical_name(0), LINE_COLUMNS, tuple(rows))


def matching_files(patterns: Iterable[str]) -> list[str]:
    """The files that the patterns of a log source match now, by name."""
    found = {path for pattern in patterns for path in glob.glob(pattern, recursive=True)}  # noqa: PTH207 (absolute)
    return sorted(path for path in found if Path(path).is_file())


def sample_records(origin: TopicOrigin, bootstrap_servers: str, count: int) -> SampleTable:
    """The first `count` records of a topic.

    Raises:
        UnavailableError: Kafka does not answer.
    """
    rows = [_record_row(key, value) for key, value in first_records(bootstrap_servers, origin.topic, count)]
    return SampleTable(physical_name(0), RECORD_COLUMNS, tuple(rows))


def sample_topic_lines(origin: LogOrigin, topic: str, bootstrap_servers: str, count: int) -> SampleTable:
    """The first `count` records of a topic of log lines; raises as `sample_records` does."""
    reader = LineReader(origin.lines)
    now = time.time_ns() // 1_000_000
    rows = []
    for number, (_, value) in enumerate(first_records(bootstrap_servers, topic, count)):
        line = decode(value or b"")
        text = record(line, topic, number, now, reader.fields(line)).decode()
        rows.append(orjson.dumps({"record_value": text}).decode())
    return SampleTable(physical_name(0), LINE_COLUMNS, tuple(rows))


def _record_row(key: bytes | None, value: bytes | None) -> str:
    row: Mapping[str, Any] = {
        "record_key": None if key is None else key.decode("utf-8", "replace"),
        "record_value": None if value is None else value.decode("utf-8", "replace"),
    }
    return orjson.dumps(row).decode()


def first_records(bootstrap_servers: str, topic: str, count: int) -> list[tuple[bytes | None, bytes | None]]:
    """(key, value) of the first records of a topic; fewer where it holds fewer."""
    settings = {"bootstrap.servers": bootstrap_servers, "group.id": "freshet-check", "enable.partition.eof": True}
    consumer = Consumer(settings)
    found: list[tuple[bytes | None, bytes | None]] = []
    try:
        known = consumer.list_topics(topic, timeout=_SECONDS).topics[topic]
        left = set(known.partitions)
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in left])
        deadline = time.monotonic() + _SECONDS
        while left and len(found) < count and time.monotonic() < deadline:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                left.discard(message.partition() or 0)
            else:
                found.append((message.key(), message.value()))
    except KafkaException as error:
        raise UnavailableError("Kafka", f"Kafka does not answer: {error}") from None
    finally:
        consumer.close()
    return found
