"""From a commit in the sample ERP to `POST /v1/search`: changed texts, deletes, changed readers; and under load."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import orjson
import psycopg
import redis
from confluent_kafka import Consumer

from benchmarks.table import DISTRIBUTION, Table, distribution
from tests.product import Product, wait_until

ONE_AFTER_ANOTHER = 200
LOAD_SECONDS = 120
LOAD_PER_SECOND = 50


def run(product: Product, *, changes: int = ONE_AFTER_ANOTHER) -> Iterator[Table]:
    """Every freshness table, each as soon as it is measured."""
    with product.database("sample_erp") as erp, product.client("bench", ["employees"]) as client:
        yield _one_after_another(product, erp, client, changes)
        yield _under_load(product, erp, client)


def _one_after_another(product: Product, erp: psycopg.Connection, client: httpx.Client, count: int) -> Table:
    table = Table("Freshness, one change after another", DISTRIBUTION)
    parts = _insert_parts(product, erp, count)
    with _watch(product) as seen:
        updated = [_update(erp, client, part, number) for number, part in enumerate(parts)]
        table.rows.append(distribution("text changed", [found - began for began, found, _ in updated]))
        for name, stages in _stages(updated, seen).items():
            table.rows.append(distribution(f"· {name}", stages))
    table.rows.append(distribution("readers changed", [_revoke(erp, client) for _ in range(count)]))
    table.rows.append(distribution("row deleted", [_delete(erp, client, part) for part in parts]))
    return table


def _found(client: httpx.Client, query: str, text: str) -> bool:
    passages = client.post("/v1/search", json={"query": query, "limit": 5}).raise_for_status().json()["passages"]
    return any(text in passage["text"] or text in passage["title"] for passage in passages)


def _titled(client: httpx.Client, query: str, title: str) -> bool:
    """Whether a document is found whose title begins so: the row's own, not one that mentions it."""
    passages = client.post("/v1/search", json={"query": query, "limit": 5}).raise_for_status().json()["passages"]
    return any(passage["title"].startswith(title) for passage in passages)


def _insert_parts(product: Product, erp: psycopg.Connection, count: int) -> list[str]:
    """New parts, spread over the suppliers: each supplier's document lists its parts and changes with them."""
    names = [f"BN-{number:05d}" for number in range(count)]
    with erp.transaction():
        for number, name in enumerate(names):
            erp.execute(
                "INSERT INTO parts (part_no, name_en, name_zh, supplier_id, price_eur, user_replaceable, instructions) "
                "VALUES (%s, 'Bench gasket', '测试垫圈', (SELECT id FROM suppliers ORDER BY id OFFSET %s LIMIT 1), "
                "1.00, true, 'As delivered.')",
                [name, number % 10],
            )
    query = "SELECT count(*) FROM ledger WHERE source = 'erp' AND title LIKE 'Part BN-%%' AND index_version > 0"
    with product.database("freshet") as database:
        wait_until(lambda: (database.execute(query).fetchone() or [0])[0] >= count, 120, "the new parts")
    return names


def _update(erp: psycopg.Connection, client: httpx.Client, part: str, number: int) -> tuple[float, float, str]:
    text = f"Torque setting TQ-{time.time_ns() % 10**9:09d}, step {number}."
    mark = text.split()[2].rstrip(",")
    began = time.time()
    erp.execute("UPDATE parts SET instructions = %s WHERE part_no = %s", [text, part])
    wait_until(lambda: _found(client, f"{part} {mark}", mark), 30, f"the new text of {part}")
    return began, time.time(), mark


def _delete(erp: psycopg.Connection, client: httpx.Client, part: str) -> float:
    began = time.time()
    erp.execute("DELETE FROM parts WHERE part_no = %s", [part])
    wait_until(lambda: not _titled(client, part, f"Part {part}"), 30, f"the end of {part}")
    return time.time() - began


def _revoke(erp: psycopg.Connection, client: httpx.Client) -> float:
    row = erp.execute("SELECT id, sku, name_en FROM products ORDER BY id LIMIT 1").fetchone()
    assert row
    identifier, sku, name = row
    erp.execute("UPDATE products SET readers = %s WHERE id = %s", [["public"], identifier])
    title = f"{name} ({sku})"
    wait_until(lambda: _titled(client, title, title), 30, "the product to be public")
    began = time.time()
    erp.execute("UPDATE products SET readers = %s WHERE id = %s", [["finance"], identifier])
    wait_until(lambda: not _titled(client, title, title), 30, "the product to be hidden")
    seconds = time.time() - began
    erp.execute("UPDATE products SET readers = %s WHERE id = %s", [["public"], identifier])
    return seconds


Seen = dict[str, dict[str, float]]


@contextmanager
def _watch(product: Product) -> Iterator[Seen]:
    """When a mark was seen in the ERP's change topic and in `knowledge`, and when its document's notice came."""
    seen: Seen = {"captured": {}, "published": {}, "shown": {}}
    stop = threading.Event()
    threads = [
        threading.Thread(target=target, args=(product, seen, stop)) for target in (_watch_topics, _watch_notices)
    ]
    for thread in threads:
        thread.start()
    time.sleep(3)
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _watch_topics(product: Product, seen: Seen, stop: threading.Event) -> None:
    port = product.environment["KAFKA_PORT"]
    consumer = Consumer(
        {"bootstrap.servers": f"127.0.0.1:{port}", "group.id": f"bench-{time.time()}", "auto.offset.reset": "latest"}
    )
    topics = [
        name for name in consumer.list_topics(timeout=10).topics if name.startswith("cdc.erp") and "parts" in name
    ]
    consumer.subscribe([*topics, "knowledge"])
    while not stop.is_set():
        for message in consumer.consume(50, timeout=0.2):
            value = message.value()
            if message.error() or not value:
                continue
            text = value.decode() if isinstance(value, bytes) else value
            at = text.rfind("TQ-")
            if at < 0:
                continue
            published = message.topic() == "knowledge"
            seen["published" if published else "captured"].setdefault(text[at : at + 12], message.timestamp()[1] / 1000)
    consumer.close()


def _watch_notices(product: Product, seen: Seen, stop: threading.Event) -> None:
    password = orjson.loads((product.home / "secrets.json").read_bytes())["valkey_password"]
    client = redis.Redis(port=int(product.environment["VALKEY_PORT"]), password=password)
    channel = client.pubsub()  # type: ignore[no-untyped-call]
    channel.subscribe("freshet:changed")
    number = 0
    while not stop.is_set():
        message = channel.get_message(ignore_subscribe_messages=True, timeout=0.2)
        if message:
            seen["shown"][f"{number}"] = time.time()
            number += 1


def _stages(updated: list[tuple[float, float, str]], seen: Seen) -> dict[str, list[float]]:
    """Where the time goes, per change: commit → change topic → `knowledge` → shown → found."""
    notices = sorted(seen["shown"].values())
    stages: dict[str, list[float]] = {
        "commit → change topic (Debezium)": [],
        "→ knowledge (Flink SQL)": [],
        "→ shown (clean, embed, Milvus, ledger)": [],
        "→ found by /v1/search (polled)": [],
    }
    for began, found, mark in updated:
        captured, published = seen["captured"].get(mark), seen["published"].get(mark)
        shown = next((moment for moment in notices if published and moment > published), None)
        if not (captured and published and shown):
            continue
        moments = (began, captured, published, shown, found)
        for stage, start, end in zip(stages, moments, moments[1:], strict=False):
            stages[stage].append(max(0.0, end - start))
    return {name: values for name, values in stages.items() if len(values) > 1}


def _under_load(product: Product, erp: psycopg.Connection, client: httpx.Client) -> Table:
    """50 short changes a second for two minutes; a sample of them is followed to the search."""
    parts = _insert_parts(product, erp, 500)
    stop = threading.Event()
    writer = threading.Thread(target=_write_steadily, args=(product, parts[100:], stop))
    writer.start()
    seconds: list[float] = []
    end = time.monotonic() + LOAD_SECONDS
    number = 0
    try:
        while time.monotonic() < end:
            began, found, _ = _update(erp, client, parts[number % 100], number)
            seconds.append(found - began)
            number += 1
    finally:
        stop.set()
        writer.join()
    table = Table(f"Freshness under {LOAD_PER_SECOND} short changes a second for {LOAD_SECONDS} s", DISTRIBUTION)
    table.rows.append(distribution("text changed", seconds))
    with erp.transaction():
        erp.execute("DELETE FROM parts WHERE part_no LIKE 'BN-%'")
    return table


def _write_steadily(product: Product, parts: list[str], stop: threading.Event) -> None:
    with product.database("sample_erp") as erp:
        began, done = time.monotonic(), 0
        while not stop.wait(max(0.0, began + done / LOAD_PER_SECOND - time.monotonic())):
            text = f"Load step {done} of the bench."
            erp.execute("UPDATE parts SET instructions = %s WHERE part_no = %s", [text, parts[done % len(parts)]])
            done += 1
