from __future__ import annotations

import json

from ingestion.sources.columns import Encoding, SourceColumn, SourceTable
from ingestion.sources.contract import read_contract
from ingestion.sources.flink_sql import Addresses, json_expression, plan_job, preview_plan
from ingestion.sources.model import JsonColumn
from ingestion.sources.names import SourceNames
from ingestion.sources.plan import from_json, to_json
from tests.ingestion.sources.contracts import LOGS, ORDERS, PRODUCTS

NAMES = SourceNames("default", "erp", 2)
ADDRESSES = Addresses("kafka:9092", {"rest.port": "8081"})
ORDER = SourceTable(
    "public",
    "order",
    "order",
    (
        SourceColumn("id", "integer", Encoding("INT", "INT")),
        SourceColumn("total", "numeric", Encoding("STRING", "DECIMAL(10, 2)", "TRY_CAST({} AS DECIMAL(10, 2))")),
        SourceColumn("photo", "bytea", None),
    ),
    ("id",),
)


def test_a_table_is_read_from_its_topic_and_given_its_types_by_a_view() -> None:
    table, view = plan_job(read_contract(PRODUCTS), NAMES, [ORDER], ADDRESSES).statements
    assert "(`id` INT NOT NULL, `total` STRING, PRIMARY KEY (`id`) NOT ENFORCED)" in table
    assert "'topic' = 'cdc.erp.g2.public.order'" in table
    assert "'value.format' = 'debezium-json'" in table
    assert view == (
        "CREATE TEMPORARY VIEW `order` AS SELECT `id` AS `id`, TRY_CAST(`total` AS DECIMAL(10, 2)) AS `total` "
        "FROM `freshet_raw_0`"
    )


def test_duplicates_of_changes_are_expected_and_order_is_kept() -> None:
    options = plan_job(read_contract(PRODUCTS), NAMES, [ORDER], ADDRESSES).options
    assert options["table.exec.source.cdc-events-duplicate"] == "true"
    assert options["table.exec.mini-batch.enabled"] == "false"
    assert options["table.dynamic-table-options.enabled"] == "false"
    assert options["pipeline.name"] == "freshet-source-erp-g2"
    assert options["rest.port"] == "8081"


def test_a_topic_with_a_key_keeps_the_newest_record_and_tells_unreadable_ones() -> None:
    plan = plan_job(read_contract(ORDERS), SourceNames("default", "web", 1), [], ADDRESSES)
    _, view = plan.statements
    assert "PARTITION BY COALESCE(record_key, COALESCE(JSON_VALUE(record_value, '$[''id'']'), ''))" in view
    assert view.endswith("WHERE record_value IS NOT NULL")
    [letters] = plan.raw_dead_letters
    assert "IS NOT JSON OBJECT" in letters


def test_without_a_key_every_record_counts() -> None:
    contract = read_contract(ORDERS.replace("key: [id]\ndocuments", "documents"))
    assert "ROW_NUMBER" not in plan_job(contract, NAMES, [], ADDRESSES).statements[1]


def test_lines_have_their_own_columns_beside_those_of_the_pattern() -> None:
    table, view = plan_job(read_contract(LOGS), SourceNames("acme", "machines", 1), [], ADDRESSES).statements
    assert "'topic' = 'logs.acme.machines'" in table
    assert "JSON_VALUE(record_value, '$.line') AS `line`" in view
    assert "$.fields[''code'']" in view


def test_values_of_json_get_their_types() -> None:
    assert json_expression(JsonColumn("a", "BIGINT", "$.a"), "v") == "TRY_CAST(JSON_VALUE(v, '$.a') AS BIGINT)"
    assert (
        json_expression(JsonColumn("a", "ARRAY<STRING>", "$.a"), "v") == "JSON_QUERY(v, '$.a' RETURNING ARRAY<STRING>)"
    )
    assert "TIMESTAMP_LTZ(3)" in json_expression(JsonColumn("a", "TIMESTAMP_LTZ(3)", "$.a"), "v")


def test_a_preview_has_views_alone() -> None:
    plan = preview_plan(read_contract(PRODUCTS), NAMES, [ORDER])
    assert plan.sinks == ()
    assert all(statement.startswith("CREATE TEMPORARY VIEW") for statement in plan.statements)


def test_a_plan_survives_json() -> None:
    for text in (PRODUCTS, ORDERS, LOGS):
        plan = plan_job(read_contract(text), NAMES, [ORDER], ADDRESSES)
        assert from_json(json.loads(json.dumps(to_json(plan)))) == plan
