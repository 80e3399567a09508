"""The clients of a search, the embedding server and Milvus: one searcher per index."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from app.admin.services import Search
from app.settings import Settings
from ingestion.indexes import Index
from ingestion.ledger_reader import LedgerReader
from retrieval.access import Access
from retrieval.embeddings import QuestionEmbedder
from retrieval.errors import UnavailableError
from retrieval.milvus import MilvusReader
from retrieval.model import Passage, Question
from retrieval.search import Searcher
from retrieval.store import Vectors
from retrieval.terms import terms

_ASK_TIMEOUT = httpx.Timeout(1.5)


@dataclass(frozen=True, slots=True)
class IndexSearch:
    """The search over one index, whose hits its ledger lets through."""

    searcher: Searcher
    embedder: QuestionEmbedder
    ledger: LedgerReader

    async def __call__(self, question: Question, access: Access) -> list[Passage]:
        """Passages that `access` may read, best first."""
        return await self.searcher.search(question, access, self.ledger.keep)

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of short texts by the model of the index, shape (n, dimensions)."""
        return await self.embedder.embed_queries(texts)


class SearchClients:
    """Makes the search over an index, with the embedding model of that index; connects when first used."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._reader: MilvusReader | None = None
        self._embeddings_url = settings.embeddings_base_url or ""
        key = _text(settings.embeddings_api_key)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._asking = httpx.AsyncClient(timeout=_ASK_TIMEOUT, trust_env=False, headers=headers)
        self._stack.push_async_callback(self._asking.aclose)

    async def __aenter__(self) -> Self:
        """Load beside what the first question would wait for."""
        warming = asyncio.create_task(asyncio.to_thread(_warm_up))
        self._stack.callback(warming.cancel)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def search_over(self, index: Index, ledger: LedgerReader) -> Search:
        """The search over `index`, whose hits `ledger` lets through."""
        settings, made = self._settings, index.embedding
        reader = MilvusReader(settings.milvus_uri or "", _text(settings.milvus_token), index.name)
        embedder = QuestionEmbedder(
            made.base_url, made.model, api_key=_text(settings.embeddings_api_key), query_prefix=made.query_prefix
        )
        self._stack.push_async_callback(reader.aclose)
        self._stack.push_async_callback(embedder.aclose)
        self._reader, self._embeddings_url = reader, made.base_url
        return IndexSearch(Searcher(embedder, reader), embedder, ledger)

    async def ask_milvus(self) -> None:
        """Return when Milvus answers; with the collection of the active index where there is one."""
        if self._reader is not None:
            await self._reader.ask()
            return
        address = urlsplit(self._settings.milvus_uri or "")
        try:
            _, writer = await asyncio.open_connection(address.hostname, address.port or 19530)
        except OSError:
            raise UnavailableError("Milvus") from None
        writer.close()

    async def ask_embeddings(self) -> None:
        """Return when the embedding server lists its models."""
        try:
            response = await self._asking.get(f"{self._embeddings_url.rstrip('/')}/models")
        except httpx.TransportError:
            raise UnavailableError("embedding server") from None
        if response.is_error:
            raise UnavailableError("embedding server", f"it answers {response.status_code}")


def _warm_up() -> None:
    """The dictionaries of the tokeniser, and SciPy, which pymilvus imports on the event loop with its first search."""
    terms("预热 warm-up")
    with contextlib.suppress(ImportError):
        importlib.import_module("scipy.sparse")


def _text(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
