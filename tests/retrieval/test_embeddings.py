"""The server and both of its clients, over real HTTP, with a model of hashes instead of the real one."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from retrieval.embedding_model import Embedded
from retrieval.embedding_queue import EmbeddingQueue, passes
from retrieval.embedding_server import MAX_CHARACTERS, MAX_INPUTS, create_app
from retrieval.embeddings import Embedder, QuestionEmbedder, TextEmbedder
from retrieval.errors import RejectedError, RetryLaterError, UnavailableError
from tests.retrieval.conftest import free_port, serving


def _hash_vector(text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    raw = np.frombuffer(hashlib.sha256(text.encode()).digest()[:8], dtype=np.uint8).astype(np.float32) + 1
    vector: np.ndarray[tuple[int], np.dtype[np.float32]] = raw / np.linalg.norm(raw)
    return vector


def _hash_model(texts: list[str]) -> Embedded:
    return Embedded(np.stack([_hash_vector(text) for text in texts]), sum(map(len, texts)))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(create_app(EmbeddingQueue(_hash_model, workers=2), "hashes", 8)) as served:
        yield served


def _post(address: str, **body: object) -> httpx.Response:
    return httpx.post(f"{address}/v1/embeddings", json=body, timeout=20)


def test_vectors_come_in_the_order_of_the_inputs(address: str) -> None:
    texts = [f"{'word ' * (number % 7)}{number}" for number in range(150)]
    data = _post(address, input=texts, model="hashes").json()
    assert [one["index"] for one in data["data"]] == list(range(150))
    found = np.array([one["embedding"] for one in data["data"]])
    np.testing.assert_allclose(found, np.stack([_hash_vector(text) for text in texts]), atol=1e-6)
    assert data["usage"]["total_tokens"] == sum(map(len, texts))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "input"),
        ({"input": []}, "input"),
        ({"input": ""}, "input"),
        ({"input": ["fine", ""]}, "input"),
        ({"input": [[1, 2]]}, "input"),
        ({"input": ["x"] * (MAX_INPUTS + 1)}, "input"),
        ({"input": ["x" * 150_000] * 7}, str(MAX_CHARACTERS)),
        ({"input": "x", "model": "gpt"}, "gpt"),
        ({"input": "x", "dimensions": 3}, "dimensions"),
        ({"input": "x", "encoding_format": "hex"}, "encoding_format"),
    ],
)
def test_a_wrong_request_is_refused_in_the_form_of_openai(address: str, body: dict[str, object], said: str) -> None:
    response = _post(address, **body)
    error = response.json()["error"]
    assert response.status_code == 400
    assert error["type"] == "invalid_request_error"
    assert said in error["message"]


def test_the_model_is_listed_and_healthy(address: str) -> None:
    assert httpx.get(f"{address}/v1/models").json()["data"][0]["id"] == "hashes"
    assert httpx.get(f"{address}/healthz").status_code == 200


def test_documents_are_embedded_in_several_requests(address: str) -> None:
    texts = [f"text {number}" for number in range(131)]
    embedder = Embedder(f"{address}/v1", "hashes", document_prefix="passage: ")
    expected = np.stack([_hash_vector(f"passage: {text}") for text in texts])
    np.testing.assert_allclose(embedder.embed_documents(texts), expected, atol=1e-6)
    assert embedder.embed_documents([]).shape == (0, 0)


async def test_a_question_has_its_own_prefix(address: str) -> None:
    embedder = QuestionEmbedder(f"{address}/v1/", "hashes", query_prefix="query: ")
    np.testing.assert_allclose(await embedder.embed_queries(["why?"]), [_hash_vector("query: why?")], atol=1e-6)
    await embedder.aclose()


async def test_what_was_embedded_for_an_answer_is_asked_for_once() -> None:
    asked: list[str] = []

    def model(texts: list[str]) -> Embedded:
        asked.extend(texts)
        return _hash_model(texts)

    with serving(create_app(EmbeddingQueue(model, workers=2), "hashes", 8)) as address:
        embedder = QuestionEmbedder(f"{address}/v1", "hashes")
        await embedder.embed_queries(["one"])
        vectors = await embedder.embed_queries(["two", "one", "two", "three"])
        await embedder.aclose()
    np.testing.assert_allclose(vectors, [_hash_vector(text) for text in ("two", "one", "two", "three")], atol=1e-6)
    assert sorted(asked) == ["one", "three", "two"]


async def test_of_many_texts_those_used_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.embeddings._REMEMBERED", 2)
    asked: list[str] = []

    def model(texts: list[str]) -> Embedded:
        asked.extend(texts)
        return _hash_model(texts)

    with serving(create_app(EmbeddingQueue(model, workers=1), "hashes", 8)) as address:
        embedder = QuestionEmbedder(f"{address}/v1", "hashes")
        for text in ("one", "two", "one", "three", "one", "two"):
            await embedder.embed_queries([text])
        await embedder.aclose()
    assert asked == ["one", "two", "three", "two"]


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(UnavailableError):
        Embedder(nowhere, "m").embed_documents(["x"])
    with pytest.raises(UnavailableError):
        await QuestionEmbedder(nowhere, "m").embed_queries(["x"])


def test_a_refused_text_is_rejected_with_the_servers_words(address: str) -> None:
    with pytest.raises(RejectedError, match="gpt"):
        Embedder(f"{address}/v1", "gpt").embed_documents(["x"])


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, {"error": "boom"}, UnavailableError),
        (401, {"error": {"message": "no key"}}, UnavailableError),
        (429, {}, RetryLaterError),
        (200, {"data": []}, UnavailableError),
        (200, {"data": [{"index": 0, "embedding": [1.0]}] * 2}, UnavailableError),
        (200, ["what"], UnavailableError),
    ],
)
def test_strange_answers_become_errors_by_consequence(status: int, body: object, error: type[Exception]) -> None:
    from fastapi.responses import JSONResponse

    app = FastAPI()
    app.post("/v1/embeddings")(lambda: JSONResponse(body, status))
    with serving(app) as address, pytest.raises(error):
        Embedder(f"{address}/v1", "m").embed_documents(["x"])


async def test_what_is_urgent_does_not_wait_for_bulk() -> None:
    released, begun = threading.Event(), threading.Event()

    def slow_model(texts: list[str]) -> Embedded:
        if texts[0].startswith("bulk"):
            begun.set()
            assert released.wait(20)
        return _hash_model(texts)

    with serving(create_app(EmbeddingQueue(slow_model, workers=1), "hashes", 8)) as address:
        bulk, urgent = TextEmbedder(f"{address}/v1", "hashes"), QuestionEmbedder(f"{address}/v1", "hashes")
        waiting = asyncio.create_task(bulk.embed(["bulk " * 100] * 20))
        await asyncio.to_thread(begun.wait, 20)
        await urgent.embed_queries(["a question", *(f"sentence {number} " * 50 for number in range(20))])
        assert not waiting.done()
        released.set()
        await waiting
        await asyncio.gather(bulk.aclose(), urgent.aclose())


@pytest.mark.parametrize(
    ("priority", "urgent"),
    [("u=1", True), ("i, u=0", True), ("u=2,i", True), ("u=3", False), ("u=5", False), ("", False), ("urgent", False)],
)
def test_a_request_is_urgent_by_its_priority(priority: str, urgent: bool) -> None:
    threads: list[str] = []

    def model(texts: list[str]) -> Embedded:
        threads.append(threading.current_thread().name)
        return _hash_model(texts)

    with serving(create_app(EmbeddingQueue(model, workers=1), "hashes", 8)) as address:
        httpx.post(f"{address}/v1/embeddings", json={"input": "x"}, headers={"Priority": priority}, timeout=20)
    assert threads[0].startswith("urgent") is urgent


async def test_a_full_queue_asks_to_come_back() -> None:
    queue = EmbeddingQueue(_hash_model, workers=1, max_waiting=3)
    with pytest.raises(RetryLaterError):
        await queue.embed(["x"] * 4)
    assert len((await queue.embed(["x"] * 3))[0]) == 3
    queue.close()


async def test_texts_that_somebody_waits_for_are_embedded_side_by_side() -> None:
    both = threading.Barrier(2)

    def model(texts: list[str]) -> Embedded:
        both.wait(timeout=20)
        return _hash_model(texts)

    queue = EmbeddingQueue(model, workers=2)
    texts = ["And how heavy is it?", "What does the Piccola cost? And how heavy is it?"]
    vectors, _ = await queue.embed(texts, urgent=True)
    queue.close()
    assert np.array_equal(vectors, _hash_model(texts).vectors)


@given(texts=st.lists(st.text(min_size=1, max_size=400), max_size=40), threads=st.integers(1, 4))
def test_passes_hold_every_text_once_and_stay_small(texts: list[str], threads: int) -> None:
    groups = list(passes(texts, threads))
    assert sorted(at for group in groups for at in group) == list(range(len(texts)))
    for group in groups:
        longest = max(len(texts[at].encode()) for at in group)
        assert len(group) == 1 or longest * len(group) <= 800
