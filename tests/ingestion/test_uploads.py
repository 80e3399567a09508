"""The state machine of uploads: one owner at a time, stale workers change nothing, nothing waits for ever."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, text

from ingestion import uploads
from ingestion.knowledge import OutgoingRecord
from ingestion.uploads import NewUpload, ParsedText, Upload
from retrieval.errors import UnavailableError

PARSED = ParsedText("Title", "text", "en", {"pages": "2"})


def new(sha256: str = "a", **more: Any) -> NewUpload:
    known: dict[str, Any] = {
        "tenant": "acme",
        "key": "a.txt",
        "filename": "a.txt",
        "sha256": sha256,
        "size_bytes": 1,
        "content_type": "text/plain",
        "original": f"acme/{sha256}",
        "title": "",
        "readers": ("staff",),
        "metadata": {},
        "uploaded_by": "ann",
    }
    return NewUpload(**known | more)


def accept(engine: Engine, upload: NewUpload) -> uploads.Accepted:
    with engine.begin() as connection:
        return uploads.accept(connection, upload)


def claim(engine: Engine, document: str, revision: int = 1) -> Upload | None:
    with engine.begin() as connection:
        return uploads.claim(connection, document, revision)


def finish(engine: Engine, held: Upload, published: list[OutgoingRecord]) -> bool:
    with engine.begin() as connection:
        return uploads.finish(connection, held, PARSED, published.append)


def state(engine: Engine, document: str) -> Upload:
    with engine.begin() as connection:
        found = uploads.get(connection, "acme", document)
    assert found
    return found


def let_the_lease_run_out(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE uploads SET lease_until = now() - interval '1 second'"))


def test_a_file_is_parsed_by_one_worker_at_a_time(engine: Engine) -> None:
    document = accept(engine, new()).upload.document_id
    assert claim(engine, document)
    assert claim(engine, document) is None


def test_a_finished_file_is_published_with_its_readers_and_the_moment_of_its_row(engine: Engine) -> None:
    upload = accept(engine, new(metadata={"year": "2024"})).upload
    held = claim(engine, upload.document_id)
    assert held
    published: list[OutgoingRecord] = []
    assert finish(engine, held, published)
    value = published[0].value
    assert value is not None
    assert (value["title"], value["readers"], value["kind"]) == ("Title", ["staff"], "file")
    assert value["metadata"] == {"pages": "2", "filename": "a.txt", "year": "2024"}
    assert value["source_time"] == state(engine, upload.document_id).updated_at.isoformat()


def test_a_worker_whose_lease_was_taken_over_changes_nothing(engine: Engine) -> None:
    document = accept(engine, new()).upload.document_id
    slow = claim(engine, document)
    let_the_lease_run_out(engine)
    quick = claim(engine, document)
    published: list[OutgoingRecord] = []
    assert slow
    assert quick
    with engine.begin() as connection:
        assert not uploads.report(connection, slow, {})
        assert not uploads.fail(connection, slow, "slow")
    assert not finish(engine, slow, published)
    assert finish(engine, quick, published)
    assert len(published) == 1


def test_a_worker_on_an_old_revision_changes_nothing(engine: Engine) -> None:
    document = accept(engine, new("a")).upload.document_id
    old = claim(engine, document)
    assert accept(engine, new("b")).superseded == "acme/a"
    assert old
    assert not finish(engine, old, [])
    assert claim(engine, document, 1) is None
    assert claim(engine, document, 2)


def test_a_publication_that_fails_leaves_the_file_to_be_done_again(engine: Engine) -> None:
    document = accept(engine, new()).upload.document_id
    held = claim(engine, document)
    assert held

    def refuse(_record: OutgoingRecord) -> None:
        raise UnavailableError("Kafka")

    with pytest.raises(UnavailableError), engine.begin() as connection:
        uploads.finish(connection, held, PARSED, refuse)
    assert state(engine, document).state == uploads.PARSING
    assert finish(engine, held, [])


def test_a_failed_file_can_be_uploaded_again_unchanged(engine: Engine) -> None:
    document = accept(engine, new()).upload.document_id
    held = claim(engine, document)
    assert held
    with engine.begin() as connection:
        assert uploads.fail(connection, held, "encrypted")
    again = accept(engine, new())
    assert (again.changed, again.upload.state, again.upload.reason) == (True, uploads.QUEUED, "")


def test_a_dead_workers_file_is_sent_again(engine: Engine) -> None:
    document = accept(engine, new()).upload.document_id
    claim(engine, document)
    sent: list[tuple[str, int]] = []
    assert uploads.requeue_stuck(engine, lambda *one: sent.append(one)) == 0
    let_the_lease_run_out(engine)
    assert uploads.requeue_stuck(engine, lambda *one: sent.append(one)) == 1
    assert sent == [(document, 1)]
    assert claim(engine, document)


def test_a_lost_message_is_sent_again_after_a_while_and_not_every_time(engine: Engine) -> None:
    document = accept(engine, new()).upload.document_id
    with engine.begin() as connection:
        connection.execute(text("UPDATE uploads SET updated_at = now() - interval '2 minutes'"))
    sent: list[tuple[str, int]] = []
    assert [uploads.requeue_stuck(engine, lambda *one: sent.append(one)) for _ in range(2)] == [1, 0]
    assert sent == [(document, 1)]


def test_a_broker_that_is_away_loses_nothing(engine: Engine) -> None:
    document = accept(engine, new()).upload.document_id
    claim(engine, document)
    let_the_lease_run_out(engine)

    def refuse(_document: str, _revision: int) -> None:
        raise UnavailableError("Redis")

    with pytest.raises(UnavailableError):
        uploads.requeue_stuck(engine, refuse)
    assert uploads.requeue_stuck(engine, lambda *_: None) == 1
    assert state(engine, document).state == uploads.QUEUED


def test_a_file_that_kills_workers_is_left_out_with_a_sentence(engine: Engine) -> None:
    document = accept(engine, new()).upload.document_id
    for _ in range(uploads.MAX_ATTEMPTS):
        assert claim(engine, document)
        let_the_lease_run_out(engine)
        uploads.requeue_stuck(engine, lambda *_: None)
    found = state(engine, document)
    assert (found.state, "3 times" in found.reason) == (uploads.FAILED, True)


def test_a_service_that_was_away_does_not_count_as_an_attempt(engine: Engine) -> None:
    document = accept(engine, new()).upload.document_id
    held = claim(engine, document)
    assert held
    with engine.begin() as connection:
        uploads.release(connection, held)
    again = claim(engine, document)
    assert again
    assert again.attempts == 1


class Uploads(RuleBasedStateMachine):
    """Any order of uploads, deletes, deaths and workers: what Kafka saw last is the newest revision, published once."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        with self.engine.begin() as connection:
            connection.execute(text("TRUNCATE uploads"))
        self.held: list[Upload] = []
        self.published: list[tuple[int, str]] = []
        self.bytes = 0
        self.document = ""

    @rule()
    def upload(self) -> None:
        self.bytes += 1
        self.document = accept(self.engine, new(str(self.bytes))).upload.document_id

    @precondition(lambda self: self.document)
    @rule()
    def work(self) -> None:
        for revision in range(1, state(self.engine, self.document).revision + 1):
            held = claim(self.engine, self.document, revision)
            if held:
                self.held.append(held)

    @rule()
    def die(self) -> None:
        let_the_lease_run_out(self.engine)
        uploads.requeue_stuck(self.engine, lambda *_: None)

    @precondition(lambda self: self.held)
    @rule()
    def finish_oldest(self) -> None:
        held = self.held.pop(0)
        if finish(self.engine, held, []):
            self.published.append((held.revision, held.sha256))

    @precondition(lambda self: self.document)
    @rule()
    def delete(self) -> None:
        with self.engine.begin() as connection:
            standing = uploads.get(connection, "acme", self.document, lock=True)
            assert standing
            uploads.remove(connection, standing)

    @invariant()
    def revisions_reach_the_topic_in_order_and_once(self) -> None:
        revisions = [revision for revision, _ in self.published]
        assert revisions == sorted(set(revisions))

    @invariant()
    def what_is_parsed_was_published_last(self) -> None:
        if self.document and state(self.engine, self.document).state == uploads.PARSED:
            found = state(self.engine, self.document)
            assert self.published[-1] == (found.revision, found.sha256)


def test_in_any_order_the_newest_revision_wins(engine: Engine) -> None:
    machine = type("Bound", (Uploads,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
