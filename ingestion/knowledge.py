"""The topic `knowledge`: its records, read and written, and the epoch that its offsets belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from ingestion.model import KnowledgeChange, topic_key, version_of
from ingestion.tables import topic_epochs
from retrieval.access import check_principal, check_slug
from retrieval.errors import RejectedError, UnavailableError

TOPIC = "knowledge"
PING = b"ping"
"""The key of a record that changes nothing; it names no document, so whoever reads the topic passes over it."""
MAX_RECORD_BYTES = 32 * 1024 * 1024
MAX_TEXT_CHARACTERS = 8_000_000
_MAX_READERS = 512
_SECONDS_TO_ANSWER = 30.0
QUIET: dict[str, str | int] = {"log_level": 2}
"""librdkafka writes its connection troubles to standard error by itself; those that matter are raised."""
TOPIC_SETTINGS = {
    "cleanup.policy": "compact",
    "max.message.bytes": str(MAX_RECORD_BYTES),
    "min.compaction.lag.ms": "60000",
    "segment.ms": "3600000",
    "delete.retention.ms": "604800000",
}


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """A document to publish: `value` as the topic holds it, or None to remove the document."""

    tenant: str
    source: str
    key: str
    value: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it lies in the topic."""

    key: bytes | None
    value: bytes | None
    partition: int
    offset: int
    timestamp_ms: int


def parse_topic_key(key: bytes | None) -> tuple[str, str, str]:
    """(tenant, source, key) of a record key.

    Raises:
        RejectedError: it is not of the form tenant/source/key.
    """
    try:
        tenant, source, own = (key or b"").decode("utf-8").split("/", 2)
    except (UnicodeDecodeError, ValueError):
        raise RejectedError(f"the record key {key!r} is not tenant/source/key") from None
    if not own:
        raise RejectedError(f"the record key {key!r} names no document")
    return check_slug("tenant", tenant), check_slug("source", source), own


def read_change(record: StoredRecord, epoch: int) -> KnowledgeChange:
    """The change that a record of `knowledge` stands for.

    Raises:
        RejectedError: the record cannot be read; the sentence says why.
    """
    tenant, source, key = parse_topic_key(record.key)
    version = version_of(epoch, record.offset)
    written = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
    if record.value is None:
        return KnowledgeChange(tenant, source, key, version, deleted=True, source_time=written)
    try:
        value = orjson.loads(record.value)
    except orjson.JSONDecodeError as error:
        raise RejectedError(f"the record is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise RejectedError("the record is not a JSON object")
    text = _string(value, "text")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise RejectedError(f"the text has {len(text):,} characters; the limit is {MAX_TEXT_CHARACTERS:,}")
    return KnowledgeChange(
        tenant=tenant,
        source=source,
        key=key,
        version=version,
        deleted=False,
        source_time=_moment(value.get("source_time"), written),
        kind=_string(value, "kind"),
        title=_string(value, "title"),
        text=text,
        url=_string(value, "url"),
        language=_string(value, "language"),
        readers=_readers(value.get("readers")),
        pack=_string(value, "pack"),
        generation=int(value.get("generation") or 0),
        metadata=_metadata(value.get("metadata")),
    )


def _string(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise RejectedError(f"{name} is {type(found).__name__}, not text")
    return found


def _readers(found: object) -> tuple[str, ...]:
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(reader, str) for reader in found):
        raise RejectedError("readers is not a list of names")
    readers = tuple(sorted({check_principal(reader.strip()) for reader in found if reader and reader.strip()}))
    if len(readers) > _MAX_READERS:
        raise RejectedError(f"{len(readers)} readers; the limit is {_MAX_READERS}: use a group")
    return readers


def _metadata(found: object) -> dict[str, str]:
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise RejectedError("metadata is not an object")
    return {str(name): str(value) for name, value in found.items() if value is not None}


def _moment(found: object, otherwise: datetime) -> datetime:
    """Epoch milliseconds, ISO 8601, or the SQL form that Flink writes (a blank instead of the T)."""
    if isinstance(found, int | float):
        return datetime.fromtimestamp(found / 1000, UTC)
    if not isinstance(found, str) or not found:
        return otherwise
    try:
        moment = datetime.fromisoformat(found)
    except ValueError:
        return otherwise
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class KnowledgePublisher:
    """Writes to `knowledge`; `publish` returns once every replica in sync has the records."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap_servers,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "linger.ms": 2,
                "message.max.bytes": MAX_RECORD_BYTES,
                "message.timeout.ms": int(_SECONDS_TO_ANSWER * 1000),
                "compression.type": "lz4",
                **QUIET,
            }
        )

    def publish(self, records: Sequence[OutgoingRecord]) -> list[StoredRecord]:
        """Write all `records` in order, and give them as they now lie there; blocks, so call it off the event loop.

        Raises:
            RejectedError: a record is larger than the topic takes.
            UnavailableError: Kafka did not acknowledge within 30 s; some may be written, writing again is safe.
        """
        failures: list[KafkaError] = []
        stored: dict[int, StoredRecord] = {}

        def delivered(number: int, error: KafkaError | None, message: Message) -> None:
            if error is None:
                stored[number] = _stored(message)
            else:
                failures.append(error)

        for number, record in enumerate(records):
            value = None if record.value is None else orjson.dumps(record.value)
            if value is not None and len(value) > MAX_RECORD_BYTES - 1024:
                raise RejectedError(
                    f"the document {record.key} has {len(value):,} bytes; the limit is {MAX_RECORD_BYTES:,}"
                )
            key = topic_key(record.tenant, record.source, record.key).encode()
            self._produce(key, value, partial(delivered, number))
        left = self._producer.flush(_SECONDS_TO_ANSWER + 1)
        if left or failures:
            reason = failures[0].str() if failures else "no acknowledgement"
            raise UnavailableError("Kafka", f"Kafka did not take the change: {reason}")
        return [stored[number] for number in range(len(records))]

    def ping(self) -> None:
        """Make the indexing job do now what it puts off until its first record: to load its code and connect.

        Best effort: without it the first change after a start waits for that.
        """
        self._produce(PING, None, None)
        self._producer.flush(_SECONDS_TO_ANSWER)

    def _produce(self, key: bytes, value: bytes | None, delivered: Any) -> None:
        while True:
            try:
                self._producer.produce(TOPIC, key=key, value=value, on_delivery=delivered)
            except BufferError:
                self._producer.poll(0.1)
            else:
                return


def ensure_topic(bootstrap_servers: str, partitions: int, replicas: int = 1) -> str:
    """Create `knowledge` where it is missing; its identity (Kafka's id and the number of partitions).

    Raises:
        UnavailableError: Kafka does not answer.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, **QUIET})
    created = admin.create_topics([NewTopic(TOPIC, partitions, replicas, config=dict(TOPIC_SETTINGS))])
    try:
        created[TOPIC].result(timeout=_SECONDS_TO_ANSWER)
    except TimeoutError:
        raise UnavailableError("Kafka") from None
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise UnavailableError("Kafka", f"Kafka could not create the topic {TOPIC}: {error}") from None
    described = admin.describe_topics(TopicCollection([TOPIC]))[TOPIC].result(timeout=_SECONDS_TO_ANSWER)
    return f"{described.topic_id}:{len(described.partitions)}"


def epoch_of(connection: Connection, topic_identity: str) -> int:
    """The epoch of this topic: a topic made anew, or with other partitions, starts a higher one."""
    connection.execute(insert(topic_epochs).values(topic_id=topic_identity).on_conflict_do_nothing())
    found = connection.execute(select(topic_epochs.c.epoch).where(topic_epochs.c.topic_id == topic_identity))
    return int(found.scalar_one())


def newest_epoch(connection: Connection) -> int:
    """The epoch of the topic that is written now; 0 before the controller has seen one."""
    return int(connection.execute(select(func.coalesce(func.max(topic_epochs.c.epoch), 0))).scalar_one())


def read_topic(bootstrap_servers: str) -> Iterator[StoredRecord]:
    """Every record from the beginning to the end as it was at the call, each partition in order.

    Raises:
        UnavailableError: Kafka does not answer.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "freshet-verify",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": MAX_RECORD_BYTES,
            **QUIET,
        }
    )
    try:
        metadata = consumer.list_topics(TOPIC, timeout=_SECONDS_TO_ANSWER)
        ends = {
            number: consumer.get_watermark_offsets(TopicPartition(TOPIC, number), timeout=_SECONDS_TO_ANSWER)
            for number in metadata.topics[TOPIC].partitions
        }
        yield from _read_until(consumer, ends)
    except KafkaException as error:
        raise UnavailableError("Kafka", f"Kafka could not be read: {error}") from None
    finally:
        consumer.close()


def _read_until(consumer: Consumer, ends: Mapping[int, tuple[int, int]]) -> Iterator[StoredRecord]:
    left = {number for number, (low, high) in ends.items() if high > low}
    consumer.assign([TopicPartition(TOPIC, number, ends[number][0]) for number in left])
    while left:
        for message in consumer.consume(500, timeout=1.0):
            if message.error():
                raise KafkaException(message.error())
            record = _stored(message)
            if record.offset < ends[record.partition][1]:
                yield record
        for position in consumer.position([TopicPartition(TOPIC, number) for number in left]):
            if position.offset >= ends[position.partition][1]:
                left.discard(position.partition)


def _stored(message: Message) -> StoredRecord:
    key, value = message.key(), message.value()
    return StoredRecord(
        key=key.encode() if isinstance(key, str) else key,
        value=value.encode() if isinstance(value, str) else value,
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        timestamp_ms=message.timestamp()[1],
    )
