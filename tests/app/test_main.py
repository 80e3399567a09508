"""The composition root: it starts without any service, says what is missing, and follows a new index."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import Engine, text

from app.callers import make_caller, mint_token
from app.main import create_app
from app.settings import Settings
from ingestion.indexes import Embedding, ensure_active, promote, start_rebuild
from tests.app.conftest import SECRET, Api


@pytest_asyncio.fixture
async def alone(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The real wiring, with nobody at any address."""
    settings = Settings(
        secret_key=SecretStr(SECRET),
        database_url=SecretStr("postgresql://u:p@127.0.0.1:1/d"),
        redis_url=SecretStr("redis://127.0.0.1:1/0"),
        milvus_uri="http://127.0.0.1:1",
        kafka_bootstrap_servers="127.0.0.1:1",
        embeddings_base_url="http://127.0.0.1:1/v1",
        storage_url=f"file://{tmp_path}/originals",
    )
    app = create_app(settings)
    token = mint_token(SECRET, make_caller("default", "ann", [], ["admin"]))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://freshet.test",
            headers={"Authorization": f"Bearer {token}"},
        ) as client,
    ):
        yield client


async def test_it_starts_without_any_service_and_names_all_that_are_missing(alone: httpx.AsyncClient) -> None:
    assert (await alone.get("/healthz")).status_code == 200
    response = await alone.get("/readyz")
    assert response.status_code == 503
    assert set(response.json()["not_ready"]) == {"postgres", "redis", "kafka", "milvus", "embeddings"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/search", {"query": "x"}),
        ("GET", "/v1/documents", None),
        ("PUT", "/v1/records/wiki/a", {"title": "x", "readers": ["public"]}),
        ("GET", "/v1/sources", None),
    ],
)
async def test_a_request_that_needs_a_missing_service_names_it(
    alone: httpx.AsyncClient, method: str, path: str, body: object
) -> None:
    response = await alone.request(method, path, json=body)
    assert (response.status_code, response.json()["service"]) == (503, "PostgreSQL")
    assert response.headers["retry-after"]


async def test_a_new_index_serves_without_a_restart(api: Api, engine: Engine) -> None:
    index = api.app.state.services.index
    assert await index.name() == "freshet_1"
    with engine.begin() as connection:
        promote(connection, start_rebuild(connection, Embedding("http://127.0.0.1:1/v1", "other", 3, "", "")).name)
    index._checked = float("-inf")
    assert await index.name() == "freshet_2"


async def test_an_index_that_was_taken_away_is_not_searched_any_more(api: Api, engine: Engine) -> None:
    index = api.app.state.services.index
    assert await index.name() == "freshet_1"
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM indexes"))
    index._checked = float("-inf")
    assert (await api.call("POST", "/v1/search", json={"query": "x"})).status_code == 503
    with engine.begin() as connection:
        ensure_active(connection, Embedding("http://127.0.0.1:1/v1", "fake", 3, "", ""))
    index._checked = float("-inf")
    assert (await api.call("POST", "/v1/search", json={"query": "x"})).status_code == 200
