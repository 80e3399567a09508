from __future__ import annotations

import pytest

from ingestion.sources.queries import read_query


def test_tables_and_columns_of_a_join() -> None:
    shape = read_query("SELECT p.id, s.name AS supplier FROM `order` p JOIN suppliers s ON s.id = p.supplier_id")
    assert shape is not None
    assert shape.columns == ("id", "supplier")
    assert shape.tables == {"order", "suppliers"}
    assert shape.mentioned == {"id", "name", "supplier_id"}


def test_tables_that_the_query_defines_are_not_the_sources() -> None:
    shape = read_query("WITH x AS (SELECT id FROM a) SELECT id FROM x UNION ALL SELECT id FROM b")
    assert shape is not None
    assert shape.tables == {"a", "b"}


@pytest.mark.parametrize("sql", ["SELECT * FROM a", "SELECT id, COUNT(*) FROM a GROUP BY id"])
def test_columns_without_names_are_not_known(sql: str) -> None:
    shape = read_query(sql)
    assert shape is not None
    assert shape.columns is None


@pytest.mark.parametrize(
    ("sql", "statements", "is_query"), [("DROP TABLE a", 1, False), ("SELECT 1; SELECT 2", 2, False)]
)
def test_what_is_no_single_query(sql: str, statements: int, is_query: bool) -> None:
    shape = read_query(sql)
    assert shape is not None
    assert (shape.statements, shape.is_query) == (statements, is_query)


def test_what_only_flink_can_parse_is_left_to_it() -> None:
    assert read_query("SELECT a FROM TABLE(TUMBLE(TABLE b, DESCRIPTOR(c), INTERVAL '1' HOUR))") is None
