"""A whole Freshet on its own home and ports, as a person starts it: for end-to-end tests and benchmarks."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

ROOT = Path(__file__).resolve().parents[1]
_READY = b"Freshet is ready"
"""What `freshet run` prints once everything answers and its sample is indexed."""
_PORTS = (
    "PORT",
    "POSTGRES_PORT",
    "VALKEY_PORT",
    "KAFKA_PORT",
    "CONNECT_PORT",
    "FLINK_PORT",
    "FLINK_RPC_PORT",
    "MILVUS_PORT",
    "EMBEDDINGS_PORT",
)


def free_block(first: int) -> int:
    """The first port at or after `first` where a whole product finds room: others may be tested on this machine."""
    while not all(_is_free(port) for port in range(first, first + 2 * len(_PORTS))):
        first += 100
    return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first true value of `condition`, asked every 20 ms; AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.02)


@dataclass
class Product:
    """`freshet run` in a process of its own; `start` returns once it is ready, its sample indexed."""

    home: Path
    first_port: int
    sample: bool = False
    process: subprocess.Popen[bytes] | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What this Freshet's processes are started with."""
        ports = {name: str(self.first_port + 2 * number) for number, name in enumerate(_PORTS)}
        unlimited = {"RATE_LIMIT_PER_MINUTE": "0"}  # one caller of a test asks as much as hundreds of people
        return {**os.environ, **ports, **unlimited, "FRESHET_HOME": str(self.home), **self.extra}

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"http://127.0.0.1:{self.first_port}"

    @property
    def database_url(self) -> str:
        """The product's own database, as its owner."""
        password = json.loads((self.home / "secrets.json").read_text())["postgres_password"]
        return f"postgresql://freshet:{password}@127.0.0.1:{self.first_port + 2}/freshet"

    def command(self, *arguments: str, check: bool = True, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run `freshet …` against this product."""
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=check,
            timeout=timeout,
        )

    def start(self, seconds: float = 300) -> float:
        """Start it and wait until it is ready; the seconds that took."""
        began = time.monotonic()
        self.home.mkdir(parents=True, exist_ok=True)
        out = self.home / "runner.out"
        log = out.open("ab")
        before = out.stat().st_size
        arguments = [sys.executable, "-m", "app.cli", "run", *([] if self.sample else ["--no-sample"])]
        self.process = subprocess.Popen(
            arguments, env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )
        wait_until(lambda: self.ready() and _READY in out.read_bytes()[before:], seconds, f"readiness; see {out}")
        return time.monotonic() - began

    def ready(self) -> bool:
        """Whether every part answers; AssertionError when the runner has ended."""
        assert self.process is not None
        assert self.process.poll() is None, (self.home / "runner.out").read_text()[-3000:]
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        """Ctrl-C, and wait for the end."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(90)

    def pids(self) -> dict[str, int]:
        """Process ids of the running parts."""
        status = json.loads(self.command("status", "--json", check=False).stdout)
        return {part["name"]: part["pid"] for part in status["parts"] if part.get("pid")}

    def token(self, user: str, groups: Sequence[str] = (), roles: Sequence[str] = (), tenant: str = "default") -> str:
        """A bearer token, minted as `freshet token` does."""
        options = ["--user", user, "--tenant", tenant]
        for group in groups:
            options += ["--group", group]
        for role in roles:
            options += ["--role", role]
        return self.command("token", *options).stdout.strip()

    def client(
        self,
        user: str = "admin",
        groups: Sequence[str] = (),
        roles: Sequence[str] = ("admin",),
        tenant: str = "default",
    ) -> httpx.Client:
        """An HTTP client that speaks as this caller."""
        token = self.token(user, groups, roles, tenant)
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)

    def database(self, name: str) -> psycopg.Connection[Any]:
        """A connection to a database of the embedded PostgreSQL, made when it is missing; autocommit."""
        with psycopg.connect(self.database_url, autocommit=True) as owner:
            if not owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                owner.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        return psycopg.connect(self.database_url.rsplit("/", 1)[0] + f"/{name}", autocommit=True)

    def verify(self, source: str = "") -> dict[str, dict[str, int]]:
        """`freshet verify --json`: source → report."""
        asked = ["--source", source] if source else []
        done = self.command("verify", "--json", *asked, check=False)
        assert done.stdout, done.stderr
        return {report["source"]: report for report in json.loads(done.stdout)["sources"]}
