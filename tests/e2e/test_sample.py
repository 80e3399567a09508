"""The sample enterprise, as `make run` loads it: four kinds of source, two languages, permissions, live changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingestion.knowledge import PING, read_topic
from tests.product import Product, wait_until

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("settled")]


@pytest.mark.parametrize(
    ("source", "query"),
    [
        ("erp", "espresso machine with two boilers price"),
        ("erp", "双锅炉咖啡机 价格"),
        ("crm", "customer ticket machine leaks water"),
        ("crm", "客户 工单 漏水"),
        ("machines", "machine error E14"),
        ("machines", "机器 错误 E14"),
        ("files", "how to descale the machine"),
        ("files", "如何除垢"),
    ],
)
def test_all_four_kinds_of_source_are_found_in_both_languages(product: Product, source: str, query: str) -> None:
    groups = ("employees", "service", "finance")
    with product.client("ada", groups, ["employee"]) as client:

        def found() -> bool:
            answer = client.post("/v1/search", json={"query": query, "sources": [source]}).raise_for_status().json()
            return bool(answer["passages"])

        wait_until(found, 60, f"{query!r} in {source}")


def test_a_ping_opens_the_indexing_job_so_that_no_change_has_to(product: Product) -> None:
    address = f"127.0.0.1:{product.environment['KAFKA_PORT']}"
    wait_until(lambda: any(record.key == PING for record in read_topic(address)), 30, "a ping in the topic")


def test_a_changed_row_is_found_and_a_deleted_one_is_gone(product: Product) -> None:
    with product.database("sample_erp") as erp, product.client("li", ["employees"]) as client:

        def shown(mark: str) -> bool:
            passages = (
                client.post("/v1/search", json={"query": f"BN-77001 {mark}"}).raise_for_status().json()["passages"]
            )
            return any(mark in passage["text"] for passage in passages)

        erp.execute(
            "INSERT INTO parts (part_no, name_en, name_zh, supplier_id, price_eur, user_replaceable, instructions) "
            "VALUES ('BN-77001', 'Test gasket', '测试垫圈', (SELECT min(id) FROM suppliers), 3.5, true, "
            "'Mark QX-1001.')"
        )
        wait_until(lambda: shown("QX-1001"), 20, "the inserted row")
        erp.execute("UPDATE parts SET instructions = 'Mark QX-2002, größer, 密封圈。' WHERE part_no = 'BN-77001'")
        wait_until(lambda: shown("QX-2002") and not shown("QX-1001"), 20, "the changed row")
        erp.execute("DELETE FROM parts WHERE part_no = 'BN-77001'")
        wait_until(lambda: not shown("QX-2002"), 20, "the end of the row")


def test_a_renamed_supplier_changes_every_product_that_names_it(product: Product) -> None:
    with product.database("sample_erp") as erp, product.client("li", ["employees"]) as client:
        row = erp.execute(
            "SELECT s.id, s.name, array_agg(p.sku) FROM suppliers s JOIN products p ON p.supplier_id = s.id "
            "GROUP BY s.id ORDER BY count(*) DESC LIMIT 1"
        ).fetchone()
        assert row
        identifier, name, skus = row

        def named(wanted: str) -> bool:
            for sku in skus:
                answer = client.post("/v1/search", json={"query": f"{sku} {wanted}", "sources": ["erp"], "limit": 20})
                passages = answer.json()["passages"]
                shown = [one for one in passages if one["kind"] == "product" and sku in one["title"]]
                if shown and not any(wanted in one["text"] for one in shown):
                    return False
            return True

        erp.execute("UPDATE suppliers SET name = 'Umbenannt & Söhne 测试' WHERE id = %s", [identifier])
        wait_until(lambda: named("Umbenannt & Söhne 测试"), 30, "the renamed supplier")
        erp.execute("UPDATE suppliers SET name = %s WHERE id = %s", [name, identifier])
        wait_until(lambda: named(name), 30, "the old name")


def test_a_revoked_reader_no_longer_finds_the_document(product: Product) -> None:
    with (
        product.client("ed", ["finance", "service"], ["editor"]) as editor,
        product.client("fi", ["finance"]) as reader,
    ):
        body = {"title": "Cashflow ZK-5501", "text": "The plan ZK-5501.", "readers": ["finance", "service"]}
        editor.put("/v1/records/plans/zk", json=body).raise_for_status()

        def found() -> bool:
            passages = reader.post("/v1/search", json={"query": "ZK-5501"}).raise_for_status().json()["passages"]
            return any("ZK-5501" in passage["title"] for passage in passages)

        wait_until(found, 20, "the record")
        editor.put("/v1/records/plans/zk", json={**body, "readers": ["service"]}).raise_for_status()
        wait_until(lambda: not found(), 20, "the revocation")
        editor.delete("/v1/records/plans/zk").raise_for_status()


def test_search_from_the_shell_prints_one_json_document(product: Product) -> None:
    done = product.command("search", "descaling", "--json")
    assert json.loads(done.stdout)["passages"]


def test_retrieval_is_measured_through_the_running_product(product: Product, tmp_path: Path) -> None:
    corpus = [
        {"_id": "grinder", "title": "Grinder", "text": "Turn the collar of the grinder to the left for finer coffee."},
        {"_id": "filter", "title": "滤芯", "text": "滤芯每两个月更换一次。", "lang": "zh"},
        {"_id": "pump", "title": "Pump", "text": "The pump of the Duo gives nine bar."},
    ]
    questions = [
        {"_id": "q1", "text": "How do I get finer coffee?"},
        {"_id": "q2", "text": "滤芯多久换一次？", "history": [{"role": "user", "text": "你好"}]},
    ]
    (tmp_path / "dev").mkdir()
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(one) + "\n" for one in corpus), encoding="utf-8")
    (tmp_path / "dev" / "queries.jsonl").write_text("".join(json.dumps(one) + "\n" for one in questions), "utf-8")
    (tmp_path / "dev" / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tgrinder\t1\nq2\tfilter\t1\n")
    for _ in range(2):  # the second run uses the index of the first
        measured = json.loads(product.command("eval", "retrieval", str(tmp_path), "--json").stdout)
        assert measured["states"] == {"ready": 3}
        assert (measured["queries"], measured["recall_at_1"]) == (2, 1.0)
