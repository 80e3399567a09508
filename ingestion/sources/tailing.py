"""The lines of every log source, from files or topics, into the topics that their SQL jobs read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import structlog
from confluent_kafka import Consumer, KafkaException, Producer

from ingestion.sources.contract import read_contract
from ingestion.sources.environment import resolve
from ingestion.sources.lines import LineReader, decode, record
from ingestion.sources.model import LogOrigin
from ingestion.sources.names import SourceNames
from ingestion.sources.rows import SourceRow
from ingestion.sources.tailer import Positions, Tailer
from retrieval.errors import RejectedError

_log = structlog.get_logger(__name__)
_POLL_SECONDS = 0.1
_SCAN_SECONDS = 1.0
_BATCH = 1000
_FLUSH_SECONDS = 30.0


class Pump(Protocol):
    """Moves new lines of one source; `pump` tells whether there were any."""

    def pump(self) -> bool:
        """Move what is there now; returns when Kafka has it."""

    def close(self) -> None:
        """Give files and connections back."""


class LogFollower:
    """A thread that pumps the lines of all log sources; files below the `forbidden` folders are never read."""

    def __init__(
        self, bootstrap_servers: str, folder: Path, environment: Mapping[str, str], forbidden: Sequence[Path] = ()
    ) -> None:
        self._servers = bootstrap_servers
        self._folder = folder
        self._forbidden = forbidden
        self._environment = environment
        self._wanted: dict[tuple[str, str, str], SourceNames] = {}
        self._pumps: dict[tuple[str, str, str], Pump] = {}

    def follow(self, rows: Iterable[SourceRow]) -> None:
        """The sources whose lines are wanted from now on (others are ignored, so is a contract that cannot be read)."""
        self._wanted = {
            (row.tenant, row.source, row.memory.contract): row.built for row in rows if row.memory.generation
        }

    def run(self, stop: threading.Event) -> None:
        """Pump until `stop` is set."""
        while not stop.is_set():
            self._rearrange()
            busy = False
            for key, pump in list(self._pumps.items()):
                try:
                    busy = pump.pump() or busy
                except (KafkaException, OSError) as error:
                    _log.warning("lines_wait", source=key[1], reason=str(error))
                    pump.close()
                    del self._pumps[key]
                    stop.wait(1.0)
            if not busy:
                stop.wait(_POLL_SECONDS)
        for pump in self._pumps.values():
            pump.close()
        self._pumps.clear()

    def _rearrange(self) -> None:
        wanted = self._wanted
        for key in [one for one in self._pumps if one not in wanted]:
            self._pumps.pop(key).close()
        for key in [one for one in wanted if one not in self._pumps]:
            pump = self._make(key[2], wanted[key])
            if pump is not None:
                self._pumps[key] = pump

    def _make(self, contract: str, names: SourceNames) -> Pump | None:
        try:
            origin = read_contract(contract).origin
            if not isinstance(origin, LogOrigin):
                return _Nothing()
            reader = LineReader(origin.lines)
            sender = Sender(self._servers, names.lines)
            if origin.topic:
                return TopicPump(self._servers, resolve(origin.topic, self._environment), names, reader, sender)
            files = [resolve(pattern, self._environment) for pattern in origin.files]
        except RejectedError as error:
            _log.warning("lines_not_followed", source=names.source, reason=error.message)
            return _Nothing()
        positions = Positions(self._folder / f"{names.scoped}.json")
        return FilePump(Tailer(files, positions, self._forbidden), reader, sender)


class _Nothing:
    """Stands for a source that has no lines."""

    def pump(self) -> bool:
        """Nothing to move."""
        return False

    def close(self) -> None:
        """Nothing to give back."""


class Sender:
    """Writes lines to one topic."""

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self._topic = topic
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap_servers,
                "enable.idempotence": True,
                "linger.ms": 2,
                "compression.type": "lz4",
                "message.max.bytes": 8_388_608,
                "message.timeout.ms": 0,
            }
        )

    def send(self, value: bytes) -> None:
        """Hand a line to the producer; waits while its queue is full."""
        while True:
            try:
                self._producer.produce(self._topic, value)
            except BufferError:
                self._producer.poll(0.1)
            else:
                return

    def flush(self) -> None:
        """Until Kafka has every line; raises KafkaException when it does not answer for 30 s."""
        if self._producer.flush(_FLUSH_SECONDS):
            raise KafkaException(f"Kafka does not take the lines of {self._topic}")


class FilePump:
    """From files to a topic."""

    def __init__(self, tailer: Tailer, reader: LineReader, sender: Sender) -> None:
        self._tailer = tailer
        self._reader = reader
        self._sender = sender
        self._scan_at = 0.0

    def pump(self) -> bool:
        """One batch of lines; their positions are saved after Kafka has them."""
        if time.monotonic() >= self._scan_at:
            self._tailer.scan()
            self._scan_at = time.monotonic() + _SCAN_SECONDS
        moved = False
        now = time.time_ns() // 1_000_000
        for one in self._tailer.read():
            line = decode(one.raw)
            self._sender.send(record(line, one.file, one.offset, now, self._reader.fields(line)))
            moved = True
        if moved:
            self._sender.flush()
            self._tailer.commit()
        return moved

    def close(self) -> None:
        """Close the files."""
        self._tailer.close()


class TopicPump:
    """From a topic of lines to another that holds them read."""

    def __init__(
        self, bootstrap_servers: str, topic: str, names: SourceNames, reader: LineReader, sender: Sender
    ) -> None:
        self._topic = topic
        self._reader = reader
        self._sender = sender
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap_servers,
                "group.id": f"freshet-lines-{names.scoped}",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "topic.metadata.refresh.interval.ms": 5_000,
            }
        )
        self._consumer.subscribe([topic])

    def pump(self) -> bool:
        """One batch of records; noted as read after Kafka has their lines."""
        messages = [one for one in self._consumer.consume(_BATCH, timeout=0.05) if not one.error()]
        for message in messages:
            line = decode(message.value() or b"")
            if line.strip():
                at, offset = message.timestamp()[1] or 0, message.offset() or 0
                self._sender.send(record(line, self._topic, offset, at, self._reader.fields(line)))
        if messages:
            self._sender.flush()
            self._consumer.commit(asynchronous=False)
        return bool(messages)

    def close(self) -> None:
        """Leave the consumer group."""
        self._consumer.close()
