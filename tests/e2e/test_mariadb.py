"""A contract over a real MariaDB: snapshot, changes, a join, the types of a real ERP, and what its owner does to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from ingestion.sources.connection import DatabaseAddress
from tests.mariadb import execute
from tests.product import Product, wait_until

pytestmark = pytest.mark.timeout(600)
SOURCE = "maria_erp"
CONTRACT = """\
source: maria_erp
connection: mariadb://freshet:p%40ss@127.0.0.1:{port}/maria_erp
tables: [products, suppliers]
documents:
  - kind: product
    sql: |
      SELECT p.id, p.sku, p.name, s.name AS supplier, p.price, p.weight, p.released, p.changed, p.sold, p.stamped,
             p.active, p.flag, p.stock, p.model_year, p.attributes, p.description, p.status, p.tags, p.opens, p.code,
             p.shout
      FROM products p LEFT JOIN suppliers s ON s.id = p.supplier_id
    key: [id]
    title: "{{name}} {{sku}}"
    text: |
      supplier={{supplier}}; price={{price}}; weight={{weight}}; released={{released}}; changed={{changed}};
      sold={{sold}}; stamped={{stamped}}; active={{active}}; flag={{flag}}; stock={{stock}}; year={{model_year}};
      attributes={{attributes}}; status={{status}}; tags={{tags}}; opens={{opens}}; code={{code}}; shout={{shout}};

      {{description}}
    language: de
    readers: [public]
"""
SUPPLIERS = """\
source: maria_twice
connection: mariadb://freshet:p%40ss@127.0.0.1:{port}/maria_erp
tables: [suppliers]
documents:
  - kind: supplier
    sql: SELECT id, name FROM suppliers
    key: [id]
    title: "{{name}}"
    text: "{{name}}"
    readers: [public]
"""
PRODUCTS = """
CREATE TABLE products (
  id bigint unsigned AUTO_INCREMENT PRIMARY KEY, sku varchar(20) NOT NULL, name varchar(200), supplier_id int unsigned,
  price decimal(12,4), weight double, released date, changed datetime(3), sold datetime, stamped timestamp(6) NULL,
  active tinyint(1) NOT NULL DEFAULT 1, flag bit(1), stock int unsigned, model_year year, attributes json,
  description longtext, status enum('neu','größer','停产'), tags set('a','ü','文'), opens time, code char(6), uid uuid,
  image blob, shout varchar(200) AS (upper(name)) STORED,
  FOREIGN KEY (supplier_id) REFERENCES suppliers (id)
)"""
LONG = "Die Brühgruppe wird täglich gespült. 冲煮组每天冲洗。 " * 1000 + "Schlusswort ZQ-9901."
ROW = """
INSERT INTO products (sku, name, supplier_id, price, weight, released, changed, sold, stamped, active, flag, stock,
  model_year, attributes, description, status, tags, opens, code, uid, image)
VALUES ('MQ-7001', 'Kaffeemühle größer 🚀 咖啡机', 1, 1234.5600, 0.125, '2026-02-28', '2026-02-28 23:59:59.123',
  '2026-03-01 08:00:00', '2026-03-01 08:00:00.123456', 1, b'1', 4000000000, 2026, '{"a": [1, "ü"], "中": null}',
  'Langer\nText', 'größer', 'ü,文', '08:30:00', 'ab', uuid(), x'00ff')"""
EVERY_VALUE = (
    "Kaffeemühle größer 🚀 咖啡机 MQ-700",
    "supplier=Müller & Söhne; price=1234.5600; weight=0.125; released=2026-02-28; changed=2026-02-28 23:59:59.123;",
    "sold=2026-03-01 08:00:00; stamped=2026-03-01 06:00:00.123456; active=true; flag=true; stock=4000000000;",
    'year=2026;\nattributes={"a": [1, "ü"], "中": null}; status=größer; tags=ü,文; opens=08:30:00; code=ab;',
    "shout=KAFFEEMÜHLE GRÖßER 🚀 咖啡机;",
)
NO_VALUE = (
    "supplier=; price=; weight=; released=; changed=;",
    "sold=; stamped=; active=false; flag=; stock=; year=;\nattributes=; status=; tags=; opens=; code=; shout=;",
)


@pytest.fixture(scope="module")
def erp(mariadb: DatabaseAddress) -> DatabaseAddress:
    """The ERP's database with four products, and a user with the rights that docs/sources.md names and no more."""
    execute(
        replace(mariadb, database=""),
        "CREATE OR REPLACE DATABASE maria_erp CHARACTER SET utf8mb4 COLLATE utf8mb4_german2_ci",
        "CREATE OR REPLACE USER freshet@'%' IDENTIFIED BY 'p@ss'",
        "GRANT SELECT ON maria_erp.* TO freshet@'%'",
        "GRANT RELOAD, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO freshet@'%'",
    )
    address = replace(mariadb, database="maria_erp")
    execute(
        address,
        "CREATE TABLE suppliers (id int unsigned PRIMARY KEY, name varchar(80) CHARACTER SET latin1)",
        "INSERT INTO suppliers VALUES (1, 'Müller & Söhne'), (2, 'Zulieferer Nord')",
        PRODUCTS,
        ROW,
        "SET SESSION sql_mode = ''",
        "INSERT INTO products (sku, active, released, opens) VALUES ('MQ-7002', 0, '0000-00-00', '25:00:00')",
        "INSERT INTO products (sku, name, supplier_id) VALUES ('MQ-7003', '磨豆机 ZX', 2)",
        f"INSERT INTO products (sku, description) VALUES ('MQ-7005', '{LONG}')",
    )
    return address


@pytest.fixture(scope="module")
def reader(product: Product, erp: DatabaseAddress) -> Iterator[httpx.Client]:
    """One who searches, once the contract runs; the source is removed in the end."""
    with product.client() as admin, product.client("li", roles=()) as client:
        _apply(admin, CONTRACT.format(port=erp.port))
        try:
            wait_until(lambda: _state(admin) == "running", 240, "the snapshot of MariaDB")
            yield client
        finally:
            admin.delete(f"/v1/sources/{SOURCE}").raise_for_status()
            wait_until(lambda: admin.get(f"/v1/sources/{SOURCE}").status_code == 404, 120, "the end of the source")


def _apply(admin: httpx.Client, contract: str) -> None:
    source = contract.split("source: ", 1)[1].split("\n", 1)[0]
    headers = {"Content-Type": "application/yaml"}
    admin.put(f"/v1/sources/{source}", content=contract.encode(), headers=headers).raise_for_status()


def _state(admin: httpx.Client, source: str = SOURCE) -> object:
    """What the controller says of a source; "" before it has said anything."""
    return admin.get(f"/v1/sources/{source}/status").raise_for_status().json()["status"].get("state", "")


def _text(reader: httpx.Client, sku: str) -> str:
    """Title and first passage of a product as a search for its number shows it; empty when there is none."""
    asked = {"query": sku, "sources": [SOURCE], "limit": 20}
    passages = reader.post("/v1/search", json=asked).raise_for_status().json()["passages"]
    mine = sorted((one for one in passages if sku in one["title"]), key=lambda one: one["start"])
    return f"{mine[0]['title']}\n{mine[0]['text']}" if mine else ""


def _has(reader: httpx.Client, sku: str, *words: str) -> None:
    def shown() -> bool:
        text = _text(reader, sku)
        return all(word in text for word in words)

    try:
        wait_until(shown, 60, f"{words} in {sku}")
    except AssertionError:
        assert _text(reader, sku) == "\n".join(words)
        raise


def test_every_type_of_the_snapshot_is_read_as_it_stands(reader: httpx.Client, product: Product) -> None:
    _has(reader, "MQ-7001", *EVERY_VALUE)
    asked = {"query": "Schlusswort ZQ-9901", "sources": [SOURCE]}
    wait_until(lambda: "ZQ-9901" in reader.post("/v1/search", json=asked).text, 180, "the end of a text of 75 kB")
    _has(reader, "MQ-7002", *NO_VALUE)
    _has(reader, "MQ-7003", "磨豆机 ZX", "supplier=Zulieferer Nord;")
    report = product.verify(SOURCE)[SOURCE]
    assert (report["documents"], report["missing"], report["stale"], report["orphaned"]) == (4, 0, 0, 0)


def test_every_type_of_a_change_is_read_as_in_the_snapshot(reader: httpx.Client, erp: DatabaseAddress) -> None:
    execute(erp, ROW.replace("MQ-7001", "MQ-7004"))
    _has(reader, "MQ-7004", *EVERY_VALUE)
    execute(erp, "UPDATE products SET price = -0.0001, name = '大号磨豆机', active = 0 WHERE sku = 'MQ-7004'")
    _has(reader, "MQ-7004", "大号磨豆机", "price=-0.0001;", "active=false;", EVERY_VALUE[3])
    execute(erp, "UPDATE products SET price = NULL, sold = NULL, tags = NULL, supplier_id = NULL WHERE sku = 'MQ-7004'")
    _has(reader, "MQ-7004", "supplier=; price=;", "sold=; stamped=2026-03-01 06:00:00.123456;", "tags=;")
    execute(erp, "DELETE FROM products WHERE sku = 'MQ-7004'")
    wait_until(lambda: not _text(reader, "MQ-7004"), 20, "the end of the row")


def test_a_renamed_supplier_changes_the_products_that_name_it(reader: httpx.Client, erp: DatabaseAddress) -> None:
    execute(erp, "UPDATE suppliers SET name = 'Großhandel Süd' WHERE id = 2")
    _has(reader, "MQ-7003", "supplier=Großhandel Süd;")
    assert "supplier=Müller & Söhne;" in _text(reader, "MQ-7001")


def test_the_connector_goes_on_after_a_restart(reader: httpx.Client, product: Product, erp: DatabaseAddress) -> None:
    """Its description of the tables then comes from the history topic."""
    connect = product.environment["CONNECT_PORT"]
    [name] = [
        name
        for name in httpx.get(f"http://127.0.0.1:{connect}/connectors").json()
        if name.startswith(f"freshet-{SOURCE}-")
    ]
    restart = f"http://127.0.0.1:{connect}/connectors/{name}/restart?includeTasks=true"
    httpx.post(restart).raise_for_status()
    execute(erp, "UPDATE products SET name = 'Nach dem Neustart' WHERE sku = 'MQ-7003'")
    _has(reader, "MQ-7003", "Nach dem Neustart")


def test_statements_about_other_tables_stop_nothing(
    reader: httpx.Client, product: Product, erp: DatabaseAddress
) -> None:
    """Debezium reads every statement of the server, and does not know each type that MariaDB has."""
    execute(
        erp,
        "CREATE TABLE visits (id int PRIMARY KEY, address inet6)",
        "INSERT INTO visits VALUES (1, '::1')",
        "UPDATE products SET name = 'Nach fremder Tabelle' WHERE sku = 'MQ-7003'",
    )
    _has(reader, "MQ-7003", "Nach fremder Tabelle")
    with product.client() as admin:
        assert _state(admin) == "running"


def test_a_column_added_to_a_table_stops_nothing(reader: httpx.Client, erp: DatabaseAddress) -> None:
    execute(
        erp,
        "ALTER TABLE products ADD COLUMN note varchar(40) NULL AFTER sku",
        "UPDATE products SET name = 'Nach neuer Spalte', note = 'ü' WHERE sku = 'MQ-7003'",
    )
    _has(reader, "MQ-7003", "Nach neuer Spalte", "supplier=Großhandel Süd;")


def test_a_source_removed_and_declared_again_takes_its_snapshot_again(
    reader: httpx.Client, product: Product, erp: DatabaseAddress
) -> None:
    with product.client() as admin:
        for _ in range(2):
            _apply(admin, SUPPLIERS.format(port=erp.port))
            wait_until(lambda: _state(admin, "maria_twice") == "running", 180, "the snapshot")
            assert product.verify("maria_twice")["maria_twice"]["documents"] == 2
            admin.delete("/v1/sources/maria_twice").raise_for_status()
            wait_until(lambda: admin.get("/v1/sources/maria_twice").status_code == 404, 120, "its end")
