"""What every vector store must do, on the fake and on a real Milvus Lite over TCP."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pytest

from retrieval.access import Access
from retrieval.errors import RejectedError, UnavailableError
from retrieval.milvus import MilvusReader, MilvusWriter
from retrieval.model import Candidate, Chunk, Document
from retrieval.passage import passage_input
from retrieval.store import ChunkSet, ChunkWriter, PassageReader
from tests.retrieval.conftest import free_port
from tests.retrieval.fakes import DIMENSIONS, FakeStore, word_vector
from tests.retrieval.milvus_server import MilvusServer

_numbers = itertools.count()
PUBLIC = Access.of("acme")


@dataclass(frozen=True)
class Store:
    writer: ChunkWriter
    reader: PassageReader


@pytest.fixture(params=["fake", "milvus"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "fake":
        fake = FakeStore()
        yield Store(fake, fake)
        return
    uri, name = request.getfixturevalue("milvus_uri"), f"contract_{next(_numbers)}"
    writer, reader = MilvusWriter(uri, "", name, DIMENSIONS), MilvusReader(uri, "", name)
    writer.ensure()
    yield Store(writer, reader)
    await reader.aclose()
    writer.drop()
    writer.close()


def a_document(
    key: str,
    version: int = 1,
    *,
    tenant: str = "acme",
    source: str = "erp",
    title: str = "",
    readers: tuple[str, ...] = ("public",),
) -> Document:
    return Document(
        id=key,
        tenant=tenant,
        source=source,
        key=key,
        kind="product",
        title=title,
        text="",
        url="",
        language="en",
        readers=readers,
        version=version,
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def chunks_of(document: Document, *texts: str) -> ChunkSet:
    chunks = tuple(
        Chunk(number=number, text=text, start=number * 10, end=number * 10 + len(text), heading="Top", page=number)
        for number, text in enumerate(texts)
    )
    vectors = np.stack([word_vector(passage_input(document, chunk)) for chunk in chunks])
    return ChunkSet(document, chunks, vectors)


async def found(store: Store, text: str, access: Access = PUBLIC, sources: tuple[str, ...] = ()) -> list[Candidate]:
    return await store.reader.lexical(text, access, sources, 10)


async def test_a_chunk_comes_back_as_it_was_written(store: Store) -> None:
    document = a_document("d1", version=3 * 10**12 + 7)
    store.writer.replace([chunks_of(document, "the boiler leaks", "锅炉漏水 \u2028 “quoted” \\ end")])
    [candidate] = await found(store, "锅炉")
    assert replace(candidate, score=0.0) == Candidate(
        chunk_id=f"d1:{document.version}:1", document_id="d1", index_version=document.version, number=1,
        text="锅炉漏水 \u2028 “quoted” \\ end", start=10, end=10 + len("锅炉漏水 \u2028 “quoted” \\ end"),
        heading="Top", page=1, score=0.0,
    )  # fmt: skip


async def test_dense_search_gives_the_nearest_first_with_its_cosine(store: Store) -> None:
    texts = ("steam pressure valve", "invoice payment terms", "delivery by truck")
    store.writer.replace([chunks_of(a_document(f"d{at}"), text) for at, text in enumerate(texts)])
    vector = word_vector("Top\nsteam pressure valve")
    candidates = await store.reader.dense(vector, PUBLIC, (), 2)
    assert candidates[0].document_id == "d0"
    assert len(candidates) == 2
    assert candidates[0].score == pytest.approx(1, abs=1e-4)
    assert candidates[0].score > candidates[1].score


async def test_lexical_search_weighs_rare_words_more(store: Store) -> None:
    texts = ["pump"] * 6 + ["pump gasket"]
    store.writer.replace([chunks_of(a_document(f"d{at}"), text) for at, text in enumerate(texts)])
    candidates = await found(store, "gasket for the pump")
    assert candidates[0].document_id == "d6"
    assert candidates[0].score > 2 * candidates[1].score > 0


async def test_words_of_the_title_find_a_chunk(store: Store) -> None:
    store.writer.replace([chunks_of(a_document("d1", title="Grinder manual"), "turn it clockwise")])
    assert [one.document_id for one in await found(store, "grinders")] == ["d1"]


@pytest.mark.parametrize("question", ["", "the of and", "。？！", "unknownword"])
async def test_nothing_to_search_for_finds_nothing(store: Store, question: str) -> None:
    store.writer.replace([chunks_of(a_document("d1"), "something here")])
    assert await found(store, question) == []


async def test_an_empty_store_finds_nothing(store: Store) -> None:
    assert await found(store, "boiler") == []
    assert await store.reader.dense(word_vector("boiler"), PUBLIC, (), 5) == []
    assert store.writer.versions("acme", "erp") == {}
    assert store.writer.vectors({"d1": 1}) == {}
    store.writer.drop_older({"d1": 9})


async def test_only_the_callers_tenant_principals_and_sources_are_searched(store: Store) -> None:
    documents = [
        a_document("open"),
        a_document("finance", readers=("finance",)),
        a_document("anna", readers=("user:anna", "service team")),
        a_document("other-tenant", tenant="rival"),
        a_document("other-source", source="crm"),
        a_document("nobody", readers=()),
    ]
    store.writer.replace([chunks_of(document, "boiler") for document in documents])

    async def seen(access: Access, *sources: str) -> set[str]:
        lexical = {one.document_id for one in await store.reader.lexical("boiler", access, sources, 10)}
        dense = {one.document_id for one in await store.reader.dense(word_vector("boiler"), access, sources, 10)}
        assert lexical == dense
        return lexical

    assert await seen(PUBLIC) == {"open", "other-source"}
    assert await seen(Access.of("acme", groups=["finance"]), "erp") == {"open", "finance"}
    assert await seen(Access.of("acme", "anna")) == {"open", "other-source", "anna"}
    assert await seen(Access.of("acme", groups=["service team"])) == {"open", "other-source", "anna"}
    assert await seen(Access.of("acme", "finance"), "erp") == {"open"}
    assert await seen(Access.of("rival"), "erp", "crm") == {"other-tenant"}
    assert await seen(PUBLIC, "crm", "logs") == {"other-source"}


async def test_versions_live_side_by_side_until_the_old_ones_are_dropped(store: Store) -> None:
    store.writer.replace(
        [chunks_of(a_document("d1", 1), "old pump", "old tail"), chunks_of(a_document("d2", 4), "pump")]
    )
    store.writer.replace([chunks_of(a_document("d1", 2), "new pump")])
    assert store.writer.versions("acme", "erp") == {"d1": {1: 2, 2: 1}, "d2": {4: 1}}
    store.writer.drop_older({"d1": 2})
    assert store.writer.versions("acme", "erp") == {"d1": {2: 1}, "d2": {4: 1}}
    assert {one.text for one in await found(store, "pump")} == {"new pump", "pump"}
    store.writer.drop_older({"d1": 3, "d2": 4, "unknown": 5})
    assert store.writer.versions("acme", "erp") == {"d2": {4: 1}}


async def test_writing_the_same_version_again_changes_nothing(store: Store) -> None:
    document = a_document("d1")
    for _ in range(2):
        store.writer.replace([chunks_of(document, "steam pump", "gasket"), chunks_of(a_document("d2"), "else")])
    assert store.writer.versions("acme", "erp") == {"d1": {1: 2}, "d2": {1: 1}}
    assert [one.text for one in await found(store, "pump")] == ["steam pump"]


async def test_readers_of_a_new_version_count_at_once(store: Store) -> None:
    store.writer.replace([chunks_of(a_document("d1", 1), "boiler")])
    store.writer.replace([chunks_of(a_document("d1", 2, readers=("finance",)), "boiler")])
    assert {one.index_version for one in await found(store, "boiler", Access.of("acme", groups=["finance"]))} == {1, 2}
    assert {one.index_version for one in await found(store, "boiler")} == {1}


def test_vectors_are_given_back_by_heading_and_text(store: Store) -> None:
    first, second = chunks_of(a_document("d1", 1), "one", "two"), chunks_of(a_document("d1", 2), "two", "three")
    other = chunks_of(a_document("d2", 9), "four")
    store.writer.replace([first, second, other])
    given = store.writer.vectors({"d1": 2, "d2": 8, "unknown": 1})
    assert set(given) == {"d1"}
    assert set(given["d1"]) == {("Top", "two"), ("Top", "three")}
    np.testing.assert_allclose(given["d1"]["Top", "three"], second.vectors[1], atol=1e-6)


def test_many_documents_are_counted_and_dropped_across_pages(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.milvus.writer._PAGE_ROWS", 7)
    monkeypatch.setattr("retrieval.milvus.writer._DOCUMENTS_PER_QUERY", 5)
    monkeypatch.setattr("retrieval.milvus.writer._WRITE_ROWS", 16)
    documents = [a_document(f"d{at}", version) for at in range(30) for version in (1, 12)]
    store.writer.replace([chunks_of(document, "one", "two") for document in documents])
    assert store.writer.versions("acme", "erp") == {f"d{at}": {1: 2, 12: 2} for at in range(30)}
    store.writer.drop_older({f"d{at}": 12 if at % 2 else 13 for at in range(30)})
    assert store.writer.versions("acme", "erp") == {f"d{at}": {12: 2} for at in range(30) if at % 2}
    assert len(store.writer.vectors({f"d{at}": 12 for at in range(30)})) == 15


async def test_identifiers_and_short_chinese_terms_are_found_exactly(store: Store) -> None:
    texts = {
        "order": "Order SO-2024-00017 was delayed",
        "neighbour": "Order SO-2024-00018 was delivered",
        "error": "显示E14时请联系售后",
        "part": "Replace gasket BR-9000/2 every year",
        "pump": "冷却水泵每年检查一次",
        "mail": "write to anna.bauer@example.com",
    }
    store.writer.replace([chunks_of(a_document(key), text) for key, text in texts.items()])
    asked = {
        "where is SO-2024-00017?": "order", "e14": "error", "BR-9000/2": "part", "br9000/2": "part", "水泵": "pump",
        "Anna.Bauer@example.com": "mail",
    }  # fmt: skip
    for question, key in asked.items():
        assert (await found(store, question))[0].document_id == key, question


def test_too_many_readers_are_rejected_not_retried(milvus_uri: str) -> None:
    writer = MilvusWriter(milvus_uri, "", "readers", DIMENSIONS)
    writer.ensure()
    crowd = a_document("d1", readers=tuple(f"user:{at}" for at in range(1025)))
    with pytest.raises(RejectedError, match="1025 readers"):
        writer.replace([chunks_of(crowd, "boiler")])


def test_half_a_character_is_rejected(milvus_uri: str) -> None:
    writer = MilvusWriter(milvus_uri, "", "readers", DIMENSIONS)
    with pytest.raises(RejectedError, match="surrogates"):
        writer.replace([chunks_of(a_document("d1"), "broken \ud83d text")])


def test_ensuring_twice_is_harmless(milvus_uri: str) -> None:
    for _ in range(2):
        MilvusWriter(milvus_uri, "", "twice", DIMENSIONS).ensure()


async def test_writer_and_reader_carry_on_after_milvus_was_killed(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.milvus.writer._SECONDS", 4)
    server = MilvusServer(tmp_path_factory.mktemp("killed"))
    server.start()
    try:
        writer, reader = MilvusWriter(server.uri, "", "kill", DIMENSIONS), MilvusReader(server.uri, "", "kill")
        writer.ensure()
        writer.replace([chunks_of(a_document("d1"), "boiler")])
        assert await reader.lexical("boiler", PUBLIC, (), 5)
        server.kill()
        with pytest.raises(UnavailableError):
            writer.replace([chunks_of(a_document("d2"), "boiler")])
        with pytest.raises(UnavailableError):
            await reader.lexical("boiler", PUBLIC, (), 5)
        server.start()
        writer.replace([chunks_of(a_document("d2"), "boiler")])
        assert {one.document_id for one in await reader.lexical("boiler", PUBLIC, (), 5)} == {"d1", "d2"}
        await reader.aclose()
    finally:
        server.kill()


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(UnavailableError):
        await MilvusReader(nowhere, "", "x").dense(word_vector("x"), PUBLIC, (), 5)
    with pytest.raises(UnavailableError):
        MilvusWriter(nowhere, "", "x", DIMENSIONS).ensure()
