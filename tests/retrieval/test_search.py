"""The searcher over the fake store: fusion, conversation, re-check, limits, and services that are away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from retrieval.access import Access
from retrieval.errors import UnavailableError
from retrieval.model import Candidate, Chunk, Document, Passage, Question
from retrieval.passage import passage_input
from retrieval.search import Searcher, dense_weight
from retrieval.store import ChunkSet, Vectors
from tests.retrieval.fakes import FakeStore, WordEmbedder, word_vector

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACCESS = Access.of("acme")


class Ledger:
    """Lets everything through but the documents of `hidden`; remembers how many it was asked for."""

    def __init__(self, *hidden: str) -> None:
        self.hidden = set(hidden)
        self.asked: list[int] = []

    async def keep(self, candidates: Sequence[Candidate], access: Access) -> list[Passage]:
        assert access == ACCESS
        self.asked.append(len(candidates))
        return [passage_of(one) for one in candidates if one.document_id not in self.hidden]


def passage_of(candidate: Candidate) -> Passage:
    return Passage(
        document_id=candidate.document_id,
        source="erp",
        key=candidate.document_id,
        kind="",
        title="",
        text=candidate.text,
        score=candidate.score,
        version=candidate.index_version,
        url="",
        language="",
        updated_at=NOW,
        start=candidate.start,
        end=candidate.end,
        heading=candidate.heading,
        page=candidate.page,
    )


def stored(*texts: str, source: str = "erp", chunks_each: int = 1) -> FakeStore:
    """A store of documents d0, d1, …, each of `chunks_each` chunks of its text."""
    store = FakeStore()
    for at, text in enumerate(texts):
        document = Document(f"d{at}", "acme", source, f"d{at}", "", "", "", "", "", ("public",), 1, NOW)
        chunks = tuple(Chunk(number, text, 0, len(text), "", 0) for number in range(chunks_each))
        vectors = np.stack([word_vector(passage_input(document, chunk)) for chunk in chunks])
        store.replace([ChunkSet(document, chunks, vectors)])
    return store


async def search(store: FakeStore, question: Question, ledger: Ledger | None = None) -> list[Passage]:
    return await Searcher(WordEmbedder(), store).search(question, ACCESS, (ledger or Ledger()).keep)


async def test_the_passage_that_both_searches_like_comes_first() -> None:
    store = stored("steam boiler pressure", "invoice payment", "boiler invoice of the year")
    passages = await search(store, Question("boiler pressure"))
    assert passages[0].document_id == "d0"
    assert passages[0].score == pytest.approx(1)
    assert [one.score for one in passages] == sorted((one.score for one in passages), reverse=True)


async def test_nothing_found_is_an_empty_answer() -> None:
    assert await search(FakeStore(), Question("boiler")) == []


async def test_what_the_ledger_drops_is_not_shown_and_others_take_its_place() -> None:
    store = stored(*["boiler pump"] * 30, "boiler valve")
    ledger = Ledger(*(f"d{at}" for at in range(30)))
    passages = await search(store, Question("boiler pump", limit=1), ledger)
    assert [one.document_id for one in passages] == ["d30"]


async def test_more_candidates_are_fetched_when_a_whole_pool_may_not_be_shown() -> None:
    store = stored(*["boiler pump"] * 150, "boiler valve")
    ledger = Ledger(*(f"d{at}" for at in range(150)))
    passages = await search(store, Question("boiler pump", limit=1), ledger)
    assert [one.document_id for one in passages] == ["d150"]


async def test_the_ledger_is_asked_for_few_when_few_are_wanted() -> None:
    ledger = Ledger()
    await search(stored(*["boiler pump"] * 90), Question("boiler", limit=5), ledger)
    assert ledger.asked == [20]


async def test_one_document_gives_at_most_three_passages() -> None:
    store = stored("boiler", "valve and boiler", chunks_each=9)
    passages = await search(store, Question("boiler", limit=10))
    assert [one.document_id for one in passages].count("d0") == 3
    assert [one.document_id for one in passages].count("d1") == 3


async def test_only_the_sources_asked_for_are_searched() -> None:
    assert await search(stored("boiler", source="crm"), Question("boiler", sources=("erp",))) == []


async def test_an_identifier_decides_between_similar_passages() -> None:
    store = stored(
        *(f"The machine reports error E{at}: reason {at}, see the manual" for at in range(10, 20)), "E14: call"
    )
    passages = await search(store, Question("why does my machine report the error E14?"))
    assert {one.document_id for one in passages[:2]} == {"d4", "d10"}
    assert passages[1].score > passages[2].score + 0.1


async def test_earlier_turns_decide_between_equal_passages() -> None:
    store = stored("warranty of the grinder", "warranty of the boiler")
    for earlier, first in (("how do I clean the boiler", "d1"), ("my grinder is loud", "d0")):
        passages = await search(store, Question("what about the warranty?", context=(earlier,)))
        assert passages[0].document_id == first


async def test_the_conversation_costs_one_request_for_embeddings() -> None:
    embedder = WordEmbedder()
    question = Question("and its warranty?", context=("first", "second", "third", "fourth"))
    await Searcher(embedder, stored("boiler")).search(question, ACCESS, Ledger().keep)
    assert embedder.questions == ["and its warranty?", "second third fourth and its warranty?"]


class _AwayEmbedder(WordEmbedder):
    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        raise UnavailableError("embedding server")


async def test_without_embeddings_words_still_find() -> None:
    searcher = Searcher(_AwayEmbedder(), stored("boiler", "valve"))
    passages = await searcher.search(Question("boiler"), ACCESS, Ledger().keep)
    assert [(one.document_id, one.score) for one in passages] == [("d0", 1.0)]


class _AwayStore(FakeStore):
    async def lexical(self, text: str, access: Access, sources: Sequence[str], limit: int) -> list[Candidate]:
        raise UnavailableError("Milvus")


async def test_without_the_store_search_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="Milvus"):
        await Searcher(WordEmbedder(), _AwayStore()).search(Question("boiler"), ACCESS, Ledger().keep)


def test_long_questions_trust_words_more_than_meaning() -> None:
    weights = [dense_weight("word " * count) for count in (5, 50, 200, 800)]
    assert weights[0] == weights[1]
    assert weights[1] > weights[2] > weights[3] > 0


async def test_the_context_counts_more_where_the_searches_do_not_agree_on_the_question_alone() -> None:
    store = stored("grinder burr", "boiler pressure valve", "boiler price list")
    sure = await search(store, Question("grinder burr", context=("boiler pressure",)))
    unsure = await search(store, Question("how much is that", context=("boiler pressure",)))
    assert sure[0].document_id == "d0"
    assert unsure[0].document_id == "d1"


async def test_documents_that_did_not_change_since_then_are_not_shown() -> None:
    searcher = Searcher(WordEmbedder(), stored("pump"))
    for since, found in ((NOW, 1), (NOW + timedelta(seconds=1), 0)):
        question = Question("pump", since=since)
        assert len(await searcher.search(question, ACCESS, Ledger().keep)) == found


async def test_a_question_may_be_searched_by_its_words_alone() -> None:
    embedder = WordEmbedder()
    passages = await Searcher(embedder, stored("boiler", "valve")).search(
        Question("boiler", in_words=True), ACCESS, Ledger().keep
    )
    assert [one.similarity for one in passages] == [0.0]
    assert embedder.questions == []
