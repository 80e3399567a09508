"""`kill -9` of every part in turn while changes flow: nothing acknowledged is lost, no hand is needed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial

import httpx
import psutil
import psycopg
import pytest

from tests.product import Product, wait_until

pytestmark = pytest.mark.timeout(1800)
CHANGES = 2000
ROWS = 100
CONTRACT = """
source: kills
connection: {connection}
tables: [public.notes]
documents:
  - kind: note
    sql: SELECT id, body FROM notes
    key: [id]
    title: "Note {{id}}"
    text: "{{body}}"
    language: en
    readers: [public]
"""


class Writer(threading.Thread):
    """Changes rows one after another until told to stop; a database that is down is tried again."""

    def __init__(self, product: Product) -> None:
        super().__init__()
        self.product = product
        self.done = 0
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.is_set() and self.done < CHANGES:
            try:
                with self.product.database("kills") as connection:
                    self._write(connection)
            except psycopg.Error:
                self.stop.wait(0.5)

    def _write(self, connection: psycopg.Connection) -> None:
        while not self.stop.is_set() and self.done < CHANGES:
            row = self.done % ROWS
            connection.execute("UPDATE notes SET body = %s WHERE id = %s", [f"State {self.done} of note {row}.", row])
            self.done += 1
            self.stop.wait(0.04)


@pytest.fixture(scope="module")
def notes(product: Product) -> Iterator[None]:
    """A source database with rows, followed by a contract."""
    with product.database("kills") as connection:
        connection.execute("CREATE TABLE notes (id int PRIMARY KEY, body text NOT NULL)")
        connection.execute("ALTER TABLE notes REPLICA IDENTITY FULL")
        connection.execute(f"INSERT INTO notes SELECT n, 'First state.' FROM generate_series(0, {ROWS - 1}) n")
    contract = CONTRACT.format(connection=product.database_url.rsplit("/", 1)[0] + "/kills")
    with product.client() as client:
        headers = {"Content-Type": "application/yaml"}
        client.put("/v1/sources/kills", content=contract, headers=headers).raise_for_status()
    wait_until(lambda: product.verify("kills").get("kills", {}).get("documents") == ROWS, 120, "the snapshot")
    yield
    with product.client() as client:
        client.delete("/v1/sources/kills").raise_for_status()


def _victims(product: Product, name: str) -> list[int]:
    """Process ids to kill: a part's own, or a Python worker of Flink."""
    if name == "python worker":
        parent = psutil.Process(product.pids()["taskmanager"])
        return [child.pid for child in parent.children(recursive=True) if "beam_boot" in " ".join(child.cmdline())]
    return [product.pids()[name]]


def _upload(client: httpx.Client, number: int) -> str | None:
    """Upload a small document; its id once that was acknowledged."""
    file = {
        "file": (f"kept-{number}.md", f"# Kept KP-{number:04d}\n\nThis was acknowledged.".encode(), "text/markdown")
    }
    try:
        answer = client.post("/v1/documents", files=file, data={"readers": "public"})
    except httpx.HTTPError:
        return None
    return str(answer.json()["id"]) if answer.status_code in {200, 202} else None


def _recovered(product: Product) -> bool:
    try:
        return httpx.get(f"{product.url}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def test_every_part_may_be_killed_while_changes_flow(product: Product, notes: None) -> None:
    writer = Writer(product)
    writer.start()
    kept: list[str] = []
    parts = (
        "connect",
        "kafka",
        "jobmanager",
        "taskmanager",
        "python worker",
        "milvus",
        "embeddings",
        "worker",
        "postgres",
        "controller",
        "api",
    )
    with product.client("ed", roles=["editor"]) as client:
        for number, name in enumerate(parts):
            for pid in _victims(product, name):
                os.kill(pid, signal.SIGKILL)
            acknowledged = _upload(client, number)
            kept += [acknowledged] if acknowledged else []
            time.sleep(3)
            wait_until(lambda: _recovered(product), 120, f"recovery from the death of {name}")
        assert product.process is not None
        os.kill(product.process.pid, signal.SIGKILL)
        product.process.wait()
        product.start(300)
        writer.join(300)
        assert writer.done == CHANGES
        wait_until(lambda: _sound(product), 300, "verify to end at zeros")
        for identifier in kept:
            wait_until(partial(_shown, client, identifier), 120, f"the acknowledged upload {identifier}")
    assert kept
    with product.database("kills") as connection:
        [count] = connection.execute("SELECT count(*) FROM notes").fetchone() or [0]
    assert product.verify("kills")["kills"]["documents"] == count


def _sound(product: Product) -> bool:
    reports = product.verify()
    return (
        all(not (one["missing"] or one["stale"] or one["orphaned"]) for one in reports.values()) and "kills" in reports
    )


def _shown(client: httpx.Client, identifier: str) -> bool:
    answer = client.get(f"/v1/documents/{identifier}")
    return answer.status_code == 200 and answer.json()["state"] == "ready"
