"""The Celery queue that parsing is asked for through: a hint to the workers, never the truth (see `uploads`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from opentelemetry import propagate
from opentelemetry.context import Context

from retrieval.errors import UnavailableError

TASK = "freshet.parse_upload"
QUEUE = "freshet-parse"
REQUEST_ID = "request_id"
"""Header of a message: the id of the request that asked for it; beside it stands the trace (W3C `traceparent`)."""
VISIBILITY_SECONDS = 3600
"""Longer than the longest task: a message in work is not given to a second worker before."""


def make_celery(redis_url: str) -> Celery:
    """A Celery application on Redis that loses no task when a worker is killed."""
    celery = Celery("freshet", broker=redis_url)
    celery.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_SECONDS,
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
        },
    )
    return celery


class ParseQueue:
    """Asks the workers to parse a file; blocks for a moment, so call it off the event loop."""

    def __init__(self, redis_url: str) -> None:
        self._celery = make_celery(redis_url)

    def send(self, document_id: str, revision: int) -> None:
        """Put the message into the queue.

        Raises:
            UnavailableError: Redis does not take it; `requeue_stuck` finds the file later.
        """
        options: dict[str, Any] = {
            "args": [document_id, revision],
            "queue": QUEUE,
            "retry": False,
            "headers": _origin(),
        }
        try:
            self._celery.send_task(TASK, **options)
        except (OperationalError, OSError) as error:
            raise UnavailableError("Redis", f"Redis does not take messages: {error}") from None


def _origin() -> dict[str, str]:
    """Headers that say which request and which trace a message comes from; empty outside of both."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return {**headers, REQUEST_ID: request_id} if request_id else headers


def trace_of(headers: Mapping[str, str]) -> Context:
    """The trace that a message with these headers belongs to; an empty context when it names none."""
    return propagate.extract(headers, context=Context())
