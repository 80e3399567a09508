"""The clients of a search, the embedding server and Milvus: one searcher per index."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from app.admin.services import Search
from app.settings import Settings
from ingestion.indexes import Index
from ingestion.ledger_reader import LedgerReader


class SearchClients:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def search_over(self, index: Index, ledger: LedgerReader) -> Search:
        raise ValueError

    async def ask_milvus(self) -> None: ...
    async def ask_embeddings(self) -> None: ...
