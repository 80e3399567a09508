"""What the routes under `app/admin` work with, built once in `app.main` and handed to each request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.admin.page_shelf import PageShelf
from app.local.status import PartStatus
from app.metrics import Metrics
from ingestion.indexes import Index, running
from ingestion.knowledge import OutgoingRecord
from ingestion.ledger_reader import LedgerReader
from ingestion.originals import Originals
from ingestion.sources.check import Checked
from retrieval.access import Access
from retrieval.errors import UnavailableError
from retrieval.model import Passage, Question
from retrieval.store import Vectors

_INDEX_SECONDS = 1.0
_AS_OF_SECONDS = 0.5


class Publisher(Protocol):
    """Writes records to `knowledge`; returns once Kafka has them and deletes and readers are in force; blocks."""

    def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """All `records`, in order."""


class ParseRequests(Protocol):
    """Asks a worker to parse a file; blocks for a moment."""

    def send(self, document_id: str, revision: int) -> None:
        """Put the message into the queue."""


class Search(Protocol):
    """A `retrieval.search.Searcher` bound to the ledger of its index."""

    async def __call__(self, question: Question, access: Access) -> list[Passage]:
        """Passages that `access` may read, best first."""

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of short texts by the model of the index, shape (n, dimensions)."""


class ActiveIndex:
    """The index in state `active`, asked for at most once a second, so that a reindex flips without a restart.

    `make_search` builds the search over an index; it is called once per index.
    """

    def __init__(self, engine: AsyncEngine, make_search: Callable[[Index, LedgerReader], Search]) -> None:
        self._engine = engine
        self._make_search = make_search
        self._checked = float("-inf")
        self._index: Index | None = None
        self._ledger: LedgerReader | None = None
        self._search: Search | None = None
        self._as_of: dict[str, tuple[float, dict[str, datetime]]] = {}
        self._lock = asyncio.Lock()

    async def name(self) -> str:
        """Name of the active index; "" before the first indexing job has started."""
        await self._refresh()
        return self._index.name if self._index else ""

    async def ledger(self) -> LedgerReader | None:
        """The ledger of the active index; None before the first indexing job has started."""
        await self._refresh()
        return self._ledger

    async def _refresh(self) -> None:
        if time.monotonic() - self._checked > _INDEX_SECONDS:
            async with self._lock:
                if time.monotonic() - self._checked > _INDEX_SECONDS:
                    await self._look()

    async def _look(self) -> None:
        async with self._engine.connect() as connection:
            found = await connection.run_sync(running)
        active = next((index for index in found if index.state == "active"), None)
        if active is None:
            self._index = self._ledger = self._search = None
        elif active != self._index:
            self._ledger = LedgerReader(self._engine, active.name)
            self._search = self._make_search(active, self._ledger)
            self._index = active
        self._checked = time.monotonic()

    async def search(self, question: Question, access: Access) -> list[Passage]:
        """Passages of the active index that `access` may read, best first.

        Raises:
            UnavailableError: a service does not answer, or nothing was ever indexed.
        """
        await self._refresh()
        if self._search is None:
            raise UnavailableError("index", "nothing has been indexed yet: the indexing job has not started")
        return await self._search(question, access)

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of short texts by the model of the active index, shape (n, dimensions).

        Raises:
            UnavailableError: the embedding server does not answer, or nothing was ever indexed.
            RetryLaterError: it has too much to do.
        """
        await self._refresh()
        if self._search is None:
            raise UnavailableError("index", "nothing has been indexed yet: the indexing job has not started")
        return await self._search.embed_queries(texts)

    async def as_of(self, tenant: str) -> dict[str, datetime]:
        """Per source of the tenant, up to when the index had followed it; at most half a second old."""
        checked, found = self._as_of.get(tenant, (float("-inf"), {}))
        if time.monotonic() - checked <= _AS_OF_SECONDS:
            return found
        ledger = await self.ledger()
        found = await ledger.as_of(tenant) if ledger else {}
        self._as_of[tenant] = (time.monotonic(), found)
        return found


CheckContract = Callable[[str, int], Checked]
"""What a contract would make, with so many documents of each kind; blocks for seconds, raises as `check_contract`."""

Parts = Callable[[], Awaitable[Sequence[PartStatus]]]
"""The parts of the product and how they are."""


def _cannot_check(_contract: str, _count: int) -> Checked:
    raise UnavailableError("Flink client", "contracts cannot be tried here")


async def _no_parts() -> Sequence[PartStatus]:
    return ()


@dataclass(frozen=True, slots=True)
class Services:
    """Every client that the routes use; `reads` is the pool of `engine` without transactions."""

    engine: AsyncEngine
    reads: AsyncEngine
    redis: Redis
    originals: Originals
    queue: ParseRequests
    publisher: Publisher
    index: ActiveIndex
    metrics: Metrics
    max_file_bytes: int
    pages: PageShelf = field(default_factory=PageShelf)
    check_contract: CheckContract = _cannot_check
    parts: Parts = _no_parts

    async def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """Write to `knowledge`; returns when Kafka has acknowledged, and deletes and readers are in force."""
        await asyncio.to_thread(self.publisher.publish, records)
        self.metrics.records.labels("put").inc(sum(record.value is not None for record in records))
        self.metrics.records.labels("delete").inc(sum(record.value is None for record in records))


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


WithServices = Annotated[Services, Depends(_services)]
"""Parameter type of a route that needs the clients."""
