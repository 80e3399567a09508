"""The worker: parses once, says why it could not, and leaves no trace when it was overtaken."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import Engine

from ingestion import uploads
from ingestion.knowledge import OutgoingRecord
from ingestion.originals import Originals
from ingestion.upload_worker import Progress, UploadWorker
from ingestion.uploads import ParsedText, Upload
from retrieval.errors import RejectedError, UnavailableError
from tests.ingestion.test_uploads import accept, new, state

NOBODY = "redis://127.0.0.1:1/0"


@dataclass
class Bench:
    """A worker whose parser and Kafka do what a test says."""

    engine: Engine
    originals: Originals
    published: list[OutgoingRecord] = field(default_factory=list)
    parsed: list[tuple[bytes, str]] = field(default_factory=list)
    fault: Exception | None = None
    kafka: Exception | None = None
    progress: list[Mapping[str, Any]] = field(default_factory=list)

    def worker(self) -> UploadWorker:
        return UploadWorker(self.engine, self.originals, self.publish, Redis.from_url(NOBODY), self.parse)

    def publish(self, record: OutgoingRecord) -> None:
        if self.kafka:
            raise self.kafka
        self.published.append(record)

    def parse(self, path: Path, filename: str, on_progress: Progress) -> ParsedText:
        self.parsed.append((path.read_bytes(), filename))
        for progress in self.progress:
            on_progress(progress)
        if self.fault:
            raise self.fault
        return ParsedText("T", "text", "en", {})


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> Bench:
    return Bench(engine, Originals(f"file://{tmp_path}/originals"))


async def stored(bench: Bench, sha256: str = "a") -> Upload:
    await bench.originals.store(f"acme/{sha256}", io.BytesIO(b"content " + sha256.encode()))
    return accept(bench.engine, new(sha256)).upload


async def test_a_file_is_parsed_published_and_kept(bench: Bench) -> None:
    upload = await stored(bench)
    assert bench.worker().run(upload.document_id, 1) == uploads.PARSED
    assert bench.parsed == [(b"content a", "a.txt")]
    assert [record.key for record in bench.published] == ["a.txt"]
    assert bench.originals.parsed("acme/a") == ParsedText("T", "text", "en", {})


async def test_a_message_that_comes_twice_does_nothing_the_second_time(bench: Bench) -> None:
    upload = await stored(bench)
    worker = bench.worker()
    worker.run(upload.document_id, 1)
    assert worker.run(upload.document_id, 1) == ""
    assert (len(bench.parsed), len(bench.published)) == (1, 1)


async def test_a_file_that_cannot_be_read_fails_with_its_sentence(bench: Bench) -> None:
    upload = await stored(bench)
    bench.fault = RejectedError("the PDF is encrypted")
    assert bench.worker().run(upload.document_id, 1) == uploads.FAILED
    found = state(bench.engine, upload.document_id)
    assert (found.state, found.reason, bench.published) == (uploads.FAILED, "the PDF is encrypted", [])


async def test_when_kafka_is_away_the_file_waits_and_is_not_parsed_again(bench: Bench) -> None:
    upload = await stored(bench)
    bench.kafka = UnavailableError("Kafka")
    with pytest.raises(UnavailableError):
        bench.worker().run(upload.document_id, 1)
    assert state(bench.engine, upload.document_id).state == uploads.QUEUED
    bench.kafka = None
    assert bench.worker().run(upload.document_id, 1) == uploads.PARSED
    assert len(bench.parsed) == 1


async def test_progress_is_readable_while_it_runs(bench: Bench) -> None:
    upload = await stored(bench)
    bench.progress = [{"stage": "pages", "page": 3, "pages": 9}]
    bench.fault = RejectedError("stop here")
    bench.worker().run(upload.document_id, 1)
    assert state(bench.engine, upload.document_id).progress == {"stage": "pages", "page": 3, "pages": 9}


async def test_a_file_replaced_while_it_is_parsed_is_given_up_without_a_trace(bench: Bench) -> None:
    upload = await stored(bench)

    class Replaced(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise KeyError(name)

        def __iter__(self) -> Any:
            accept(bench.engine, new("b"))
            return iter(())

        def __len__(self) -> int:
            return 0

    bench.progress = [Replaced()]
    assert bench.worker().run(upload.document_id, 1) == ""
    found = state(bench.engine, upload.document_id)
    assert (found.state, found.revision, bench.published) == (uploads.QUEUED, 2, [])


async def test_an_original_that_is_gone_is_said_to_be_gone(bench: Bench) -> None:
    upload = accept(bench.engine, new("missing")).upload
    assert bench.worker().run(upload.document_id, 1) == uploads.FAILED
    assert "no longer there" in state(bench.engine, upload.document_id).reason
