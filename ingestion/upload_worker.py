"""The work on uploaded files: from `queued` to `parsed` or `failed`, one message at a time."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import orjson
import structlog
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from ingestion import uploads
from ingestion.knowledge import OutgoingRecord
from ingestion.originals import Originals
from ingestion.uploads import CHANNEL, ParsedText, Upload
from retrieval.errors import RejectedError, UnavailableError

log = structlog.get_logger(__name__)

_BEAT_SECONDS = uploads.LEASE_SECONDS / 3
_TELL_SECONDS = 0.25

Progress = Callable[[Mapping[str, Any]], None]
"""Told how far parsing is: {stage, page, pages}. Raises `LeaseLostError` when it should stop."""


class Parse(Protocol):
    """Makes text of a file in a process of its own, with limits on time and memory."""

    def __call__(self, path: Path, filename: str, on_progress: Progress) -> ParsedText:
        """The text; `RejectedError` with a sentence when the file cannot be read."""


class LeaseLostError(Exception):
    """The file was replaced or deleted, or another worker has it: stop without a trace."""


class UploadWorker:
    """Takes one upload after another from `queued` to `parsed` or `failed`."""

    def __init__(
        self,
        engine: Engine,
        originals: Originals,
        publish: Callable[[OutgoingRecord], object],
        redis: Redis,
        parse: Parse,
    ) -> None:
        self._engine = engine
        self._originals = originals
        self._publish = publish
        self._redis = redis
        self._parse = parse

    def run(self, document_id: str, revision: int) -> str:
        """Parse and publish this revision of an upload; the state it ends in, "" when there was nothing to do.

        Raises:
            UnavailableError: a service is away; the file is queued again.
        """
        with self._engine.begin() as connection:
            held = uploads.claim(connection, document_id, revision)
        if held is None:
            return ""
        self._tell(held, uploads.PARSING, {})
        try:
            return self._work(held)
        except LeaseLostError:
            log.info("upload_overtaken", document_id=document_id, revision=revision)
            return ""
        except RejectedError as error:
            return self._fail(held, error.message)
        except (UnavailableError, OperationalError, InterfaceError) as error:
            log.warning("upload_released", document_id=document_id, reason=str(error))
            self._step(lambda connection: uploads.release(connection, held))
            raise UnavailableError("a service of the worker", str(error)) from None

    def _work(self, held: Upload) -> str:
        parsed = self._originals.parsed(held.original) or self._read(held)
        with self._engine.begin() as connection:
            done = uploads.finish(connection, held, parsed, self._publish)
        if not done:
            raise LeaseLostError
        self._tell(held, uploads.PARSED, {})
        log.info("upload_parsed", document_id=held.document_id, characters=len(parsed.text))
        return uploads.PARSED

    def _read(self, held: Upload) -> ParsedText:
        with tempfile.TemporaryDirectory(prefix="freshet-parse-") as folder, _Lease(self, held) as lease:
            path = Path(folder) / "original"
            if not self._originals.fetch(held.original, path):
                raise RejectedError("the original is no longer there: upload the file again")
            parsed = self._parse(path, held.filename, lease.report)
        self._originals.keep_parsed(held.original, parsed)
        return parsed

    def _fail(self, held: Upload, reason: str) -> str:
        if not self._step(lambda connection: uploads.fail(connection, held, reason)):
            return ""
        self._tell(held, uploads.FAILED, {})
        log.info("upload_failed", document_id=held.document_id, reason=reason)
        return uploads.FAILED

    def extend(self, held: Upload, progress: Mapping[str, Any]) -> bool:
        """Extend the lease, note the progress and tell who watches; False when the lease is lost."""
        kept = self._step(lambda connection: uploads.report(connection, held, progress))
        self._tell(held, uploads.PARSING, progress)
        return bool(kept)

    def _step(self, step: Callable[[Connection], Any]) -> Any:
        with self._engine.begin() as connection:
            return step(connection)

    def _tell(self, held: Upload, state: str, progress: Mapping[str, Any]) -> None:
        message = {"document_id": held.document_id, "tenant": held.tenant, "state": state, "progress": dict(progress)}
        try:
            self._redis.publish(CHANNEL, orjson.dumps(message))
        except RedisError as error:
            log.warning("notice_not_sent", error=type(error).__name__)


class _Lease:
    """Keeps extending a lease from a thread of its own while a file is parsed, and passes progress on."""

    def __init__(self, worker: UploadWorker, held: Upload) -> None:
        self._worker = worker
        self._held = held
        self._progress: Mapping[str, Any] = {}
        self._told = 0.0
        self._lost = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def report(self, progress: Mapping[str, Any]) -> None:
        """How far it is; reaches SQL at most four times a second."""
        self._progress = dict(progress)
        if time.monotonic() - self._told >= _TELL_SECONDS:
            self._told = time.monotonic()
            self._lost = self._lost or not self._worker.extend(self._held, self._progress)
        if self._lost:
            raise LeaseLostError

    def _beat(self) -> None:
        while not self._over.wait(_BEAT_SECONDS):
            try:
                self._lost = self._lost or not self._worker.extend(self._held, self._progress)
            except (UnavailableError, OperationalError, InterfaceError) as error:
                log.warning("lease_not_extended", document_id=self._held.document_id, reason=str(error))
