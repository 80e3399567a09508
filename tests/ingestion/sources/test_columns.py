from __future__ import annotations

import pytest

from ingestion.sources.columns import MysqlType, PostgresType, mysql_encoding, postgres_encoding


def numeric(precision: int, scale: int) -> int:
    """PostgreSQL's atttypmod of numeric(precision, scale)."""
    return ((precision << 16) | (scale & 0x7FF)) + 4


@pytest.mark.parametrize(
    ("found", "logical"),
    [
        (PostgresType("int4", "b", -1), "INT"),
        (PostgresType("numeric", "b", numeric(10, 2)), "DECIMAL(10, 2)"),
        (PostgresType("numeric", "b", numeric(60, 3)), "DECIMAL(38, 3)"),
        (PostgresType("numeric", "b", numeric(5, -2)), "DECIMAL(5, 0)"),
        (PostgresType("numeric", "b", -1), "DECIMAL(38, 10)"),
        (PostgresType("money", "b", -1), "DECIMAL(19, 2)"),
        (PostgresType("timestamp", "b", -1), "TIMESTAMP(6)"),
        (PostgresType("timestamptz", "b", 3), "TIMESTAMP_LTZ(3)"),
        (PostgresType("date", "b", -1), "DATE"),
        (PostgresType("jsonb", "b", -1), "STRING"),
        (PostgresType("uuid", "b", -1), "STRING"),
        (PostgresType("mood", "e", -1), "STRING"),
        (PostgresType("_text", "b", -1, "text"), "ARRAY<STRING>"),
        (PostgresType("_int8", "b", -1, "int8"), "ARRAY<BIGINT>"),
        (PostgresType("_mood", "b", -1, "mood", "e"), "ARRAY<STRING>"),
        (PostgresType("bit", "b", 1), "BOOLEAN"),
    ],
)
def test_types_of_postgres(found: PostgresType, logical: str) -> None:
    encoding = postgres_encoding(found)
    assert encoding is not None
    assert encoding.logical == logical


@pytest.mark.parametrize(
    "found",
    [
        PostgresType("bytea", "b", -1),
        PostgresType("point", "b", -1),
        PostgresType("bit", "b", 8),
        PostgresType("address", "c", -1),
        PostgresType("_bytea", "b", -1, "bytea"),
    ],
)
def test_what_has_no_text_is_left_out(found: PostgresType) -> None:
    assert postgres_encoding(found) is None


@pytest.mark.parametrize(
    ("found", "logical"),
    [
        (MysqlType("tinyint", "tinyint(1)", 3, 0, -1), "BOOLEAN"),
        (MysqlType("tinyint", "tinyint(4)", 3, 0, -1), "SMALLINT"),
        (MysqlType("int", "int(10) unsigned", 10, 0, -1), "BIGINT"),
        (MysqlType("decimal", "decimal(65,30)", 65, 30, -1), "DECIMAL(38, 30)"),
        (MysqlType("datetime", "datetime(6)", -1, -1, 6), "TIMESTAMP(6)"),
        (MysqlType("timestamp", "timestamp", -1, -1, 0), "TIMESTAMP_LTZ(0)"),
        (MysqlType("enum", "enum('a')", -1, -1, -1), "STRING"),
        (MysqlType("year", "year(4)", -1, -1, -1), "INT"),
    ],
)
def test_types_of_mysql(found: MysqlType, logical: str) -> None:
    encoding = mysql_encoding(found)
    assert encoding is not None
    assert encoding.logical == logical


def test_binary_columns_of_mysql_are_left_out() -> None:
    assert mysql_encoding(MysqlType("blob", "blob", -1, -1, -1)) is None
    assert mysql_encoding(MysqlType("bit", "bit(8)", 8, -1, -1)) is None
