"""The read side of the vector store: asynchronous, and impossible to use without an `Access`."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from pymilvus import AsyncMilvusClient, MilvusException

from retrieval.access import Access, access_filter
from retrieval.errors import UnavailableError
from retrieval.milvus.collection import CONSISTENCY
from retrieval.milvus.failures import FAILURES, consequence
from retrieval.model import Candidate
from retrieval.terms import terms

_ANSWER_SECONDS, _CONNECT_SECONDS = 8, 3
_DEFAULT_PORT = 19530
_SHORT_CHARACTERS = 500
"""The terms of so much take a millisecond; on a busy event loop a thread's turn takes ten."""
_SHOWN = ["document_id", "index_version", "number", "text", "start", "end", "heading", "page"]


class MilvusReader:
    """The `PassageReader` of one collection. Its connection belongs to the event loop that uses it."""

    def __init__(self, uri: str, token: str, collection: str) -> None:
        self._uri = uri
        self._token = token
        self._collection = collection
        self._client: AsyncMilvusClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def dense(
        self, vector: NDArray[np.float32], access: Access, sources: Sequence[str], limit: int
    ) -> list[Candidate]:
        """Nearest chunks by cosine (-1..1), best first."""
        return await self._search("dense", vector.tolist(), access_filter(access, sources), limit)

    async def lexical(self, text: str, access: Access, sources: Sequence[str], limit: int) -> list[Candidate]:
        """Best chunks by BM25, best first; [] when `text` has no terms."""
        searched = terms(text) if len(text) <= _SHORT_CHARACTERS else await asyncio.to_thread(terms, text)
        return await self._search("sparse", searched, access_filter(access, sources), limit) if searched else []

    async def ask(self) -> None:
        """Return when Milvus answers and has the collection.

        Raises:
            UnavailableError: it does not.
        """
        nobody = Access("default", frozenset({"nobody"}))
        await self.lexical("ready", nobody, (), 1)

    async def aclose(self) -> None:
        """Close the connection, and those that were given up."""
        client, self._client = self._client, None
        if self._loop is not asyncio.get_running_loop():
            return
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        if client is not None:
            await client.close()

    async def _search(self, field: str, wanted: Any, chosen: str, limit: int) -> list[Candidate]:
        metric = "COSINE" if field == "dense" else "BM25"
        parameters = {"metric_type": metric, "params": {"ef": max(64, limit)} if field == "dense" else {}}
        client = await self._connected()
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                [rows] = await client.search(
                    self._collection, [wanted], chosen, limit, _SHOWN, parameters,
                    anns_field=field, timeout=_ANSWER_SECONDS, consistency_level=CONSISTENCY,
                )  # fmt: skip
        except FAILURES as error:
            if isinstance(error, MilvusException) and "NaN or Inf" in error.message:
                # Milvus Lite divides by the average length of a collection without rows.
                return []
            failure = consequence(error)
            if isinstance(failure, UnavailableError):
                self._retire(client)
            raise failure from None
        return [_candidate(row) for row in rows]

    async def _connected(self) -> AsyncMilvusClient:
        """The client of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            await self._knock()
        if self._client is None or self._loop is not loop:
            self._client = AsyncMilvusClient(self._uri, token=self._token, alias=uuid.uuid4().hex)
            self._loop = loop
            # A Milvus Lite that was started again has loaded nothing; the indexing job may come later than a search.
            with contextlib.suppress(*FAILURES):
                await self._client.load_collection(self._collection, timeout=_ANSWER_SECONDS)
        return self._client

    async def _knock(self) -> None:
        """See that somebody listens: pymilvus itself would wait on and on for a channel."""
        address = urlsplit(self._uri)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(address.hostname, address.port or _DEFAULT_PORT)
        except (OSError, TimeoutError) as error:
            raise consequence(error) from None
        writer.close()

    def _retire(self, client: AsyncMilvusClient) -> None:
        """Connect anew from now on (a channel by itself waits up to two minutes); close when no call can be left."""
        if self._client is client:
            self._client = None
            task = asyncio.create_task(_close_later(client))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


async def _close_later(client: AsyncMilvusClient) -> None:
    try:
        await asyncio.sleep(_ANSWER_SECONDS)
    finally:
        await client.close()


def _candidate(row: Mapping[str, Any]) -> Candidate:
    return Candidate(chunk_id=row["id"], score=float(row["distance"]), **row["entity"])
