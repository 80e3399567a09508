"""Takes chunks of versions that are no longer shown out of the vector store, in batches and off the hot path.

They cannot be found meanwhile: the ledger decides which version is shown. Milvus Lite looks at its whole collection for
every delete, whether it is of one row or of thousands.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from ingestion.ledger import Ledger
from retrieval.errors import FreshetError
from retrieval.store import ChunkWriter

_AT_ONCE = 2000
_LOOK_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 6.0
_FORGET_SECONDS = 30.0

log = structlog.get_logger(__name__)


def sweep(ledger: Ledger, writer: ChunkWriter) -> int:
    """Drop what the ledger calls unswept; how many documents that were.

    Only versions older than the one shown go, so it may run beside any number of indexers.

    Raises:
        UnavailableError: the store or the ledger does not answer; doing it again is safe.
    """
    swept = 0
    while documents := ledger.unswept(_AT_ONCE):
        writer.drop_older({one.document_id: one.oldest_kept for one in documents})
        ledger.swept(documents)
        swept += len(documents)
        if len(documents) < _AT_ONCE:
            break
    return swept


class Sweeper(threading.Thread):
    """Sweeps while indexing is quiet, and every few seconds while it is not; ends with `stop`."""

    def __init__(self, ledger: Ledger, writer: ChunkWriter, busy: Callable[[], bool]) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._ledger = ledger
        self._writer = writer
        self._busy = busy
        self._stopped = threading.Event()

    def run(self) -> None:
        """See the class."""
        last = forgot = time.monotonic()
        while not self._stopped.wait(_LOOK_SECONDS):
            if self._busy() and time.monotonic() - last < _LONGEST_WAIT_SECONDS:
                continue
            try:
                sweep(self._ledger, self._writer)
                if time.monotonic() - forgot > _FORGET_SECONDS:
                    self._ledger.forget_deleted()
                    forgot = time.monotonic()
            except FreshetError as error:
                log.warning("sweep_postponed", reason=error.message)
            last = time.monotonic()

    def stop(self) -> None:
        """End after the sweep that may be going on."""
        self._stopped.set()
