"""Health, readiness, version, metrics and the documentation, all without a token."""

from __future__ import annotations

import asyncio

import pytest

from app import health
from app.health import not_ready
from retrieval.errors import UnavailableError
from tests.app.conftest import Api


async def test_a_living_service_says_so(api: Api) -> None:
    assert (await api.client.get("/healthz")).json() == {"status": "ok"}


async def test_what_is_not_ready_is_named_with_its_reason(api: Api) -> None:
    async def fine() -> None:
        return

    async def away() -> None:
        raise UnavailableError("Milvus", "Milvus does not answer")

    async def broken() -> None:
        raise ValueError("redis://:secret@host")

    assert await not_ready({"postgres": fine, "milvus": away, "redis": broken}) == {
        "milvus": "Milvus does not answer",
        "redis": "does not answer (ValueError)",
    }
    api.app.state.checks = {"postgres": fine, "milvus": away}
    response = await api.client.get("/readyz")
    assert (response.status_code, list(response.json()["not_ready"])) == (503, ["milvus"])
    api.app.state.checks = {"postgres": fine}
    assert (await api.client.get("/readyz")).json() == {"status": "ready", "not_ready": {}}


async def test_a_service_that_hangs_does_not_hold_up_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(health, "CHECK_SECONDS", 0.01)
    assert "no answer" in (await not_ready({"kafka": hangs}))["kafka"]


async def test_the_version_is_told(api: Api) -> None:
    assert (await api.client.get("/version")).json()["name"] == "freshet"


async def test_requests_are_counted_by_route_and_not_by_address(api: Api) -> None:
    await api.call("GET", "/v1/documents/" + "a" * 26)
    metrics = (await api.client.get("/metrics")).text
    line = 'freshet_http_requests_total{method="GET",route="/v1/documents/{document_id}",status="404"} 1.0'
    assert line in metrics


async def test_the_documentation_lists_every_route_with_its_body(api: Api) -> None:
    paths = (await api.client.get("/openapi.json")).json()["paths"]
    assert "multipart/form-data" in paths["/v1/documents"]["post"]["requestBody"]["content"]
    assert "application/yaml" in paths["/v1/sources/{name}"]["put"]["requestBody"]["content"]
    assert (await api.client.get("/docs")).status_code == 200
