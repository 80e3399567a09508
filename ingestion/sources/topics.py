"""Topics that belong to sources: made, measured and dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.cimpl import NewTopic

from retrieval.errors import UnavailableError

_SECONDS = 15.0


class Topics:
    """Every method raises UnavailableError where Kafka does not answer within 15 s."""

    def __init__(self, bootstrap_servers: str, replicas: int = 1) -> None:
        self.bootstrap_servers = bootstrap_servers
        self._replicas = replicas
        self._admin = AdminClient({"bootstrap.servers": bootstrap_servers, "socket.timeout.ms": 14000})

    def ensure(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        """Make the topics that are missing, each of one partition, with the settings given."""
        new = [NewTopic(name, 1, self._replicas, config=dict(settings)) for name, settings in wanted.items()]
        for name, made in (self._admin.create_topics(new) if new else {}).items():
            try:
                _result(made)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise UnavailableError("Kafka", f"Kafka could not make the topic {name}: {error}") from None

    def names(self) -> frozenset[str]:
        """Every topic there is."""
        try:
            return frozenset(self._admin.list_topics(timeout=_SECONDS).topics)
        except KafkaException as error:
            raise _unavailable(error) from None

    def drop(self, names: Iterable[str]) -> None:
        """Drop topics; those that are not there are fine."""
        doomed = sorted(set(names) & self.names())
        for name, dropped in (self._admin.delete_topics(doomed) if doomed else {}).items():
            try:
                _result(dropped)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise UnavailableError("Kafka", f"Kafka could not drop the topic {name}: {error}") from None

    def ends(self, names: Iterable[str]) -> dict[tuple[str, int], int]:
        """The next offset of the first partition of each topic; topics that are not there are left out."""
        return self.partition_ends((name, 0) for name in names)

    def partition_ends(self, partitions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The next offset of each partition that is there."""
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        asked = {TopicPartition(name, number): latest for name, number in partitions}
        found = {}
        for partition, future in (self._admin.list_offsets(asked) if asked else {}).items():
            try:
                found[partition.topic, partition.partition] = _result(future).offset
            except KafkaException as error:
                if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise _unavailable(error) from None
        return found

    def read(self, name: str) -> list[bytes]:
        """The values of a small topic of one partition, as far as it goes now; empty when it is not there."""
        end = self.ends([name]).get((name, 0), 0)
        values: list[bytes] = []
        if not end:
            return values
        consumer = Consumer({"bootstrap.servers": self.bootstrap_servers, "group.id": "freshet-controller"})
        try:
            consumer.assign([TopicPartition(name, 0, OFFSET_BEGINNING)])
            last = -1
            while last < end - 1:
                message = consumer.poll(_SECONDS)
                if message is None or message.error():
                    raise UnavailableError("Kafka", f"Kafka could not read the topic {name}")
                last = message.offset() or 0
                values.append(message.value() or b"")
        finally:
            consumer.close()
        return values

    def committed(self, group: str) -> dict[tuple[str, int], int]:
        """How far a consumer group has noted that it read, per partition; empty for a group that never did."""
        asked = [ConsumerGroupTopicPartitions(group)]
        try:
            answer = _result(self._admin.list_consumer_group_offsets(asked)[group])
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return {}
            raise _unavailable(error) from None
        return {(one.topic, one.partition): one.offset for one in answer.topic_partitions if one.offset >= 0}

    def drop_group(self, group: str) -> None:
        """Forget a consumer group; one that is not there, or still in use, is left alone."""
        try:
            _result(self._admin.delete_consumer_groups([group])[group])
        except KafkaException as error:
            if error.args[0].code() not in {KafkaError.GROUP_ID_NOT_FOUND, KafkaError.NON_EMPTY_GROUP}:
                raise _unavailable(error) from None


def _result(future: Future[Any]) -> Any:
    try:
        return future.result(timeout=_SECONDS)
    except TimeoutError:
        raise UnavailableError("Kafka", f"Kafka does not answer within {_SECONDS:.0f} s") from None


def _unavailable(error: KafkaException) -> UnavailableError:
    return UnavailableError("Kafka", f"Kafka does not answer: {error}")
