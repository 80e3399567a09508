"""`freshet reindex`: a new index with another embedding model is built while the old one serves, and takes over."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from retrieval.terms import terms
from tests.product import Product, wait_until

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("settled")]
DIMENSIONS = 64


class HashedWords(BaseHTTPRequestHandler):
    """Another embedding model behind `/v1`: each word of a text adds one to a place of its vector."""

    def do_POST(self) -> None:
        asked = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        data = [{"index": at, "embedding": _vector(text)} for at, text in enumerate(asked["input"])]
        self._answer({"data": data, "model": asked["model"]})

    def do_GET(self) -> None:
        self._answer({"data": [{"id": "hashed-words"}]})

    def _answer(self, answer: dict[str, Any]) -> None:
        body = orjson.dumps(answer)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def _vector(text: str) -> str:
    vector = np.full(DIMENSIONS, 0.01, "<f4")
    for word in terms(text).split():
        vector[hashlib.sha256(word.encode()).digest()[0] % DIMENSIONS] += 1
    return base64.b64encode(vector.tobytes()).decode()


@pytest.fixture(scope="session")
def another_model() -> Iterator[dict[str, str]]:
    """Settings that name the other model; it answers as long as the product may ask for it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), HashedWords)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {
        "EMBEDDINGS_BASE_URL": f"http://127.0.0.1:{server.server_port}/v1",
        "EMBEDDINGS_MODEL": "hashed-words",
        "EMBEDDINGS_DIMENSIONS": str(DIMENSIONS),
    }
    server.shutdown()


def _reindex(product: Product, settings: dict[str, str], client: httpx.Client) -> str:
    """Rebuild with `settings`; every search meanwhile must answer. The name of the index that serves afterwards."""
    before, documents = _serving(product)
    product.extra.update(settings)
    try:
        product.command("reindex")
    finally:
        for name in settings:
            del product.extra[name]
    with product.client(roles=["editor"]) as editor:
        body = {"title": "Made meanwhile RX-7001", "text": "While it was built.", "readers": ["public"]}
        editor.put("/v1/records/rebuild/meanwhile", json=body).raise_for_status()

    def taken_over() -> str:
        assert _titles(client, "how to descale the machine"), "the old index serves until the new one is complete"
        now, found = _serving(product)
        return now if now != before and found > documents - 5 else ""

    after = str(wait_until(taken_over, 300, "the new index to take over"))
    wait_until(lambda: "Made meanwhile RX-7001" in _titles(client, "RX-7001"), 30, "what was written meanwhile")
    return after


def _titles(client: httpx.Client, query: str) -> list[str]:
    answer = client.post("/v1/search", json={"query": query}).raise_for_status().json()
    return [passage["title"] for passage in answer["passages"]]


def _serving(product: Product) -> tuple[str, int]:
    with product.database("freshet") as database:
        row = database.execute(
            "SELECT i.name, count(l.document_id) FROM indexes i LEFT JOIN ledger l "
            "ON l.index_name = i.name AND l.index_version > 0 WHERE i.state = 'active' GROUP BY i.name"
        ).fetchone()
    assert row
    return row[0], row[1]


def _retired(product: Product) -> int:
    with product.database("freshet") as database:
        row = database.execute("SELECT count(*) FROM indexes WHERE state <> 'active'").fetchone()
    assert row
    return int(row[0])


def _is_sound(product: Product) -> bool:
    return all(one["missing"] == one["stale"] == one["orphaned"] == 0 for one in product.verify().values())


def test_another_model_takes_over_and_back_without_a_gap(product: Product, another_model: dict[str, str]) -> None:
    with product.client("ada", ["employees"], ["employee"]) as client:
        first, _ = _serving(product)
        second = _reindex(product, another_model, client)
        assert first != second
        wait_until(lambda: _is_sound(product), 60, "verify to find nothing")
        assert any("escal" in title for title in _titles(client, "how to descale the machine"))
        third = _reindex(product, {}, client)
        assert third not in {first, second}
        wait_until(lambda: _retired(product) == 0, 60, "the old indexes to be dropped")
        wait_until(lambda: _is_sound(product), 60, "verify to find nothing")
