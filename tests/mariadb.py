"""A real MariaDB with a binary log, for tests of sources over MySQL and MariaDB."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql

from ingestion.sources.connection import DatabaseAddress

_PLACES = "/usr/local/sbin:/usr/sbin:/sbin"
# A server as companies run it: with a legacy character set and a time zone of its own.
_OPTIONS = (
    *("--no-defaults", "--user=root", "--server-id=1", "--log-bin=bin", "--binlog-format=ROW"),
    *("--innodb-buffer-pool-size=16M", "--bind-address=127.0.0.1"),
    *("--character-set-server=latin1", "--default-time-zone=+02:00"),
)


def program(name: str) -> str | None:
    """Where a program of the server lies; None where it is not installed. Debian keeps the server off a user's path."""
    return shutil.which(name) or shutil.which(name, path=_PLACES)


@contextmanager
def mariadb_server() -> Iterator[DatabaseAddress]:
    """A server on a free port with an empty database `shop`, as its root (who has no password)."""
    server, install = program("mariadbd"), program("mariadb-install-db")
    assert server, "mariadbd is not installed"
    assert install, "mariadb-install-db is not installed"
    folder = Path(tempfile.mkdtemp(prefix="freshet-mariadb-"))
    data, port = folder / "data", _free_port()
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        capture_output=True,
    )
    root = DatabaseAddress("mariadb", "127.0.0.1", port, "root", "", "shop")
    with (folder / "log").open("wb") as log:
        place = [f"--datadir={data}", f"--port={port}", f"--socket={folder / 's'}"]
        process = subprocess.Popen([server, *_OPTIONS, *place], stdout=log, stderr=log)
    try:
        _wait_for(root, process, folder / "log")
        execute(root, "CREATE DATABASE shop CHARACTER SET utf8mb4", "DROP USER IF EXISTS ''@'localhost'", database="")
        yield root
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def execute(address: DatabaseAddress, *statements: str, database: str | None = None) -> None:
    """Run statements, each in a transaction of its own, in the address's database or another."""
    with (
        pymysql.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            database=address.database if database is None else database,
            charset="utf8mb4",
            autocommit=True,
        ) as connection,
        connection.cursor() as cursor,
    ):
        for statement in statements:
            cursor.execute(statement)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: DatabaseAddress, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            execute(address, "SELECT 1", database="")
        except pymysql.err.OperationalError:
            assert process.poll() is None, f"MariaDB ended: {log.read_text(errors='replace')[-2000:]}"
            assert time.monotonic() < end, "MariaDB does not answer"
            time.sleep(0.1)
        else:
            return
