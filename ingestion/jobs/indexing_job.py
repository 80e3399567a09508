"""The PyFlink job `knowledge` → index: submitted once per index, it runs until it is cancelled.

Two pipelines of their own read the topic: one lets deletes and changed readers take effect in the ledger at once, the
other does the whole write path. Bulk work in the second never makes a revocation wait.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pyflink.common import Configuration, Time, Types
from pyflink.datastream import AsyncDataStream, DataStream, StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.table import StreamTableEnvironment

from ingestion.jobs.clients import connect_access, connect_index
from ingestion.jobs.config import IndexingConfig, job_name
from ingestion.jobs.operators import ApplyInBatches
from ingestion.knowledge import TOPIC

_RECORD = Types.ROW_NAMED(
    ["key", "value", "partition", "offset", "moment"],
    [Types.PRIMITIVE_ARRAY(Types.BYTE()), Types.PRIMITIVE_ARRAY(Types.BYTE()), Types.INT(), Types.LONG(), Types.LONG()],
)
_WAIT = Time.minutes(30)
_IN_FLIGHT = 512


def build(environment: StreamExecutionEnvironment, config: IndexingConfig) -> None:
    """Draw the graph: both pipelines, each with a source of its own."""
    tables = StreamTableEnvironment.create(environment)
    for name, function, parallelism in (
        ("access", ApplyInBatches(config, connect_access), 1),
        ("index", ApplyInBatches(config, connect_index), config.parallelism),
    ):
        records = _records(tables, config, name)
        done = AsyncDataStream.unordered_wait(records, function, _WAIT, _IN_FLIGHT, Types.INT())
        done.set_parallelism(parallelism).uid(f"{name}-apply").name(name)
        _discard(done, name)


def _records(tables: StreamTableEnvironment, config: IndexingConfig, name: str) -> DataStream:
    table = f"{TOPIC}_{name}"
    tables.execute_sql(f"""
        CREATE TABLE {table} (
            `key` BYTES, `value` BYTES,
            `partition` INT METADATA VIRTUAL, `offset` BIGINT METADATA VIRTUAL,
            `timestamp` TIMESTAMP_LTZ(3) METADATA VIRTUAL
        ) WITH (
            'connector' = 'kafka', 'topic' = '{TOPIC}',
            'scan.startup.mode' = 'group-offsets', 'properties.auto.offset.reset' = 'earliest',
            'properties.bootstrap.servers' = '{config.bootstrap_servers}',
            'properties.group.id' = 'freshet-{config.index_name}-{name}',
            'properties.max.partition.fetch.bytes' = '4194304',
            'key.format' = 'raw', 'key.fields' = 'key', 'value.format' = 'raw', 'value.fields-include' = 'EXCEPT_KEY'
        )""")
    query = f"""
        SELECT `key`, `value`, `partition`, `offset`,
               UNIX_TIMESTAMP(CAST(`timestamp` AS STRING)) * 1000 + EXTRACT(MILLISECOND FROM `timestamp`) AS moment
        FROM {table}"""  # noqa: S608 (the table's name is ours)
    return tables.to_data_stream(tables.sql_query(query))


def _discard(stream: DataStream, name: str) -> None:
    sink = get_gateway().jvm.org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink()
    java_stream = stream._j_data_stream  # noqa: SLF001 (Python has no API for a Java sink)
    java_stream.sinkTo(sink).name(f"{name} done").uid(f"{name}-done")


def submit(config: IndexingConfig) -> str:
    """Send the job to the session cluster; its id there."""
    settings = Configuration()
    for key, value in config.client_options().items():
        settings.set_string(key, value)
    # Outside `flink run`, the factory method always makes a local environment; the constructor obeys execution.target.
    java = get_gateway().jvm.org.apache.flink.streaming.api.environment.StreamExecutionEnvironment
    environment = StreamExecutionEnvironment(java(settings._j_configuration))  # noqa: SLF001
    environment.set_buffer_timeout(5)
    build(environment, config)
    return str(environment.execute_async(job_name(config.index_name)).get_job_id())


def main() -> None:
    """`python -m ingestion.jobs.indexing_job --config FILE`: submit and print {"job_id"}."""
    parser = argparse.ArgumentParser(description="Submit the indexing job to the Flink session cluster.")
    parser.add_argument("--config", type=Path, required=True, help="JSON file of an IndexingConfig")
    arguments = parser.parse_args()
    config = IndexingConfig(**json.loads(arguments.config.read_text(encoding="utf-8")))
    sys.stdout.write(json.dumps({"job_id": submit(config)}) + "\n")


if __name__ == "__main__":
    main()
