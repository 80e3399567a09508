"""The Debezium connector of a database source: its configuration."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from ingestion.sources.columns import Discovery, SourceTable
from ingestion.sources.connection import DatabaseAddress
from ingestion.sources.flink_sql import MAX_RECORD_BYTES, TEXT_LIMIT
from ingestion.sources.names import SourceNames

_CLASSES = {
    "postgresql": "io.debezium.connector.postgresql.PostgresConnector",
    "mysql": "io.debezium.connector.mysql.MySqlConnector",
    "mariadb": "io.debezium.connector.mariadb.MariaDbConnector",
}
# The driver would make a date of a year, and stumble over it.
_MARIADB = {"driver.yearIsDateType": "false"}
_REGEX_CHARACTERS = re.compile(r"([\\.^$|?*+(){}\[\]])")


def connector_class(dialect: str) -> str:
    """The Java class of the connector for a kind of database."""
    return _CLASSES[dialect]


def connector_settings(
    address: DatabaseAddress, found: Discovery, names: SourceNames, bootstrap_servers: str
) -> dict[str, str]:
    """What `PUT /connectors/NAME/config` is given; holds the password."""
    common = {
        "connector.class": _CLASSES[address.dialect],
        "tasks.max": "1",
        "database.hostname": address.host,
        "database.port": str(address.port),
        "database.user": address.user,
        "database.password": address.password,
        "topic.prefix": names.prefix,
        "table.include.list": ",".join(_pattern(table.schema, table.table) for table in found.tables),
        "message.key.columns": ";".join(
            f"{_pattern(table.schema, table.table)}:{','.join(table.key)}" for table in found.tables
        ),
        "snapshot.mode": "initial",
        "decimal.handling.mode": "string",
        "time.precision.mode": "isostring",
        "tombstones.on.delete": "false",
        "poll.interval.ms": "20",
        "heartbeat.interval.ms": "10000",
        "topic.heartbeat.prefix": f"{names.prefix}.heartbeat",
        "notification.enabled.channels": "sink",
        "notification.sink.topic.name": names.notifications,
        "errors.max.retries": "-1",
        "retriable.restart.connector.wait.ms": "2000",
        # A text longer than this arrives cut to it; the SQL job makes a dead letter of its document.
        f"column.truncate.to.{TEXT_LIMIT}.chars": ",".join(
            _pattern(table.schema, table.table, column) for table in found.tables for column in table.long_texts
        ),
        "producer.override.max.request.size": str(MAX_RECORD_BYTES),
        "producer.override.compression.type": "lz4",
        "producer.override.linger.ms": "2",
        "topic.creation.default.partitions": "1",
        "topic.creation.default.replication.factor": "-1",
    }
    if address.dialect == "postgresql":
        special = _postgres(address, found, names)
    else:
        special = _mysql(found, names, bootstrap_servers)
    if address.dialect == "mariadb":
        special |= _MARIADB
    return {name: value for name, value in {**common, **special}.items() if value}


def topics(found: Sequence[SourceTable], names: SourceNames, dialect: str) -> dict[str, dict[str, str]]:
    """The topics that a generation of a database source needs, with their settings.

    Change topics are compacted by the row's key: they hold the newest change of every row and do not grow for ever.
    """
    compacted = {
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": "60000",
        "segment.ms": "3600000",
        "max.message.bytes": str(MAX_RECORD_BYTES),
    }
    wanted = {names.table_topic(table.schema, table.table): compacted for table in found}
    wanted[names.notifications] = {"cleanup.policy": "delete", "retention.ms": "-1"}
    wanted[f"{names.prefix}.heartbeat.{names.prefix}"] = {"cleanup.policy": "compact,delete", "retention.ms": "3600000"}
    if dialect != "postgresql":
        wanted[names.history] = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
    return wanted


def _pattern(*parts: str) -> str:
    """A regular expression that matches exactly this name."""
    return r"\.".join(_REGEX_CHARACTERS.sub(r"\\\1", part) for part in parts)


def _postgres(address: DatabaseAddress, found: Discovery, names: SourceNames) -> dict[str, str]:
    return {
        "database.dbname": address.database,
        "plugin.name": "pgoutput",
        "slot.name": names.slot,
        "publication.name": found.publication or names.slot,
        "publication.autocreate.mode": "disabled" if found.publication else "filtered",
        "slot.max.retries": "6",
        "slot.retry.delay.ms": "2000",
        "interval.handling.mode": "string",
        "hstore.handling.mode": "json",
        "binary.handling.mode": "base64",
        "status.update.interval.ms": "1000",
    }


def _mysql(found: Discovery, names: SourceNames, bootstrap_servers: str) -> dict[str, str]:
    """A server id of its own for every connector: two followers of one server may not share one."""
    server_id = 100_000_000 + int(hashlib.sha256(names.connector.encode()).hexdigest()[:6], 16)
    return {
        "database.server.id": str(server_id),
        "database.include.list": ",".join(sorted({_pattern(table.schema) for table in found.tables})),
        "include.schema.changes": "false",
        "snapshot.locking.mode": "minimal",
        "bigint.unsigned.handling.mode": "long",
        "inconsistent.schema.handling.mode": "fail",
        "schema.history.internal.kafka.bootstrap.servers": bootstrap_servers,
        "schema.history.internal.kafka.topic": names.history,
        "schema.history.internal.store.only.captured.tables.ddl": "true",
        # A statement that Debezium cannot read is about any table of the server: it stops nothing. Rows of a table
        # whose description it made stale do stop the connector.
        "schema.history.internal.skip.unparseable.ddl": "true",
    }
