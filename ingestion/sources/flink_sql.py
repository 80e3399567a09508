"""From a contract and what its database holds to the statements of its SQL job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingestion.sources.columns import SourceTable
from ingestion.sources.document_sql import (
    DEAD_LETTER_COLUMNS,
    DEAD_LETTERS,
    KNOWLEDGE,
    KNOWLEDGE_COLUMNS,
    literal,
    quoted,
)
from ingestion.sources.model import Contract, DatabaseOrigin, JsonColumn, LogOrigin, TopicOrigin
from ingestion.sources.names import SourceNames
from ingestion.sources.plan import JobPlan

KNOWLEDGE_TOPIC = "knowledge"
DEAD_LETTER_TOPIC = "dead-letters"
MAX_RECORD_BYTES = 32 * 1024 * 1024
TEXT_LIMIT = 1_000_000
PHYSICAL = "freshet_raw"
_OPTIONS = {
    "table.local-time-zone": "UTC",
    "table.exec.source.cdc-events-duplicate": "true",
    "table.exec.sink.upsert-materialize": "NONE",
    "table.dynamic-table-options.enabled": "false",
    # In batches, joins emit a row before the retraction of the one it replaces: a document would be lost.
    "table.exec.mini-batch.enabled": "false",
    "execution.buffer-timeout.interval": "0 ms",
    "execution.checkpointing.interval": "10 s",
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    "restart-strategy.type": "exponential-delay",
    "restart-strategy.exponential-delay.initial-backoff": "1 s",
    "restart-strategy.exponential-delay.max-backoff": "10 s",
}


@dataclass(frozen=True, slots=True)
class Addresses:
    """What the job must reach: Kafka, and options of the cluster it is sent to."""

    bootstrap_servers: str
    options: Mapping[str, str]


def plan_job(contract: Contract, names: SourceNames, tables: Sequence[SourceTable], addresses: Addresses) -> JobPlan:
    """The SQL job of one generation of `contract`; `tables` as discovered, empty for sources that are no database."""
    origin = contract.origin
    letters: tuple[str, ...] = ()
    if isinstance(origin, DatabaseOrigin):
        statements = _database(tables, names, addresses)
    elif isinstance(origin, TopicOrigin):
        statements, letters = _topic(origin, names, addresses)
    else:
        statements = _lines(origin, names, addresses)
    return JobPlan(
        name=names.job,
        tenant=names.tenant,
        source=names.source,
        generation=names.generation,
        statements=tuple(statements),
        documents=contract.documents,
        raw_dead_letters=letters,
        sinks=(
            _sink(KNOWLEDGE, KNOWLEDGE_COLUMNS, KNOWLEDGE_TOPIC, addresses),
            _sink(DEAD_LETTERS, DEAD_LETTER_COLUMNS, DEAD_LETTER_TOPIC, addresses),
        ),
        options={**_OPTIONS, **addresses.options, "pipeline.name": names.job},
        text_limit=TEXT_LIMIT,
    )


def preview_plan(contract: Contract, names: SourceNames, tables: Sequence[SourceTable]) -> JobPlan:
    """The plan whose documents are made of sample rows: views alone, no topics."""
    origin = contract.origin
    if isinstance(origin, DatabaseOrigin):
        views = [database_view(table, number) for number, table in enumerate(tables)]
    elif isinstance(origin, TopicOrigin):
        views = [records_view(origin, physical_name(0))]
    else:
        views = [lines_view(origin, physical_name(0))]
    return JobPlan(
        name=names.job,
        tenant=names.tenant,
        source=names.source,
        generation=names.generation,
        statements=tuple(views),
        documents=contract.documents,
        options={"table.local-time-zone": "UTC", "table.dynamic-table-options.enabled": "false"},
        text_limit=TEXT_LIMIT,
    )


def physical_columns(table: SourceTable) -> tuple[tuple[str, str], ...]:
    """(name, Flink type) of a table's columns as Debezium writes them."""
    return tuple(
        (column.name, column.encoding.physical + (" NOT NULL" if column.name in table.key else ""))
        for column in table.columns
        if column.encoding is not None
    )


def physical_name(number: int) -> str:
    """What the table over a topic is called; its view carries the name that queries use."""
    return f"{PHYSICAL}_{number}"


def _database(tables: Sequence[SourceTable], names: SourceNames, addresses: Addresses) -> list[str]:
    statements = []
    for number, table in enumerate(tables):
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in physical_columns(table))
        key = ", ".join(quoted(name) for name in table.key)
        properties = {
            **_kafka(names.table_topic(table.schema, table.table), names, addresses),
            "value.format": "debezium-json",
        }
        statements += [
            _table(physical_name(number), f"{columns}, PRIMARY KEY ({key}) NOT ENFORCED", properties),
            database_view(table, number),
        ]
    return statements


def database_view(table: SourceTable, number: int) -> str:
    """The view that gives a table's columns their proper types, under the name that queries use."""
    selected = ", ".join(
        f"{column.encoding.expression.format(quoted(column.name))} AS {quoted(column.name)}"
        for column in table.columns
        if column.encoding is not None
    )
    return f"CREATE TEMPORARY VIEW {quoted(table.name)} AS SELECT {selected} FROM {quoted(physical_name(number))}"


_RECORDS = (
    "`record_key` STRING, `record_value` STRING, `record_partition` INT METADATA FROM 'partition' VIRTUAL, "
    "`record_offset` BIGINT METADATA FROM 'offset' VIRTUAL, `processed_at` AS PROCTIME()"
)
LINE_COLUMNS = (
    "`record_value` STRING, `read_at` AS TO_TIMESTAMP_LTZ(CAST(JSON_VALUE(`record_value`, '$.at') AS BIGINT), 3), "
    "`processed_at` AS PROCTIME(), WATERMARK FOR `read_at` AS `read_at` - INTERVAL '5' SECOND"
)
RECORD_COLUMNS = "`record_key` STRING, `record_value` STRING, `processed_at` AS PROCTIME()"


def _topic(origin: TopicOrigin, names: SourceNames, addresses: Addresses) -> tuple[list[str], tuple[str, ...]]:
    table = physical_name(0)
    properties = {
        **_kafka(origin.topic, names, addresses),
        "key.format": "raw",
        "key.fields": "record_key",
        "value.format": "raw",
        "value.fields-include": "EXCEPT_KEY",
    }
    return [_table(table, _RECORDS, properties), records_view(origin, table)], (_unreadable(names, table),)


def records_view(origin: TopicOrigin, table: str) -> str:
    """The view `records`: with a key the newest record of each, without it every readable record."""
    selected = ", ".join(_json_column(column, "record_value") for column in origin.columns)
    source = f"SELECT * FROM {quoted(table)} WHERE record_value IS NULL OR record_value IS JSON OBJECT"
    if origin.key:
        paths = {column.name: column.path for column in origin.columns}
        parts = [f"COALESCE(JSON_VALUE(record_value, {literal(paths[name])}), '')" for name in origin.key]
        identity = f"COALESCE(record_key, {' || CHR(31) || '.join(parts)})"
        source = (
            f"SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {identity} ORDER BY processed_at DESC) "
            f"AS record_number FROM ({source})) WHERE record_number = 1"
        )
    return (
        f"CREATE TEMPORARY VIEW `records` AS SELECT {selected}, processed_at "
        f"FROM ({source}) WHERE record_value IS NOT NULL"
    )


def _unreadable(names: SourceNames, table: str) -> str:
    prefix = literal(f"{names.tenant}/{names.source}/records/")
    return (
        f"SELECT {prefix} || CAST(record_partition AS STRING) || '-' || CAST(record_offset AS STRING), 'records', "
        f"'the record is not a JSON object', LEFT(record_value, 100000) FROM {quoted(table)} "
        "WHERE record_value IS NOT NULL AND record_value IS NOT JSON OBJECT"
    )


def _json_column(column: JsonColumn, value: str) -> str:
    return f"{json_expression(column, value)} AS {quoted(column.name)}"


def json_expression(column: JsonColumn, value: str) -> str:
    """The value at a column's path, as its type; NULL where it is missing or cannot be read as that."""
    path = literal(column.path)
    if column.type == "ARRAY<STRING>":
        return f"JSON_QUERY({value}, {path} RETURNING ARRAY<STRING>)"
    scalar = f"JSON_VALUE({value}, {path})"
    if column.type == "STRING":
        return f"COALESCE({scalar}, JSON_QUERY({value}, {path}))"
    if column.type.startswith("TIMESTAMP"):
        plain = f"REPLACE(REPLACE({scalar}, 'T', ' '), 'Z', '')"
        if "LTZ" in column.type:
            precision = column.type.removeprefix("TIMESTAMP_LTZ")
            return f"CAST(TRY_CAST({plain} AS TIMESTAMP{precision}) AS {column.type})"
        return f"TRY_CAST({plain} AS {column.type})"
    return f"TRY_CAST({scalar} AS {column.type})"


def _lines(origin: LogOrigin, names: SourceNames, addresses: Addresses) -> list[str]:
    table = physical_name(0)
    properties = {**_kafka(names.lines, names, addresses), "value.format": "raw"}
    return [_table(table, LINE_COLUMNS, properties), lines_view(origin, table)]


def lines_view(origin: LogOrigin, table: str) -> str:
    """The view `lines`: the line itself, where it stood, when it was read, and the columns that its format gives."""
    own = "".join(
        ", "
        + _json_column(JsonColumn(column.name, column.type, "$.fields" + column.path.removeprefix("$")), "record_value")
        for column in origin.lines.columns
    )
    return (
        "CREATE TEMPORARY VIEW `lines` AS SELECT JSON_VALUE(record_value, '$.line') AS `line`, "
        "JSON_VALUE(record_value, '$.file') AS `file`, "
        "CAST(JSON_VALUE(record_value, '$.offset') AS BIGINT) AS `byte_offset`, "
        f"`read_at`, `processed_at`{own} FROM {quoted(table)} WHERE record_value IS JSON OBJECT"
    )


def _kafka(topic: str, names: SourceNames, addresses: Addresses) -> dict[str, str]:
    return {
        "connector": "kafka",
        "topic": topic,
        "properties.bootstrap.servers": addresses.bootstrap_servers,
        "properties.group.id": names.group,
        "properties.max.partition.fetch.bytes": str(MAX_RECORD_BYTES),
        "scan.startup.mode": "earliest-offset",
    }


def _sink(name: str, columns: str, topic: str, addresses: Addresses) -> str:
    properties = {
        "connector": "upsert-kafka",
        "topic": topic,
        "properties.bootstrap.servers": addresses.bootstrap_servers,
        "properties.max.request.size": str(MAX_RECORD_BYTES),
        "properties.linger.ms": "0",
        "properties.compression.type": "lz4",
        "key.format": "raw",
        "value.format": "json",
        "value.json.timestamp-format.standard": "ISO-8601",
        "value.json.encode.ignore-null-fields": "true",
        "value.fields-include": "EXCEPT_KEY",
        # An update arrives as a retraction and a new row; within this time only the new row is written.
        "sink.buffer-flush.interval": "5 ms",
        "sink.buffer-flush.max-rows": "2000",
    }
    return _table(name, f"{columns}, PRIMARY KEY (`id`) NOT ENFORCED", properties)


def _table(name: str, columns: str, properties: Mapping[str, str]) -> str:
    options = ", ".join(f"{literal(key)} = {literal(value)}" for key, value in properties.items())
    return f"CREATE TEMPORARY TABLE {quoted(name)} ({columns}) WITH ({options})"
