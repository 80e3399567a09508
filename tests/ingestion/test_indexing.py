"""The write path over a real ledger: what a batch of records does to store, ledger and dead letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, text

from ingestion.indexing import Indexer
from ingestion.knowledge import StoredRecord
from ingestion.ledger import Ledger
from ingestion.model import REBUILT, document_id, topic_key, version_of
from ingestion.pack_shelf import PackShelf
from ingestion.sweeping import sweep
from retrieval.errors import RejectedError, UnavailableError
from tests.ingestion.fakes import FakeEmbedder, FakeWriter, Listener

INDEX = "freshet_1"
PUMP = document_id("default", "erp", "product/1")


class WritePath:
    """An indexer with everything it writes to at hand."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.writer = FakeWriter()
        self.embedder = FakeEmbedder()
        self.listener = Listener()
        shelf = PackShelf(engine)
        self.indexer = Indexer(Ledger(engine, INDEX), self.writer, self.embedder, shelf.pack, self.listener)
        self.offset = 0

    def record(self, value: Mapping[str, Any] | bytes | None, key: str = "product/1") -> StoredRecord:
        self.offset += 1
        body = orjson.dumps(value) if isinstance(value, Mapping) else value
        return StoredRecord(topic_key("default", "erp", key).encode(), body, 0, self.offset, 1_795_000_000_000)

    def put(self, *records: StoredRecord) -> None:
        self.indexer.index(records, 1)

    def sweep(self) -> None:
        sweep(Ledger(self.engine, INDEX), self.writer)

    def forget_deleted(self) -> None:
        Ledger(self.engine, INDEX).forget_deleted(0.0)

    def row(self, identifier: str = PUMP) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(text("SELECT * FROM ledger WHERE document_id = :id"), {"id": identifier}).one()

    def letters(self) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text("SELECT key, stage, reason, payload FROM dead_letters ORDER BY id")))


@pytest.fixture
def path(engine: Engine) -> WritePath:
    return WritePath(engine)


def pump(words: str = "A quiet pump.", **other: Any) -> dict[str, Any]:
    return {"kind": "product", "title": "Pump", "text": words, "readers": ["public"], "language": "en", **other}


def test_a_new_document_is_stored_shown_and_announced(path: WritePath) -> None:
    path.put(path.record(pump()))
    row = path.row()
    assert (row.state, row.index_version, row.version) == ("shown", version_of(1, 1), version_of(1, 1))
    assert list(path.writer.stored[PUMP]) == [version_of(1, 1)]
    assert [(one.document_id, one.state) for one in path.listener.heard] == [(PUMP, "shown")]


def test_the_same_again_is_not_embedded_again_only_its_version_moves(path: WritePath) -> None:
    path.put(path.record(pump()))
    asked = len(path.embedder.asked)
    path.put(path.record(pump(generation=2, source_time="2026-11-24T10:00:00Z")))
    assert len(path.embedder.asked) == asked
    row = path.row()
    assert (row.version, row.index_version, row.generation) == (version_of(1, 2), version_of(1, 1), 2)


def test_changed_readers_move_without_an_embedding(path: WritePath) -> None:
    path.put(path.record(pump()))
    asked = len(path.embedder.asked)
    path.put(path.record(pump(readers=["finance"])))
    assert len(path.embedder.asked) == asked
    row = path.row()
    assert (row.shown_readers, row.index_version) == (["finance"], version_of(1, 2))
    path.sweep()
    assert list(path.writer.stored[PUMP]) == [version_of(1, 2)]


def test_only_the_passages_that_changed_are_embedded(path: WritePath) -> None:
    sections = [f"## Part {number}\n\n" + f"Sentence about part {number}. " * 60 for number in range(4)]
    path.put(path.record(pump("\n\n".join(sections))))
    asked = len(path.embedder.asked)
    sections[2] = sections[2].replace("Sentence", "News")
    path.put(path.record(pump("\n\n".join(sections))))
    assert 0 < len(path.embedder.asked) - asked < asked


def test_a_wish_for_new_vectors_is_granted_also_when_the_next_change_overtakes_it(path: WritePath) -> None:
    path.put(path.record(pump()))
    asked = len(path.embedder.asked)
    path.put(path.record(pump(metadata={REBUILT: "a1"})), path.record(pump()))
    assert len(path.embedder.asked) == asked + 1
    assert path.row().metadata == {}


def test_several_changes_in_one_batch_embed_the_newest_only(path: WritePath) -> None:
    path.put(*[path.record(pump(f"Text number {number}.")) for number in range(5)])
    assert len(path.embedder.asked) == 1
    assert "number 4" in path.embedder.asked[0]


def test_a_tombstone_removes_text_and_chunks(path: WritePath) -> None:
    path.put(path.record(pump()))
    path.put(path.record(None))
    assert path.row().state == "deleted"
    path.sweep()
    assert path.writer.stored[PUMP] == {}
    texts = text("SELECT count(*) FROM document_texts")
    with path.engine.connect() as connection:
        assert connection.execute(texts).scalar_one() == 1, "it may be a join that takes a row back for a moment"
    path.forget_deleted()
    with path.engine.connect() as connection:
        assert connection.execute(texts).scalar_one() == 0


def test_texts_of_a_document_that_is_there_again_are_kept(path: WritePath) -> None:
    path.put(path.record(pump("First.")))
    path.put(path.record(None))
    path.put(path.record(pump("Second.")))
    path.forget_deleted()
    with path.engine.connect() as connection:
        found = connection.execute(text("SELECT text FROM document_texts ORDER BY version")).scalars().all()
    assert [words for words in found if "First" in words]
    assert [words for words in found if "Second" in words]


def test_a_batch_given_twice_changes_nothing(path: WritePath) -> None:
    batch = [path.record(pump()), path.record(pump("Another."), key="product/2"), path.record(None, key="product/3")]
    path.put(*batch)
    before = (path.row().version, len(path.embedder.asked), len(path.listener.heard))
    path.put(*batch)
    assert (path.row().version, len(path.embedder.asked), len(path.listener.heard)) == before


def test_an_old_record_after_a_restart_does_not_win(path: WritePath) -> None:
    old, new = path.record(pump("Old text.")), path.record(pump("New text."))
    path.put(new)
    path.put(old)
    assert path.row().version == version_of(1, 2)
    assert list(path.writer.stored[PUMP]) == [version_of(1, 2)]


@pytest.mark.parametrize(
    ("value", "stage", "reason"),
    [
        (b"not json", "read", "JSON"),
        (b"[1]", "read", "not a JSON object"),
        (orjson.dumps({"title": 7, "readers": ["public"]}), "read", "title is int"),
        (orjson.dumps({"title": "Pump", "text": "x", "readers": 'x"y'}), "read", "readers"),
        (orjson.dumps({"title": "Pump", "text": "x"}), "clean", "no readers"),
        (orjson.dumps({"readers": ["public"]}), "clean", "neither a title nor a text"),
        (orjson.dumps({"title": "Pump", "text": "x", "readers": ["public"], "pack": "absent"}), "clean", "absent"),
    ],
)
def test_a_poison_record_becomes_a_dead_letter_and_stops_nothing(
    path: WritePath, value: bytes, stage: str, reason: str
) -> None:
    path.put(path.record(pump()))
    path.put(path.record(value), path.record(pump("Fine."), key="product/2"))
    [letter] = path.letters()
    assert (letter.key, letter.stage) == ("product/1", stage)
    assert reason in letter.reason
    assert bytes(letter.payload) == value
    assert path.row().index_version == version_of(1, 1)
    assert path.row(document_id("default", "erp", "product/2")).state == "shown"


@pytest.mark.parametrize(
    ("error", "reason"),
    [(RejectedError("the embedding server: too long"), "too long"), (ValueError("odd"), "ValueError: odd")],
)
def test_a_record_put_aside_keeps_its_reason_and_its_revocation(path: WritePath, error: Exception, reason: str) -> None:
    path.put(path.record(pump()))
    bad = path.record(pump("Bad.", readers=["finance"]))
    path.indexer.quarantine(bad, 1, error)
    [letter] = path.letters()
    assert (letter.stage, bytes(letter.payload)) == ("index", bad.value)
    assert reason in letter.reason
    row = path.row()
    assert (row.state, row.seen_readers, row.index_version) == ("rejected", ["finance"], version_of(1, 1))


def test_a_first_record_put_aside_is_known_as_rejected(path: WritePath) -> None:
    path.indexer.quarantine(path.record(pump()), 1, RejectedError("no"))
    assert (path.row().state, path.row().index_version) == ("rejected", 0)


def test_an_unreadable_key_becomes_a_dead_letter(path: WritePath) -> None:
    path.put(StoredRecord(None, b"{}", 0, 99, 1_795_000_000_000))
    [letter] = path.letters()
    assert "not tenant/source/key" in letter.reason


def test_a_store_that_is_down_fails_the_batch_and_the_next_try_completes_it(path: WritePath) -> None:
    record = path.record(pump())
    path.writer.down = True
    with pytest.raises(UnavailableError, match="Milvus"):
        path.put(record)
    assert path.row().index_version == 0
    path.writer.down = False
    path.put(record)
    assert path.row().state == "shown"
