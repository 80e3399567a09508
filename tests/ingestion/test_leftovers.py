"""What a crash leaves in the object store is found and removed; nothing that an upload names is."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ingestion import uploads
from ingestion.leftovers import remove_leftovers
from ingestion.model import document_id
from ingestion.originals import Originals
from ingestion.uploads import NewUpload, ParsedText


def tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1, minutes=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "originals"


@pytest.fixture
def originals(folder: Path) -> Originals:
    return Originals(f"file://{folder}")


async def stored(originals: Originals, key: str) -> NewUpload:
    """A file whose row is not committed yet."""
    document = document_id("default", uploads.SOURCE, key)
    path = Originals.new_path("default", document)
    await originals.store(path, io.BytesIO(b"text"))
    originals.keep_parsed(path, ParsedText("t", "text", "en", {}))
    return NewUpload("default", key, key, "0" * 64, 4, "", path, "", ("public",), {}, "ann")


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


async def test_only_old_files_that_no_upload_names_are_removed(
    engine: Engine, originals: Originals, folder: Path
) -> None:
    kept, lost = await stored(originals, "kept.md"), await stored(originals, "lost.md")
    with engine.begin() as connection:
        uploads.accept(connection, kept)
    assert await asyncio.to_thread(remove_leftovers, engine, originals) == 0
    assert await asyncio.to_thread(remove_leftovers, engine, originals, tomorrow()) == 1
    assert files(folder) == {kept.original, f"{kept.original}.parsed.json"}
    assert lost.original not in files(folder)


async def test_the_original_of_a_deleted_upload_goes_too(engine: Engine, originals: Originals, folder: Path) -> None:
    new = await stored(originals, "gone.md")
    with engine.begin() as connection:
        uploads.remove(connection, uploads.accept(connection, new).upload)
    assert await asyncio.to_thread(remove_leftovers, engine, originals, tomorrow()) == 1
    assert files(folder) == set()
