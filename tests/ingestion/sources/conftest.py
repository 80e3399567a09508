"""The source database of these tests: a PostgreSQL over TCP from the wheel."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from app.local.parts.postgres import prepare, programs, system_user
from ingestion.sources.connection import DatabaseAddress

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(ready: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            ready()
        except psycopg.OperationalError:
            assert process.poll() is None, "the database ended"
            assert time.monotonic() < end, "the database does not answer"
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="session")
def postgres() -> Iterator[DatabaseAddress]:
    """An empty database `erp` on a server with wal_level=logical, as its superuser."""
    folder = Path(tempfile.mkdtemp(prefix="freshet-source-"))
    folder.chmod(0o755)
    address = DatabaseAddress("postgresql", "127.0.0.1", free_port(), "owner", "p@ss:w/rd", "erp")
    url = f"postgresql://owner:p%40ss%3Aw%2Frd@127.0.0.1:{address.port}/erp"
    prepare(folder / "data", url, system_user())
    settings = ("wal_level=logical", "listen_addresses=127.0.0.1", f"port={address.port}", "unix_socket_directories=")
    flags = [word for setting in settings for word in ("-c", setting)]
    process = subprocess.Popen(
        [str(programs() / "postgres"), "-D", str(folder / "data"), *flags],
        user=system_user(),
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(lambda: connect(address).close(), process)
        yield address
    finally:
        process.terminate()
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def connect(address: DatabaseAddress) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        dbname=address.database,
        autocommit=True,
    )


@pytest.fixture
def erp(postgres: DatabaseAddress) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection to the source database, its schema `public` empty before the test."""
    with connect(postgres) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        yield connection
