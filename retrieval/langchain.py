"""What LangChain users plug in: a retriever over the same search as everybody else's, with the same permissions."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from functools import cache
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, PrivateAttr

from retrieval.access import Access
from retrieval.model import Passage, Question

Search = Callable[[Question, Access], Awaitable[list[Passage]]]
"""A `Searcher` bound to the ledger of its index."""


@cache
def background_loop() -> asyncio.AbstractEventLoop:
    """The event loop that every retriever of this process searches on."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="freshet-retriever", daemon=True).start()
    return loop


class FreshetRetriever(BaseRetriever):
    """At most `k` passages that `access` may read, best first, as LangChain documents.

    The search runs on one event loop in the background, since its clients belong to one loop: `invoke` works with
    and without a running loop, `ainvoke` in any. Each document's metadata names its source, version, place and score.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: Search
    access: Access
    sources: tuple[str, ...] = ()
    k: int = Field(default=5, ge=1, le=100)
    _loop: asyncio.AbstractEventLoop = PrivateAttr(default_factory=background_loop)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        del run_manager
        return asyncio.run_coroutine_threadsafe(self._documents(query, options), self._loop).result()

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        del run_manager
        work: Coroutine[Any, Any, list[Document]] = self._documents(query, options)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def _documents(self, query: str, options: dict[str, Any]) -> list[Document]:
        limit = int(options.get("k", self.k))
        passages = await self.search(Question(query, self.sources, limit), self.access)
        return [as_document(passage) for passage in passages[:limit]]


def as_document(passage: Passage) -> Document:
    """A passage as a LangChain document: its text, and everything a citation needs."""
    metadata = {
        "document_id": passage.document_id,
        "source": passage.source,
        "key": passage.key,
        "kind": passage.kind,
        "title": passage.title,
        "url": passage.url,
        "version": passage.version,
        "start": passage.start,
        "end": passage.end,
        "heading": passage.heading,
        "page": passage.page,
        "language": passage.language,
        "updated_at": passage.updated_at.isoformat(),
        "score": passage.score,
    }
    return Document(page_content=passage.text, metadata=metadata)
