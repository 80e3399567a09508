from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.sources.contract import read_contract
from ingestion.sources.document_sql import check_columns, dead_letter_insert, knowledge_insert, literal, quoted
from ingestion.sources.model import FromColumn
from ingestion.sources.plan import JobPlan, OutputColumn
from ingestion.sources.templates import read_template
from retrieval.errors import RejectedError
from tests.ingestion.sources.contracts import PRODUCTS

[RULE] = read_contract(PRODUCTS).documents
COLUMNS = {
    "id": OutputColumn("id", "INTEGER", nullable=False),
    "name": OutputColumn("name", "VARCHAR"),
    "price": OutputColumn("price", "DECIMAL", scale=2),
    "readers": OutputColumn("readers", "VARCHAR"),
    "tags": OutputColumn("tags", "ARRAY", element="VARCHAR"),
    "at": OutputColumn("at", "TIMESTAMP_WITHOUT_TIME_ZONE", scale=6),
    "rate": OutputColumn("rate", "DECIMAL", scale=10),
    "open": OutputColumn("open", "BOOLEAN"),
    "photo": OutputColumn("photo", "VARBINARY"),
}


def plan() -> JobPlan:
    return JobPlan("job", "default", "erp", 4, (), (RULE,), text_limit=1000)


def insert(**changes: object) -> str:
    return knowledge_insert(plan(), replace(RULE, **changes), COLUMNS)  # type: ignore[arg-type]


def test_the_key_holds_tenant_source_kind_and_primary_key() -> None:
    assert "SELECT 'default/erp/product/' || CAST(`id` AS STRING), 'product'" in insert()


def test_parts_of_a_longer_key_cannot_run_into_each_other() -> None:
    sql = insert(key=("id", "name"))
    assert "REPLACE(CAST(`id` AS STRING), '/', '%2F') || '/' || REPLACE(`name`, '/', '%2F')" in sql
    assert "WHERE `name` IS NOT NULL AND " in sql


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        ("name", "COALESCE(`name`, '')"),
        ("id", "CAST(`id` AS STRING)"),
        ("open", "COALESCE(LOWER(CAST(`open` AS STRING)), '')"),
        ("tags", "COALESCE(ARRAY_JOIN(`tags`, ', '), '')"),
        ("price", "COALESCE(CAST(`price` AS STRING), '')"),
        ("rate", "COALESCE(TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM CAST(`rate` AS STRING))), '')"),
        ("at", "COALESCE(TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM CAST(`at` AS STRING))), '')"),
    ],
)
def test_values_are_written_as_people_expect(column: str, shown: str) -> None:
    assert f", {shown}, " in insert(title=read_template(f"{{{column}}}"))


def test_values_in_an_address_are_encoded_unless_they_are_the_address() -> None:
    assert "CONCAT('x/', REPLACE(URL_ENCODE(COALESCE(`name`, '')), '+', '%20'))" in insert(
        url=read_template("x/{name}")
    )
    assert "URL_ENCODE" not in insert(url=read_template("{name}"))


def test_readers_come_from_a_constant_a_text_or_an_array() -> None:
    assert "ARRAY['public', 'o''neil']" in insert(readers=("public", "o'neil"))
    assert "SPLIT(COALESCE(`readers`, ''), ',')" in insert(readers=FromColumn("readers"))
    assert "ARRAY_REMOVE(`tags`, CAST(NULL AS STRING))" in insert(readers=FromColumn("tags"))


def test_a_moment_in_the_future_counts_as_now() -> None:
    assert "CASE WHEN CAST(`at` AS TIMESTAMP_LTZ(3)) <= " in insert(updated="at")


def test_rows_without_a_key_and_texts_that_are_too_long_become_dead_letters() -> None:
    nullable = {**COLUMNS, "id": OutputColumn("id", "INTEGER")}
    sql = dead_letter_insert(plan(), {"product": nullable})
    assert "'the row has no key: id is NULL'" in sql
    assert ">= 1000" in sql
    assert "has no key" not in dead_letter_insert(plan(), {"product": COLUMNS})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"title": read_template("{nam}")},
            "title names {nam}, which the query does not produce; it produces id, name",
        ),
        ({"title": read_template("{photo}")}, "title names photo, which holds bytes"),
        ({"readers": FromColumn("price")}, "readers names price, which is neither a text nor an array of texts"),
        ({"updated": "name"}, "updated names name, which is not a moment in time"),
    ],
)
def test_columns_must_be_there_and_fit(changes: dict[str, object], words: str) -> None:
    with pytest.raises(RejectedError) as raised:
        check_columns(replace(RULE, **changes), list(COLUMNS.values()))  # type: ignore[arg-type]
    assert words in raised.value.message


@given(st.text())
def test_no_text_leaves_its_literal(text: str) -> None:
    assert literal(text)[1:-1].replace("''", "") == text.replace("'", "")
    assert literal(text)[1:-1].count("'") % 2 == 0
    assert quoted(text)[1:-1].count("`") % 2 == 0
