from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.sources.contract import environment_names, read_contract, table_names
from ingestion.sources.model import DatabaseOrigin, FromColumn, JsonColumn, LogOrigin, TableChoice, TopicOrigin
from retrieval.errors import RejectedError
from tests.ingestion.sources.contracts import LOGS, ORDERS, PRODUCTS


def problems(text: str) -> list[str]:
    with pytest.raises(RejectedError) as raised:
        read_contract(text)
    return raised.value.message.splitlines()


def test_a_database_contract() -> None:
    contract = read_contract(PRODUCTS)
    assert isinstance(contract.origin, DatabaseOrigin)
    assert contract.origin.connection == "postgresql://freshet:${ERP_PASSWORD}@db.example:5432/erp"
    assert contract.origin.tables == (
        TableChoice("public", "products", "products"),
        TableChoice("crm", "products", "crm_products", ("id",)),
    )
    [rule] = contract.documents
    assert rule.readers == FromColumn("readers")
    assert (rule.language, rule.pack, rule.metadata, rule.key) == ("en", "commerce", ("price",), ("id",))
    assert rule.lines["sql"] == 9
    assert table_names(contract.origin) == ("products", "crm_products")
    assert list(environment_names(contract)) == ["ERP_PASSWORD"]


def test_a_topic_contract() -> None:
    origin = read_contract(ORDERS).origin
    assert isinstance(origin, TopicOrigin)
    assert origin.columns[1:] == (
        JsonColumn("amount", "DECIMAL(10, 2)", "$['amount']"),
        JsonColumn("city", "STRING", "$.address.city"),
    )
    assert table_names(origin) == ("records",)


def test_a_log_contract() -> None:
    contract = read_contract(LOGS)
    assert isinstance(contract.origin, LogOrigin)
    assert contract.origin.lines.kind == "regex"
    assert contract.documents[0].language == ""
    assert list(environment_names(contract)) == ["LOGS"]


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    text = (
        PRODUCTS.replace("{name}", "{nam}")
        .replace("readers: {column: readers}", "readers: []")
        .replace("FROM products p", "FROM product p")
    )
    missing = "names {nam}, which the query does not produce; it produces id, name, price, readers"
    assert problems(text) == [
        "line 9: document 'product': the query reads 'product', but the tables here are products, crm_products",
        f"line 12: document 'product': title {missing}",
        f"line 13: document 'product': text {missing}",
        "line 18: 'readers' names nobody: write [public], groups, or {column: name}",
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("source: erp", "source: ERP", "line 1: 'source' must be lower-case"),
        ("source: erp", "source: g12", "line 1: the name 'g12' is taken"),
        ("source: erp", "source: files", "line 1: the name 'files' is taken"),
        ("connection:", "conection:", "did you mean connection?"),
        ("    language: en", "    language: klingon", "line 17: the language 'klingon'"),
        ("    language: en", "    language: {colum: x}", "line 17: 'documents.1.language"),
        ("    readers: {column: readers}", "    readers: 5", "'documents.1.readers' must be a list of names"),
        ("    readers: {column: readers}\n", "", "line 7: 'documents.1.readers' is missing"),
        ("    key: [id]", "    key: id", "'documents.1.key' must be a list"),
        ("    key: [id]", "    key: [nr]", "key names nr, which the query does not produce"),
        ("costs {price}", "costs {price", "text: a single '{'"),
        (", name: crm_products", "", "two tables are called 'products'"),
        ("  - public.products", "  - 'public.'", "is not the name of a table"),
        ("tables:", "topic: x\ntables:", "'connection' does not belong to a topic source"),
        ("      SELECT p.id", "      DELETE FROM products; SELECT p.id", "sql must be one SELECT"),
        ("      FROM products p", "      FROM products p; SELECT 1", "sql must be one SELECT"),
    ],
)
def test_a_mistake_is_explained(old: str, new: str, words: str) -> None:
    text = PRODUCTS.replace(old, new, 1)
    assert text != PRODUCTS
    assert any(words in problem for problem in problems(text)), problems(text)


@pytest.mark.parametrize(
    ("text", "old", "new", "words"),
    [
        (ORDERS, "id: BIGINT", "id: NUMBER", "the type 'NUMBER' of column 'id' is not known"),
        (ORDERS, "key: [id]\ndoc", "key: [nr]\ndoc", "the key 'nr' is not one of the columns"),
        (ORDERS, "$.address.city", "address", "the path 'address'"),
        (ORDERS, "topic: web.orders", "topic: web orders", "is not the name of a Kafka topic"),
        (LOGS, "(?P<code>", "(?P<kode>", "the pattern has no group (?P<code>…)"),
        (LOGS, r"\S+)", r"(\S+)\1)", "the pattern cannot be used (RE2 syntax)"),
        (LOGS, "at: STRING", "line: STRING", "every line has a column 'line' already"),
        (LOGS, "format: regex", "format: plain", "a pattern does not belong"),
        (LOGS, "files:", "topic: x\nfiles:", "reads either 'files' or a 'topic'"),
    ],
)
def test_mistakes_of_topics_and_logs(text: str, old: str, new: str, words: str) -> None:
    changed = text.replace(old, new, 1)
    assert changed != text
    assert any(words in problem for problem in problems(changed)), problems(changed)


def test_an_empty_file_is_explained() -> None:
    assert problems("") == ["line 1: a contract is a mapping that begins with 'source: name'"]
    assert problems("source: x\ndocuments: []") != []


def test_a_query_only_flink_understands_is_left_to_flink() -> None:
    windowed = LOGS.replace(
        "SELECT code, COUNT(*) AS times FROM lines GROUP BY code",
        "SELECT code, COUNT(*) AS times FROM TABLE(TUMBLE(TABLE lines, DESCRIPTOR(read_at), INTERVAL '1' HOUR)) "
        "GROUP BY code",
    )
    assert read_contract(windowed).documents[0].kind == "error"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)
    )
)
def test_values_of_the_wrong_type_never_break_the_reader(value: object) -> None:
    for name in ("key", "title", "readers", "language", "metadata", "sql"):
        with pytest.raises(RejectedError) as raised:
            read_contract(
                f"source: x\nconnection: c\ntables: [t]\ndocuments:\n  - kind: Bad Kind\n    {name}: {value!r}\n"
            )
        assert raised.value.message
