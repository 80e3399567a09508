from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ingestion.sources.connection import DatabaseAddress
from ingestion.sources.discover import discover
from ingestion.sources.model import TableChoice
from ingestion.sources.samples import sample_tables
from retrieval.errors import RejectedError, UnavailableError
from tests.mariadb import execute


def test_columns_keys_and_obstacles(mariadb: DatabaseAddress) -> None:
    execute(
        mariadb,
        "CREATE OR REPLACE TABLE items (b int, a int, ok tinyint(1), p decimal(8,2), at datetime(3), x blob, "
        "PRIMARY KEY (a, b))",
        "CREATE OR REPLACE TABLE nokey (a int)",
        "CREATE OR REPLACE VIEW cheap AS SELECT 1 AS id",
    )
    choices = [
        TableChoice("", name, name, line=number) for number, name in enumerate(("items", "nokey", "cheap", "item"), 3)
    ]
    found = discover(mariadb, choices)
    items = found.tables[0]
    assert (items.full_name, items.key) == ("shop.items", ("a", "b"))
    logical = [column.encoding.logical if column.encoding else None for column in items.columns]
    assert logical == ["INT", "INT", "BOOLEAN", "DECIMAL(8, 2)", "TIMESTAMP(3)", None]
    assert found.missing == ("line 6: the database has no table shop.item; did you mean shop.items?",)
    assert any("shop.nokey has no primary key" in problem for problem in found.problems)
    assert any("shop.cheap is a view" in problem for problem in found.problems)
    assert len(found.problems) == 2


def test_a_table_that_debezium_cannot_read_is_refused_and_a_uuid_left_out(mariadb: DatabaseAddress) -> None:
    execute(mariadb, "CREATE OR REPLACE TABLE visits (id int PRIMARY KEY, address inet6, serial uuid, name text)")
    found = discover(mariadb, [TableChoice("", "visits", "visits", line=3)])
    [said] = found.problems
    assert said.startswith(
        "line 3: shop.visits cannot be followed, because Debezium cannot read the type of its column"
    )
    assert "address (inet6): store it as varchar" in said
    assert "shop.visits.serial (uuid)" in found.notes[0]


def test_a_mariadb_under_the_name_of_mysql_is_told_apart(mariadb: DatabaseAddress) -> None:
    [said] = discover(replace(mariadb, dialect="mysql"), []).problems
    assert re.search(r"the server at 127.0.0.1:\d+ is \S*MariaDB\S*: begin the connection with mariadb://", said)


def test_settings_of_the_server_and_rights_of_the_user(mariadb: DatabaseAddress) -> None:
    execute(
        mariadb,
        "CREATE OR REPLACE TABLE items (id int PRIMARY KEY)",
        "CREATE OR REPLACE USER weak@'%' IDENTIFIED BY 'weak'",
        "GRANT SELECT ON shop.* TO weak@'%'",
        "SET GLOBAL binlog_row_image = 'MINIMAL'",
    )
    try:
        said = discover(replace(mariadb, user="weak", password="weak"), [TableChoice("", "items", "items")]).problems
    finally:
        execute(mariadb, "SET GLOBAL binlog_row_image = 'FULL'")
    assert said[0].startswith("the server's binlog_row_image is 'MINIMAL', it must be 'FULL': SET GLOBAL")
    assert "GRANT REPLICATION SLAVE, REPLICATION CLIENT, RELOAD ON *.* TO 'weak'@'%';" in said[1]


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"user": "nobody", "password": "x"}, RejectedError, "the password is wrong or the user does not exist"),
        ({"database": "nothing"}, RejectedError, "has no database 'nothing'"),
        ({"port": 1}, UnavailableError, "cannot be reached"),
    ],
)
def test_a_database_that_cannot_be_asked(
    mariadb: DatabaseAddress, change: dict[str, object], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        discover(replace(mariadb, **change), [])  # type: ignore[arg-type]


def test_sample_rows_are_written_as_debezium_would(mariadb: DatabaseAddress) -> None:
    execute(
        mariadb,
        "CREATE OR REPLACE TABLE items (id int PRIMARY KEY, ok tinyint(1), b bit(1), p decimal(6,2), n varchar(9), "
        "at datetime)",
        "INSERT INTO items VALUES (1, 1, 0, 1.5, 'ä', '2024-01-01 08:00')",
    )
    tables = discover(mariadb, [TableChoice("", "items", "items")]).tables
    [sample] = sample_tables(mariadb, tables, 10)
    assert sample.rows == ('{"id":1,"ok":"1","b":"0","p":"1.50","n":"ä","at":"2024-01-01 08:00:00"}',)
