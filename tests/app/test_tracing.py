"""Traces arrive at a collector that speaks OTLP, say nothing of what was asked, and hold nobody up."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog
from opentelemetry import trace
from sqlalchemy import Engine

from app.settings import Settings
from app.tracing import _Seldom, flush_traces, start_tracing
from ingestion import uploads
from ingestion.parse_queue import ParseQueue
from retrieval.access import Access
from retrieval.errors import UnavailableError
from retrieval.model import Candidate, Passage, Question
from retrieval.search import Searcher
from retrieval.spans import span
from tests.app.conftest import Api, start_api
from tests.app.otlp_collector import Collector, Received, running_collector
from tests.app.test_tasks import wait_for, worker
from tests.ingestion.test_uploads import accept, new, state
from tests.retrieval.fakes import FakeStore, WordEmbedder
from tests.retrieval.test_search import ACCESS, Ledger, stored

WHISPERED = "salary of the director"


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """One for the whole session: a process has one tracer provider, for good."""
    with running_collector() as running:
        assert start_tracing(running.url, "freshet-api") is start_tracing("http://127.0.0.1:1", "other")
        yield running


class Index:
    """The real searcher over a store; asked by whoever calls, it searches as ACCESS."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    async def search(self, question: Question, access: Access) -> list[Passage]:
        return await self._searcher.search(question, ACCESS, Ledger().keep)

    async def as_of(self, tenant: str) -> dict[str, datetime]:
        return {}


@pytest_asyncio.fixture
async def traced(
    collector: Collector, database_url: str, engine: Engine, settings: Settings, tmp_path: Path
) -> AsyncIterator[Api]:
    """The API with its traces going to the collector."""
    told = settings.model_copy(update={"otel_exporter_otlp_endpoint": collector.url})
    async with AsyncExitStack() as stack:
        yield await start_api(database_url, engine, told, tmp_path, "redis://127.0.0.1:1/0", stack)


async def spans_of(api: Api, collector: Collector, method: str, path: str, **more: Any) -> list[Received]:
    """The spans of one request, the request's own last."""
    request_id = uuid.uuid4().hex
    headers = {"X-Request-ID": request_id, **more.pop("headers", {})}
    await api.call(method, path, headers=headers, **more)
    flush_traces(30)
    return collector.of_request(request_id)


async def test_a_request_is_a_span_named_by_its_route(traced: Api, collector: Collector) -> None:
    [one] = await spans_of(traced, collector, "GET", "/v1/documents/" + "a" * 26)
    assert (one.service, one.name, one.kind) == ("freshet-api", "GET /v1/documents/{document_id}", "SERVER")
    assert one.attributes["http.route"] == "/v1/documents/{document_id}"
    assert one.attributes["http.response.status_code"] == 404
    assert one.parent_id == ""
    assert collector.paths == {"/v1/traces"}


async def test_the_trace_of_the_caller_goes_on(traced: Api, collector: Collector) -> None:
    trace_id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    headers = {"traceparent": f"00-{trace_id}-{parent}-01"}
    [one] = await spans_of(traced, collector, "GET", "/v1/documents", headers=headers)
    assert (one.trace_id, one.parent_id) == (trace_id, parent)


async def test_the_stages_of_a_search_are_spans_below_its_request(traced: Api, collector: Collector) -> None:
    traced.app.state.search_index = Index(Searcher(WordEmbedder(), stored("boiler", "valve")))
    *stages, request = await spans_of(traced, collector, "POST", "/v1/search", json={"query": "boiler"})
    assert sorted(one.name for one in stages) == ["dense", "embed", "keep", "lexical"]
    assert {one.parent_id for one in stages} == {request.span_id}
    facts = {one.name: one.attributes for one in stages}
    assert facts["dense"] == {"freshet.pool": 100, "freshet.found": 2}
    assert facts["lexical"] == {"freshet.pool": 100, "freshet.found": 1}
    assert facts["keep"] == {"freshet.candidates": 2, "freshet.kept": 2}


class _TalkingStore(FakeStore):
    async def lexical(self, text: str, access: Access, sources: Sequence[str], limit: int) -> list[Candidate]:
        raise UnavailableError("Milvus", f"does not know {text}")


async def test_no_span_holds_what_was_asked(traced: Api, collector: Collector) -> None:
    traced.app.state.search_index = Index(Searcher(WordEmbedder(), _TalkingStore()))
    history = [{"role": "user", "text": f"the {WHISPERED}"}]
    asked = {"query": WHISPERED, "history": history}
    *stages, request = await spans_of(traced, collector, "POST", "/v1/search", json=asked)
    assert (request.attributes["http.response.status_code"], request.status) == (503, 2)
    failed = [one for one in stages if one.status == 2]
    assert {(one.name, one.attributes["error.type"]) for one in failed} == {("lexical", "UnavailableError")}
    [listing] = await spans_of(traced, collector, "GET", "/v1/documents", params={"query": WHISPERED})
    assert listing.attributes["url.query"] == "REDACTED"
    assert not [body for body in collector.bodies if b"salary" in body or b"director" in body]


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
async def test_what_is_asked_every_second_leaves_no_trace(traced: Api, collector: Collector, path: str) -> None:
    assert await spans_of(traced, collector, "GET", path) == []


def test_the_worker_parses_a_file_in_the_trace_of_its_upload(
    collector: Collector, database_url: str, engine: Engine, valkey_url: str, tmp_path: Path
) -> None:
    (tmp_path / "originals" / "acme").mkdir(parents=True)
    (tmp_path / "originals" / "acme" / "a").write_bytes(b"content")
    (tmp_path / "go").touch()
    upload = accept(engine, new("a")).upload
    request_id = uuid.uuid4().hex
    with structlog.contextvars.bound_contextvars(request_id=request_id), span("upload") as uploading:
        ParseQueue(valkey_url).send(upload.document_id, 1)
    with worker(database_url, valkey_url, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as process:
        wait_for(lambda: state(engine, upload.document_id).state == uploads.PARSED)
        process.terminate()
        process.wait()
    [parsing] = [one for one in collector.of_request(request_id) if one.service == "freshet-worker"]
    context = uploading.get_span_context()
    assert (parsing.service, parsing.name, parsing.kind) == ("freshet-worker", "parse", "CONSUMER")
    assert (parsing.trace_id, parsing.parent_id) == (f"{context.trace_id:032x}", f"{context.span_id:016x}")
    assert parsing.attributes == {
        "freshet.document_id": upload.document_id,
        "freshet.revision": 1,
        "freshet.request_id": request_id,
        "freshet.state": "parsed",
    }


def process(endpoint: str, folder: Path, requests: int = 50) -> tuple[dict[str, Any], str]:
    """What an API of its own process measured, and its log."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "20", "FRESHET_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.app.traced_process", str(requests)],
        env={**env, **told},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured, done.stderr


def test_without_an_endpoint_the_sdk_is_not_even_loaded(tmp_path: Path) -> None:
    measured, _ = process("", tmp_path)
    assert (measured["sdk"], measured["statuses"]) == ([], [200])


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "collector:4318"])
def test_a_collector_that_is_away_costs_no_request_and_one_line(tmp_path: Path, endpoint: str) -> None:
    measured, logged = process(endpoint, tmp_path)
    assert measured["statuses"] == [200]
    assert measured["slowest"] < 3
    assert measured["end"] < 6
    complaints = [line for line in logged.splitlines() if "span" in line and "export" in line]
    assert len(complaints) == 1


def test_a_collector_that_never_answers_holds_nobody_up(tmp_path: Path) -> None:
    with running_collector(hangs=threading.Event()) as hanging:
        measured, _ = process(hanging.url, tmp_path, requests=1000)
    assert measured["statuses"] == [200]
    assert measured["slowest"] < 3
    assert measured["end"] < 6
    assert hanging.spans


def test_the_last_spans_leave_before_the_process_ends(tmp_path: Path) -> None:
    with running_collector() as running:
        process(running.url, tmp_path, requests=3)
    assert [one.name for one in running.spans] == ["GET /version"] * 3


def test_a_flush_without_a_provider_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "get_tracer_provider", trace.ProxyTracerProvider)
    began = time.monotonic()
    flush_traces()
    assert time.monotonic() - began < 1


def test_a_lasting_trouble_is_said_once_a_minute() -> None:
    seldom = _Seldom()
    said = []
    for second in range(150):
        record = logging.LogRecord("exporter", logging.WARNING, "", 0, "away", None, None)
        record.created = 1000.0 + second
        said.append(seldom.filter(record))
    assert [second for second, one in enumerate(said) if one] == [0, 60, 120]
