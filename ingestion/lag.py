"""How far behind the topic `knowledge` an index is."""

from __future__ import annotations

from confluent_kafka import Consumer, KafkaException, TopicPartition

from ingestion.knowledge import TOPIC
from retrieval.errors import UnavailableError

_SECONDS = 10.0


def index_lag(bootstrap_servers: str, index_name: str) -> int:
    """Records that the indexing job of `index_name` has not yet finished (as of its last checkpoint).

    Raises:
        UnavailableError: Kafka does not answer.
    """
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": f"freshet-{index_name}-index"})
    try:
        partitions = consumer.list_topics(TOPIC, timeout=_SECONDS).topics[TOPIC].partitions
        committed = consumer.committed([TopicPartition(TOPIC, number) for number in partitions], timeout=_SECONDS)
        behind = 0
        for position in committed:
            low, high = consumer.get_watermark_offsets(TopicPartition(TOPIC, position.partition), timeout=_SECONDS)
            behind += high - (position.offset if position.offset >= 0 else low)
        return behind
    except KafkaException as error:
        raise UnavailableError("Kafka", f"Kafka does not answer: {error}") from None
    finally:
        consumer.close()
