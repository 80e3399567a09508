"""The retriever passes LangChain's own suite, and gives what a citation needs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests

from retrieval.access import Access
from retrieval.langchain import FreshetRetriever
from retrieval.model import Passage, Question

ACCESS = Access.of("default", "ada", ["staff"])


class OneLoopSearch:
    """Finds ten passages, and like the real one works on one event loop only."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.asked: list[tuple[Question, Access]] = []

    async def __call__(self, question: Question, access: Access) -> list[Passage]:
        running = asyncio.get_running_loop()
        self.loop = self.loop or running
        assert self.loop is running
        self.asked.append((question, access))
        return [_passage(number) for number in range(10)][: question.limit]


def _passage(number: int) -> Passage:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return Passage(
        "d", "erp", f"product/{number}", "product", "Pump", f"Text {number}.", 0.9, 7, "", "en", now, 0, 7, "", 3
    )


class TestAgainstLangChain(RetrieversIntegrationTests):
    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return FreshetRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"search": OneLoopSearch(), "access": ACCESS}

    @property
    def retriever_query_example(self) -> str:
        return "pump"


def test_the_search_gets_the_callers_access_and_sources() -> None:
    search = OneLoopSearch()
    FreshetRetriever(search=search, access=ACCESS, sources=("erp",), k=2).invoke("pump")
    assert search.asked == [(Question("pump", ("erp",), 2), ACCESS)]


async def test_invoke_and_ainvoke_share_one_loop_also_from_a_running_one() -> None:
    retriever = FreshetRetriever(search=OneLoopSearch(), access=ACCESS, k=1)
    [first] = await retriever.ainvoke("pump")
    [second] = await asyncio.to_thread(retriever.invoke, "pump")
    [third] = retriever.invoke("pump")
    assert first == second == third


def test_metadata_holds_what_a_citation_needs() -> None:
    [document] = FreshetRetriever(search=OneLoopSearch(), access=ACCESS, k=1).invoke("pump")
    wanted = {"document_id": "d", "version": 7, "page": 3, "start": 0, "end": 7}
    assert {name: document.metadata[name] for name in wanted} == wanted
