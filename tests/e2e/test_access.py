"""Probes of user × document × route: nothing is shown to who may not read it, also right after a revocation."""

from __future__ import annotations

import itertools
import random

import httpx
import pytest

from tests.product import Product, wait_until

pytestmark = pytest.mark.timeout(900)
TENANTS = ("acme", "umbra")
GROUPS = ("red", "green", "blue")
DOCUMENTS = 40
PROBES = 10_000


def _readers(number: int) -> list[str]:
    return [["public"], ["red"], ["green", "blue"], ["user:eva"]][number % 4]


def _may_read(user: str, groups: tuple[str, ...], readers: list[str]) -> bool:
    return bool({"public", f"user:{user}", *groups} & set(readers))


@pytest.fixture(scope="module")
def corpus(product: Product) -> dict[str, dict[str, list[str]]]:
    """tenant → document id → readers, all of them indexed."""
    found: dict[str, dict[str, list[str]]] = {}
    for tenant in TENANTS:
        with product.client("boss", GROUPS, ["editor"], tenant) as editor:
            for number in range(DOCUMENTS):
                body = {
                    "title": f"Secret {tenant} {number}",
                    "text": f"The secret number {number} of {tenant}.",
                    "readers": _readers(number),
                }
                editor.put(f"/v1/records/probe/{number}", json=body).raise_for_status()
        with product.client("eva", GROUPS, ["admin"], tenant) as reader:

            def listed(client: httpx.Client = reader) -> dict[str, list[str]] | None:
                answer = client.get("/v1/documents", params={"source": "probe", "limit": 100}).raise_for_status()
                rows = answer.json()["documents"]
                shown = {row["id"]: _readers(int(row["key"])) for row in rows if row["state"] == "ready"}
                return shown if len(shown) == DOCUMENTS else None

            found[tenant] = wait_until(listed, 120, f"the documents of {tenant}")
    return found


def test_ten_thousand_probes_leak_nothing(product: Product, corpus: dict[str, dict[str, list[str]]]) -> None:
    chance = random.Random(7)
    callers = []
    for tenant, user, count in itertools.product(TENANTS, ("eva", "tom"), range(4)):
        groups = GROUPS[:count]
        callers.append((tenant, user, groups, product.client(user, groups, ["customer"], tenant)))
    leaks: list[str] = []
    denied = allowed = 0
    documents = [
        (tenant, identifier, readers) for tenant, rows in corpus.items() for identifier, readers in rows.items()
    ]
    for _ in range(PROBES):
        tenant, user, groups, client = chance.choice(callers)
        owner, identifier, readers = chance.choice(documents)
        may = owner == tenant and _may_read(user, groups, readers)
        route = chance.choice(("get", "text", "original", "list", "search"))
        seen = _sees(client, route, owner, identifier)
        if seen and not may:
            leaks.append(f"{user}@{tenant} {groups} saw {identifier} of {owner} by {route}")
        denied += not seen
        allowed += seen
    for *_, client in callers:
        client.close()
    assert leaks == []
    assert denied > PROBES / 4
    assert allowed > PROBES / 20


def _sees(client: httpx.Client, route: str, tenant: str, identifier: str) -> bool:
    if route == "search":
        answer = client.post("/v1/search", json={"query": f"secret {tenant}", "limit": 100, "sources": ["probe"]})
        return any(passage["document_id"] == identifier for passage in answer.raise_for_status().json()["passages"])
    if route == "list":
        answer = client.get("/v1/documents", params={"source": "probe", "limit": 100}).raise_for_status()
        return any(row["id"] == identifier for row in answer.json()["documents"])
    suffix = "" if route == "get" else f"/{route}"
    answer = client.get(f"/v1/documents/{identifier}{suffix}")
    assert answer.status_code in {200, 404}, answer.text
    return answer.status_code == 200


def test_nothing_is_shown_within_the_second_after_a_revocation(product: Product) -> None:
    with product.client("boss", ["red"], ["editor"]) as editor, product.client("tom", ["red"], ["customer"]) as reader:
        for number in range(20):
            name = f"Revoked RV-{number:04d}"
            upload = {"file": (f"rv-{number}.md", f"# {name}\n\nRV-{number:04d} is secret.".encode(), "text/markdown")}
            made = editor.post("/v1/documents", files=upload, data={"readers": "red", "title": name}).raise_for_status()
            identifier = made.json()["id"]

            def visible(wanted: str = name) -> bool:
                answer = reader.post("/v1/search", json={"query": wanted}).raise_for_status()
                return any(wanted in passage["title"] for passage in answer.json()["passages"])

            wait_until(visible, 60, name)
            editor.patch(f"/v1/documents/{identifier}", json={"readers": ["blue"]}).raise_for_status()
            assert not visible()
            for route in ("", "/text", "/original"):
                assert reader.get(f"/v1/documents/{identifier}{route}").status_code == 404
