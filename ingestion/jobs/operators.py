"""The Python operator of the indexing job: gathers records into batches and applies one batch after another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from pyflink.common import Row
from pyflink.datastream.functions import AsyncFunction, RuntimeContext

from ingestion.jobs.config import IndexingConfig
from ingestion.knowledge import PING, StoredRecord
from retrieval.errors import RetryLaterError, UnavailableError

_LONGEST_PAUSE_SECONDS = 5.0
_MOST_RECORDS = 256
_SECOND_THOUGHT_SECONDS = 0.02

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`apply` applies a batch, and doing it again changes nothing; `quarantine` puts a record aside with its reason.

    `close` ends what `connect` started.
    """

    apply: Callable[[Sequence[StoredRecord]], None]
    quarantine: Callable[[StoredRecord, Exception], None]
    close: Callable[[], None]


class ApplyInBatches(AsyncFunction):  # type: ignore[misc]
    """Answers each record once the batch it went into is applied; one batch at a time, so order holds.

    While a service is down the batch is tried again until it succeeds: the stream waits and nothing is lost. A record
    that cannot be applied is put aside and stops nothing else. `connect` makes the clients on the worker.
    """

    def __init__(self, config: IndexingConfig, connect: Callable[[IndexingConfig], Pipeline]) -> None:
        self._config = config
        self._connect = connect

    def open(self, runtime_context: RuntimeContext) -> None:  # noqa: ARG002 (Flink's signature)
        """Make the clients; nothing waits yet."""
        self._pipeline = self._connect(self._config)
        self._waiting: list[tuple[StoredRecord, asyncio.Future[list[int]]]] = []
        self._running: asyncio.Task[None] | None = None

    def close(self) -> None:
        """End what `open` started."""
        self._pipeline.close()

    async def async_invoke(self, value: Row) -> list[int]:
        """Put the record into the next batch and wait until that is applied; a ping has done its work by now."""
        key, body, partition, offset, moment = value
        record = StoredRecord(_bytes(key), _bytes(body), partition, offset, moment)
        if record.key == PING:
            return [1]
        done: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        self._waiting.append((record, done))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._drain())
        return await done

    def timeout(self, value: Row) -> list[int]:  # noqa: ARG002 (Flink's signature)
        """Give up this attempt of the task: Flink restarts it from the last checkpoint."""
        raise UnavailableError("a service that indexing needs")

    async def _drain(self) -> None:
        while self._waiting:
            if any(record.value is None for record, _ in self._waiting[:_MOST_RECORDS]):
                # A row that changes under a join is retracted and made anew: its new value follows within milliseconds.
                await asyncio.sleep(_SECOND_THOUGHT_SECONDS)
            batch = self._waiting[:_MOST_RECORDS]
            del self._waiting[:_MOST_RECORDS]
            try:
                records = [record for record, _ in batch]
                await asyncio.to_thread(apply_batch, self._pipeline, records)
            except Exception as error:  # noqa: BLE001 (outer edge: the task fails and Flink restarts it)
                _settle(batch, error)
            else:
                _settle(batch, None)


def apply_batch(pipeline: Pipeline, records: Sequence[StoredRecord]) -> None:
    """Apply `records` together; where that fails, one by one, and put those aside that fail by themselves."""
    try:
        wait_for(partial(pipeline.apply, records))
    except Exception as error:  # outer edge: whatever a record does, the stream goes on
        if len(records) > 1:
            for record in records:
                apply_batch(pipeline, [record])
            return
        log.exception("record_put_aside", partition=records[0].partition, offset=records[0].offset)
        wait_for(partial(pipeline.quarantine, records[0], error))


def wait_for(action: Callable[[], None]) -> None:
    """Do `action`, again and again while a service that it needs is down."""
    pause = 0.1
    while True:
        try:
            action()
        except (UnavailableError, RetryLaterError) as error:
            log.warning("waiting_for_a_service", reason=error.message)
            asked = error.retry_after_seconds if isinstance(error, RetryLaterError) else 0.0
            time.sleep(min(max(pause, asked), _LONGEST_PAUSE_SECONDS))
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        else:
            return


def _settle(batch: Sequence[tuple[StoredRecord, asyncio.Future[list[int]]]], error: Exception | None) -> None:
    for _, done in batch:
        if done.done():
            continue
        if error is None:
            done.set_result([1])
        else:
            done.set_exception(error)


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
