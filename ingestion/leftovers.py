"""Files in the object store that no upload names: a crash between storing a file and committing its row leaves one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Engine, select

from ingestion.originals import Originals
from ingestion.tables import uploads

_AGE = timedelta(days=1)
"""A file is stored before its row is committed, so a young one may only be on its way."""

_log = structlog.get_logger(__name__)


def remove_leftovers(engine: Engine, originals: Originals, now: datetime | None = None) -> int:
    """Remove originals that are a day old and that no upload names; how many.

    Raises:
        UnavailableError: the object store does not answer.
    """
    removed = 0
    for paths in originals.stored_before((now or datetime.now(UTC)) - _AGE):
        for path in _unnamed(engine, paths):
            asyncio.run(originals.remove(path))
            removed += 1
    if removed:
        _log.info("leftovers_removed", files=removed)
    return removed


def _unnamed(engine: Engine, paths: Sequence[str]) -> list[str]:
    documents = {path.split("/")[1] for path in paths if path.count("/") == 2}
    query = select(uploads.c.original).where(uploads.c.document_id.in_(documents), uploads.c.state != "deleted")
    with engine.connect() as connection:
        named = {row.original for row in connection.execute(query)}
    return [path for path in paths if path.count("/") == 2 and path not in named]
