"""Notices over Redis that a document has changed: best effort, for those who watch; the ledger stays the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import orjson
import redis
import structlog

from ingestion.indexing import Changed

CHANNEL = "freshet:changed"
"""Each message is a JSON object: tenant, source, document_id, version, state."""

log = structlog.get_logger()


class Notices:
    """Publishes on `CHANNEL`; a Redis that is down costs a log line, never the stream."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1)

    def changed(self, changes: Sequence[Changed]) -> None:
        """Tell everyone who listens about `changes`."""
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for change in changes:
                    pipeline.publish(CHANNEL, orjson.dumps(asdict(change)))
                pipeline.execute()
        except redis.RedisError as error:
            log.warning("notice not sent", reason=str(error), changes=len(changes))
