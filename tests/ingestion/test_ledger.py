"""The ledger against a real PostgreSQL: what is visible, and that a stale writer cannot win."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from ingestion import uploads
from ingestion.database import async_url
from ingestion.indexes import Embedding, ensure_active, start_rebuild
from ingestion.ledger import Applied, DeadLetter, Ledger
from ingestion.ledger_reader import LedgerReader
from ingestion.model import KnowledgeChange, document_id
from retrieval.access import Access
from retrieval.model import Candidate, Document

NOW = datetime(2026, 11, 24, tzinfo=UTC)
INDEX = "freshet_1"
STAFF = Access.of("default", "ada", ["staff"])
FINANCE = Access.of("default", "bob", ["finance"])


def change(version: int, readers: tuple[str, ...] = ("staff",), **other: object) -> KnowledgeChange:
    values = {"tenant": "default", "source": "erp", "key": "product/1", "deleted": False, "source_time": NOW, **other}
    return KnowledgeChange(version=version, readers=readers, title="Pump", text="A pump.", **values)  # type: ignore[arg-type]


def applied(one: KnowledgeChange, text_: str = "A pump.") -> Applied:
    document = Document(
        one.document_id,
        one.tenant,
        one.source,
        one.key,
        "product",
        one.title,
        text_,
        "",
        "en",
        one.readers,
        one.version,
        NOW,
    )
    return Applied(document, 1, f"hash of {text_}", one.generation)


def candidate(one: KnowledgeChange) -> Candidate:
    return Candidate(f"{one.document_id}:{one.version}:0", one.document_id, one.version, 0, "A pump.", 0, 7, "", 0, 0.9)


@pytest.fixture
async def reader(engine: Engine, database_url: str) -> AsyncIterator[LedgerReader]:
    made = create_async_engine(async_url(database_url))
    yield LedgerReader(made, INDEX)
    await made.dispose()


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return Ledger(engine, INDEX)


async def test_a_document_is_visible_once_it_was_advanced_and_not_before(ledger: Ledger, reader: LedgerReader) -> None:
    first = change(1)
    ledger.receive([first])
    assert await reader.keep([candidate(first)], STAFF) == []
    assert ledger.advance([applied(first)]) == {first.document_id}
    [passage] = await reader.keep([candidate(first)], STAFF)
    assert (passage.title, passage.version, passage.key) == ("Pump", 1, "product/1")


async def test_only_readers_see_it_and_only_in_their_tenant(ledger: Ledger, reader: LedgerReader) -> None:
    first = change(1)
    ledger.advance([applied(first)])
    assert await reader.keep([candidate(first)], FINANCE) == []
    assert await reader.keep([candidate(first)], Access.of("other", "ada", ["staff"])) == []


async def test_a_revocation_acts_before_the_new_text_is_there(ledger: Ledger, reader: LedgerReader) -> None:
    first, second = change(1), change(2, readers=("finance",))
    ledger.advance([applied(first)])
    ledger.receive([second])
    assert await reader.keep([candidate(first)], STAFF) == []


async def test_a_grant_never_shows_the_old_text_to_new_readers(ledger: Ledger, reader: LedgerReader) -> None:
    first, second = change(1), change(2, readers=("staff", "finance"))
    ledger.advance([applied(first)])
    ledger.receive([second])
    assert await reader.keep([candidate(first)], FINANCE) == []
    assert len(await reader.keep([candidate(first)], STAFF)) == 1
    ledger.advance([applied(second, "New text.")])
    assert len(await reader.keep([candidate(second)], FINANCE)) == 1
    assert await reader.keep([candidate(first)], FINANCE) == []


async def test_a_delete_hides_at_once_and_a_stale_writer_cannot_bring_it_back(
    ledger: Ledger, reader: LedgerReader
) -> None:
    first, late, gone = change(1), change(2), change(3, deleted=True)
    ledger.advance([applied(first)])
    ledger.receive([gone])
    assert await reader.keep([candidate(first)], STAFF) == []
    assert ledger.advance([applied(late)]) == set()
    assert await reader.keep([candidate(late)], STAFF) == []
    again = change(4)
    ledger.receive([again])
    assert ledger.advance([applied(again)]) == {again.document_id}
    assert len(await reader.keep([candidate(again)], STAFF)) == 1


async def test_an_older_version_never_replaces_a_newer_one(ledger: Ledger, reader: LedgerReader) -> None:
    newer, older = change(5), change(4)
    ledger.advance([applied(newer)])
    assert ledger.advance([applied(older, "Old.")]) == set()
    ledger.receive([change(4, readers=("finance",))])
    assert len(await reader.keep([candidate(newer)], STAFF)) == 1


async def test_a_version_that_only_moved_keeps_its_text_and_chunks(ledger: Ledger, reader: LedgerReader) -> None:
    first = change(1)
    ledger.advance([applied(first)])
    ledger.move([change(7)])
    [passage] = await reader.keep([candidate(first)], STAFF)
    assert passage.version == 7
    found = await reader.text(first.document_id, 7, STAFF)
    assert found is not None
    assert found.text == "A pump."


@pytest.mark.parametrize(("source", "moved"), [(uploads.SOURCE, True), ("erp", False)])
async def test_the_time_of_what_only_moved_is_new_for_files_alone(
    ledger: Ledger, reader: LedgerReader, source: str, moved: bool
) -> None:
    first, later = change(1, source=source), NOW + timedelta(hours=1)
    ledger.advance([applied(first)])
    ledger.move([change(2, source=source, source_time=later)])
    [passage] = await reader.keep([candidate(first)], STAFF)
    assert passage.updated_at == (later if moved else NOW)


async def test_the_text_of_an_old_version_is_given_only_to_who_could_read_that_version(
    ledger: Ledger, reader: LedgerReader
) -> None:
    secret, public = change(1, readers=("finance",)), change(2, readers=("public",))
    ledger.advance([applied(secret, "The secret.")])
    ledger.receive([public])
    ledger.advance([applied(public, "The news.")])
    assert await reader.text(secret.document_id, 1, STAFF) is None
    newest = await reader.text(secret.document_id, None, STAFF)
    assert newest is not None
    assert newest.text == "The news."


async def test_a_rejected_change_keeps_the_old_text_and_leaves_a_dead_letter(
    ledger: Ledger, reader: LedgerReader, engine: Engine
) -> None:
    first, bad = change(1), change(2)
    ledger.advance([applied(first)])
    for _ in range(2):
        ledger.end([bad], "rejected", [DeadLetter(bad, "clean", "no title", b"{}")])
    assert len(await reader.keep([candidate(first)], STAFF)) == 1
    with engine.connect() as connection:
        letters = connection.execute(text("SELECT reason, payload FROM dead_letters")).all()
    assert [(row.reason, bytes(row.payload)) for row in letters] == [("no title", b"{}")]


async def test_a_dropped_change_hides_the_document(ledger: Ledger, reader: LedgerReader) -> None:
    first, unwanted = change(1), change(2)
    ledger.advance([applied(first)])
    ledger.end([unwanted], "dropped")
    assert await reader.keep([candidate(first)], STAFF) == []


async def test_a_wider_change_still_on_its_way_does_not_undo_a_revocation(ledger: Ledger, reader: LedgerReader) -> None:
    first, wider, narrow = change(1), change(2, ("finance", "staff")), change(3, ("finance",))
    ledger.advance([applied(first)])
    ledger.receive([narrow])
    ledger.receive([wider])
    ledger.advance([applied(wider, "Newer text.")])
    assert await reader.keep([candidate(wider)], STAFF) == []


async def test_every_index_that_is_followed_hears_of_a_revocation(engine: Engine, database_url: str) -> None:
    embedding = Embedding("http://127.0.0.1:1/v1", "fake", 3, "", "")
    with engine.begin() as connection:
        names = [ensure_active(connection, embedding).name, start_rebuild(connection, embedding).name]
    for name in names:
        Ledger(engine, name).advance([applied(change(1))])
    Ledger(engine, "").receive([change(2, ("finance",))])
    pool = create_async_engine(async_url(database_url))
    for name in names:
        assert await LedgerReader(pool, name).keep([candidate(change(1))], STAFF) == []
    await pool.dispose()


async def test_an_uploaded_file_is_shown_only_as_its_row_allows(
    engine: Engine, ledger: Ledger, reader: LedgerReader
) -> None:
    key = "plan.md"
    document = document_id("default", uploads.SOURCE, key)
    digest, readers = "0" * 64, ("finance", "staff")
    new = uploads.NewUpload("default", key, key, digest, 1, "text/markdown", "o/1", "", readers, {}, "ann")
    ledger.advance([applied(change(1, readers, source=uploads.SOURCE, key=key))])
    shown = Candidate(f"{document}:1:0", document, 1, 0, "A pump.", 0, 7, "", 0, 0.9)
    with engine.begin() as connection:
        standing = uploads.accept(connection, new).upload
    assert len(await reader.keep([shown], STAFF)) == 1
    with engine.begin() as connection:
        uploads.describe(connection, standing, ["finance"], "")
    assert await reader.keep([shown], STAFF) == []
    assert await reader.text(document, 1, STAFF) is None
    assert len(await reader.keep([shown], FINANCE)) == 1
    with engine.begin() as connection:
        uploads.remove(connection, standing)
    assert await reader.keep([shown], FINANCE) == []


def test_documents_of_an_older_contract_are_found(ledger: Ledger) -> None:
    old, new = change(1, generation=1), change(2, generation=2, key="product/2")
    ledger.advance([applied(old), applied(new)])
    assert ledger.keys_before("default", "erp", 2) == ["product/1"]
