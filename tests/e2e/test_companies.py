"""Other people's ERP and CRM by contract: once their changes were replayed, the index agrees with SQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.companies import create_northwind, create_workbench, replay_northwind
from tests.product import Product, wait_until

pytestmark = pytest.mark.timeout(1200)
CONTRACTS = Path(__file__).parent / "contracts"


def _apply(product: Product, name: str, variable: str, database: str) -> None:
    url = product.database_url.rsplit("/", 1)[0] + f"/{database}"
    contract = (CONTRACTS / f"{name}.yaml").read_text(encoding="utf-8").replace(f"${{{variable}}}", url)
    source = contract.split("source: ", 1)[1].split("\n", 1)[0]
    with product.client() as client:
        headers = {"Content-Type": "application/yaml"}
        client.put(f"/v1/sources/{source}", content=contract.encode(), headers=headers).raise_for_status()


def _agrees(product: Product, source: str, documents: int) -> bool:
    report = product.verify(source).get(source)
    if not report or report["documents"] != documents:
        return False
    return not (report["missing"] or report["stale"] or report["orphaned"] or report["dead"])


def test_northwind_after_its_changes_were_replayed(product: Product, shared_data: Path) -> None:
    folder = shared_data / "northwind_erp"
    assert len((CONTRACTS / "northwind.yaml").read_text().splitlines()) <= 80
    with product.database("northwind") as connection:
        create_northwind(connection, folder, but=("Orders", "Order Details"))
        _apply(product, "northwind", "NORTHWIND_URL", "northwind")
        expected = "SELECT (SELECT count(*) FROM {0}) + (SELECT count(*) FROM {1}) + (SELECT count(*) FROM {2})"
        query = expected.format("products", "customers", "suppliers") + " + (SELECT count(*) FROM orders)"
        wait_until(lambda: _agrees(product, "northwind", 199), 180, "the snapshot of northwind")
        assert replay_northwind(connection, folder) == 3794
        [documents] = connection.execute(query).fetchone() or [0]
        wait_until(lambda: _agrees(product, "northwind", documents), 600, f"{documents} documents of northwind")
    with product.client("kim", ["sales"], ["employee"]) as client:
        answer = client.post("/v1/search", json={"query": "Order 10249 Toms Spezialitäten", "sources": ["northwind"]})
        [best, *_] = answer.raise_for_status().json()["passages"]
        assert best["key"] == "order/10249"
        assert "shipped 1996-07-10" in best["text"]


def test_workbench_follows_updates_and_deletes(product: Product, shared_data: Path) -> None:
    with product.database("workbench") as connection:
        create_workbench(connection, shared_data / "workbench_crm")
        _apply(product, "workbench_crm", "WORKBENCH_URL", "workbench")
        wait_until(lambda: _agrees(product, "workbench", 1300), 300, "the snapshot of workbench")
        with connection.transaction():
            connection.execute(
                "UPDATE customer_relationship_manager_data SET status = 'Won', notes = 'Signed.' "
                "WHERE customer_id < '00000050'"
            )
            connection.execute("DELETE FROM emails WHERE email_id < '00000030'")
            connection.execute("UPDATE project_tasks SET list_name = 'Completed' WHERE board = 'Design'")
        total = " + ".join(
            f"(SELECT count(*) FROM {table})"
            for table in ("customer_relationship_manager_data", "emails", "project_tasks", "calendar_events")
        )
        [documents] = connection.execute(f"SELECT {total}").fetchone() or [0]
        wait_until(lambda: _agrees(product, "workbench", documents), 300, f"{documents} documents of workbench")
