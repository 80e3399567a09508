"""Topics that belong to sources: made, measured and dropped."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from retrieval.errors import UnavailableError

_SECONDS = 15.0


class Topics:
    """Every method raises UnavailableError where Kafka does not answer within 15 s."""

    def __init__(self, bootstrap_servers: str, replicas: int = 1) -> None:
        self._servers = bootstrap_servers
        self._replicas = replicas
        self._admin = AdminClient({"bootstrap.servers": bootstrap_servers, "socket.timeout.ms": 15000})
        self._consumer: Consumer | None = None
        self._consumer_lock = threading.Lock()

    def ensure(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        """Make the topics that are missing, each of one partition, with the settings given."""
        new = [NewTopic(name, 1, self._replicas, config=dict(settings)) for name, settings in wanted.items()]
        for name, made in (self._admin.create_topics(new) if new else {}).items():
            try:
                made.result(timeout=_SECONDS)
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
                dropped.result(timeout=_SECONDS)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise UnavailableError("Kafka", f"Kafka could not drop the topic {name}: {error}") from None

    def ends(self, names: Iterable[str]) -> dict[tuple[str, int], int]:
        """The next offset of each partition of the topics that are there."""
        with self._consumer_lock:
            try:
                return self._ends(self._open(), set(names))
            except KafkaException as error:
                raise _unavailable(error) from None

    def _ends(self, consumer: Consumer, names: set[str]) -> dict[tuple[str, int], int]:
        found = consumer.list_topics(timeout=_SECONDS).topics
        return {
            (name, number): consumer.get_watermark_offsets(TopicPartition(name, number), timeout=_SECONDS)[1]
            for name in names & set(found)
            for number in found[name].partitions
        }

    def _open(self) -> Consumer:
        if self._consumer is None:
            self._consumer = Consumer(
                {"bootstrap.servers": self._servers, "group.id": "freshet-controller", "enable.auto.commit": False}
            )
        return self._consumer

    def committed(self, group: str) -> dict[tuple[str, int], int]:
        """How far a consumer group has noted that it read, per partition; empty for a group that never did."""
        asked = [ConsumerGroupTopicPartitions(group)]
        try:
            answer = self._admin.list_consumer_group_offsets(asked)[group].result(timeout=_SECONDS)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return {}
            raise _unavailable(error) from None
        return {(one.topic, one.partition): one.offset for one in answer.topic_partitions if one.offset >= 0}

    def drop_group(self, group: str) -> None:
        """Forget a consumer group; one that is not there, or still in use, is left alone."""
        try:
            self._admin.delete_consumer_groups([group])[group].result(timeout=_SECONDS)
        except KafkaException as error:
            if error.args[0].code() not in {KafkaError.GROUP_ID_NOT_FOUND, KafkaError.NON_EMPTY_GROUP}:
                raise _unavailable(error) from None

    def close(self) -> None:
        """Give the connections back."""
        if self._consumer is not None:
            self._consumer.close()


def _unavailable(error: KafkaException) -> UnavailableError:
    return UnavailableError("Kafka", f"Kafka does not answer: {error}")
