"""One Kafka broker in KRaft mode: broker and controller in one process."""

from __future__ import annotations

import asyncio
import subprocess
import uuid
from base64 import urlsafe_b64encode

from app.local.jars import jar_files
from app.local.java import LOG_CONFIGURATION, java_command, write_properties
from app.local.part import LocalError, Part, Port
from app.settings import LOOPBACK, Settings

MAX_MESSAGE_BYTES = 33_554_432
HEAP = "256m"


def describe(settings: Settings) -> Part:
    """The part `kafka`."""
    folder = settings.freshet_home / "data" / "kafka"
    properties = folder / "server.properties"
    flags = (f"-Xmx{HEAP}", f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}")
    jars = jar_files("kafka")

    def prepare() -> None:
        write_properties(properties, _server(settings))
        (folder / "log4j2.properties").write_text(LOG_CONFIGURATION, encoding="utf-8")
        if not (folder / "log" / "meta.properties").exists():
            cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            arguments = ("format", f"--cluster-id={cluster}", "--config", str(properties))
            _run(java_command(jars, "kafka.tools.StorageTool", arguments, flags))

    return Part(
        name="kafka",
        command=java_command(jars, "kafka.Kafka", (str(properties),), flags),
        ready=lambda: asyncio.to_thread(_has_brokers, str(settings.kafka_bootstrap_servers)),
        folder=folder,
        ports=(
            Port(settings.kafka_port, "kafka_port"),
            Port(settings.kafka_port + 1, "kafka_port"),
        ),
        prepare=prepare,
        grace_seconds=20.0,
        address=f"{LOOPBACK}:{settings.kafka_port}",
        memory=f"heap {HEAP}",
    )


def _server(settings: Settings) -> dict[str, str | int]:
    broker = f"{LOOPBACK}:{settings.kafka_port}"
    controller = f"{LOOPBACK}:{settings.kafka_port + 1}"
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{settings.kafka_bootstrap_servers}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(settings.freshet_home / "data" / "kafka" / "log"),
        "num.partitions": 1,
        "default.replication.factor": 1,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 1,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 3000,
        "message.max.bytes": MAX_MESSAGE_BYTES,
        "replica.fetch.max.bytes": MAX_MESSAGE_BYTES,
        "socket.request.max.bytes": 104_857_600,
        # A source's topics are what its SQL job starts over from: nothing in them may expire by age.
        "log.retention.ms": -1,
        "log.segment.bytes": 67_108_864,
        "log.cleaner.dedupe.buffer.size": 16_777_216,
        "log.cleaner.backoff.ms": 30_000,
        "offsets.retention.minutes": 525_600,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 2,
        "num.recovery.threads.per.data.dir": 2,
    }


def _has_brokers(servers: str) -> None:
    """Raises KafkaException until the broker gives out its metadata."""
    from confluent_kafka.admin import AdminClient

    client = AdminClient({"bootstrap.servers": servers, "log_level": 0, "socket.timeout.ms": 3000})
    client.list_topics(timeout=4)


def _run(command: tuple[str, ...]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        message = f"Kafka's storage cannot be made: {(done.stderr or done.stdout).strip()}"
        raise LocalError(message)
