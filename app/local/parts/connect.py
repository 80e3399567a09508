"""One Kafka Connect worker in distributed mode, with Debezium's connectors."""

from __future__ import annotations

from app.local.jars import jar_files, jar_folder
from app.local.java import LOG_CONFIGURATION, java_command, write_properties
from app.local.part import Part, Port
from app.local.parts.kafka import MAX_MESSAGE_BYTES
from app.local.probes import answers_json
from app.settings import LOOPBACK, Settings

HEAP = "320m"


def describe(settings: Settings) -> Part:
    """The part `connect`: connectors live in Kafka, as in a cluster."""
    folder = settings.freshet_home / "data" / "connect"
    properties = folder / "worker.properties"
    flags = (f"-Xmx{HEAP}", f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}")

    def prepare() -> None:
        write_properties(properties, _worker(settings))
        (folder / "log4j2.properties").write_text(LOG_CONFIGURATION, encoding="utf-8")

    return Part(
        name="connect",
        command=java_command(
            jar_files("connect"), "org.apache.kafka.connect.cli.ConnectDistributed", (str(properties),), flags
        ),
        ready=lambda: answers_json(f"{settings.connect_url}/connectors"),
        folder=folder,
        needs=("kafka",),
        ports=(Port(settings.connect_port, "connect_port"),),
        prepare=prepare,
        grace_seconds=15.0,
        address=f"{LOOPBACK}:{settings.connect_port}",
        memory=f"heap {HEAP}",
    )


def _worker(settings: Settings) -> dict[str, str | int]:
    converter = "org.apache.kafka.connect.json.JsonConverter"
    topics = {
        f"{kind}.storage.{name}": value
        for kind in ("config", "offset", "status")
        for name, value in (("topic", f"freshet-connect-{kind}"), ("replication.factor", 1))
    }
    return {
        **topics,
        "bootstrap.servers": str(settings.kafka_bootstrap_servers),
        "group.id": "freshet-connect",
        "offset.storage.partitions": 4,
        "status.storage.partitions": 1,
        "offset.flush.interval.ms": 1000,
        "key.converter": converter,
        "value.converter": converter,
        "key.converter.schemas.enable": "false",
        "value.converter.schemas.enable": "false",
        "plugin.path": str(jar_folder("plugins")),
        "plugin.discovery": "service_load",
        "listeners": f"http://{LOOPBACK}:{settings.connect_port}",
        # The only worker comes back to its connectors at once instead of waiting for a lost one to return.
        "scheduled.rebalance.max.delay.ms": 0,
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 1500,
        "producer.max.request.size": MAX_MESSAGE_BYTES,
        "producer.buffer.memory": MAX_MESSAGE_BYTES * 2,
        "consumer.max.partition.fetch.bytes": MAX_MESSAGE_BYTES,
        "task.shutdown.graceful.timeout.ms": 5000,
    }
