"""The topic `dead-letters`, into which SQL jobs put what cannot become a document, copied to the SQL table."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from confluent_kafka import Consumer, KafkaException, Message
from sqlalchemy import Engine, text
from sqlalchemy.exc import InterfaceError, OperationalError

from ingestion.sources.flink_sql import DEAD_LETTER_TOPIC

_log = structlog.get_logger(__name__)
_BATCH = 200
_OPEN = text("""
INSERT INTO dead_letters (tenant, source, key, version, stage, reason, payload)
VALUES (:tenant, :source, :key, 0, 'read', :reason, :payload)
ON CONFLICT (tenant, source, key, version, stage)
DO UPDATE SET state = 'open', reason = excluded.reason, payload = excluded.payload, created_at = now()
""")
_SETTLE = text("""
UPDATE dead_letters SET state = 'dropped'
WHERE tenant = :tenant AND source = :source AND key = :key AND version = 0 AND stage = 'read' AND state = 'open'
""")


class LetterBox:
    """Follows the topic; a letter whose row was put right in its source is settled by a tombstone."""

    def __init__(self, bootstrap_servers: str, engine: Engine) -> None:
        self._settings = {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "freshet-dead-letters",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "topic.metadata.refresh.interval.ms": 10_000,
        }
        self._engine = engine

    def run(self, stop: threading.Event) -> None:
        """Copy until `stop` is set. Offsets are noted after SQL has the letters."""
        consumer = Consumer(self._settings)
        consumer.subscribe([DEAD_LETTER_TOPIC])
        try:
            while not stop.is_set():
                messages = [one for one in consumer.consume(_BATCH, timeout=0.5) if not one.error()]
                while messages and not stop.is_set():
                    if self._keep(consumer, messages):
                        break
                    stop.wait(2.0)
        finally:
            consumer.close()

    def _keep(self, consumer: Consumer, messages: list[Message]) -> bool:
        try:
            with self._engine.begin() as connection:
                for message in messages:
                    values = read_letter(message.key(), message.value())
                    if values is not None:
                        connection.execute(_OPEN if "reason" in values else _SETTLE, values)
            consumer.commit(asynchronous=False)
        except (OperationalError, InterfaceError, KafkaException) as error:
            _log.warning("dead_letters_wait", reason=str(error).splitlines()[0])
            return False
        return True


def read_letter(key: bytes | None, value: bytes | None) -> Mapping[str, Any] | None:
    """The columns of a dead letter; without `reason` for one that is settled; None for a record that is not one."""
    parts = (key or b"").decode("utf-8", "replace").replace("\0", "").split("/", 2)
    if len(parts) != 3:
        return None
    values: dict[str, Any] = {"tenant": parts[0], "source": parts[1], "key": parts[2]}
    if value is None:
        return values
    try:
        read = orjson.loads(value)
        reason, payload = str(read["reason"]), str(read.get("payload") or "")
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return {**values, "reason": reason.replace("\0", ""), "payload": payload.encode("utf-8", "replace")}
