from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from ingestion.sources.connection import DatabaseAddress
from ingestion.sources.discover import discover
from ingestion.sources.model import TableChoice
from ingestion.sources.samples import sample_tables
from ingestion.sources.slots import drop_slot, slot_state
from retrieval.errors import RejectedError, UnavailableError

Erp = psycopg.Connection[tuple[object, ...]]
PRODUCTS = TableChoice("public", "products", "products", line=3)


def test_columns_keys_and_types(postgres: DatabaseAddress, erp: Erp) -> None:
    erp.execute("CREATE DOMAIN eur AS numeric(9, 2)")
    erp.execute(
        'CREATE TABLE "Order" (b int, a int, price eur, tags text[], doc jsonb, at timestamptz(3), photo bytea, '
        "gone int, PRIMARY KEY (a, b))"
    )
    erp.execute('ALTER TABLE "Order" REPLICA IDENTITY FULL, DROP COLUMN gone')
    found = discover(postgres, [TableChoice("public", "Order", "orders")])
    assert found.problems == found.missing == ()
    [table] = found.tables
    assert (table.full_name, table.name, table.key) == ("public.Order", "orders", ("a", "b"))
    logical = {column.name: column.encoding.logical if column.encoding else None for column in table.columns}
    assert logical == {
        "b": "INT",
        "a": "INT",
        "price": "DECIMAL(9, 2)",
        "tags": "ARRAY<STRING>",
        "doc": "STRING",
        "at": "TIMESTAMP_LTZ(3)",
        "photo": None,
    }
    assert found.notes == ("left out, because their type has no text: public.Order.photo (bytea)",)


def test_obstacles_are_said_with_their_remedy(postgres: DatabaseAddress, erp: Erp) -> None:
    erp.execute("CREATE TABLE products (id int PRIMARY KEY)")
    erp.execute("CREATE TABLE nokey (id int)")
    erp.execute("ALTER TABLE nokey REPLICA IDENTITY FULL")
    erp.execute("CREATE VIEW cheap AS SELECT 1 AS id")
    found = discover(
        postgres,
        [
            PRODUCTS,
            TableChoice("public", "nokey", "nokey", line=4),
            TableChoice("public", "cheap", "cheap", line=5),
            TableChoice("public", "product", "product", line=6),
            TableChoice("public", "nokey", "keyed", ("nr",), line=7),
        ],
    )
    assert found.missing == ("line 6: the database has no table public.product; did you mean public.products?",)
    identity = 'ALTER TABLE "public"."products" REPLICA IDENTITY FULL;'
    form = "{table: public.nokey, key: [column, …]}"
    assert found.problems == (
        f"public.products does not log the old values of changed rows: {identity}",
        f"line 4: public.nokey has no primary key: name columns that tell its rows apart, {form}",
        "line 5: public.cheap is a view, which has no changes to follow: name the tables it reads",
        "line 7: the key of public.nokey names nr; its columns are id",
    )


def test_a_user_without_rights_is_told_what_to_grant(postgres: DatabaseAddress, erp: Erp) -> None:
    erp.execute("CREATE TABLE products (id int PRIMARY KEY)")
    erp.execute("ALTER TABLE products REPLICA IDENTITY FULL")
    erp.execute("DROP ROLE IF EXISTS weak")
    erp.execute("CREATE ROLE weak LOGIN PASSWORD 'weak'")
    weak = replace(postgres, user="weak", password="weak")
    said = "\n".join(discover(weak, [PRODUCTS], "freshet_erp").problems)
    assert 'ALTER ROLE "weak" REPLICATION;' in said
    assert 'GRANT SELECT ON "public"."products" TO "weak";' in said
    assert "only the owner of a table may" in said
    assert "GRANT CREATE ON DATABASE" in said

    erp.execute("GRANT USAGE ON SCHEMA public TO weak")
    erp.execute("GRANT SELECT ON products TO weak")
    erp.execute("ALTER ROLE weak REPLICATION")
    erp.execute("CREATE PUBLICATION freshet_erp FOR TABLE products")
    found = discover(weak, [PRODUCTS], "freshet_erp")
    assert (found.problems, found.publication) == ((), "freshet_erp")


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"password": "wrong"}, RejectedError, "the password is wrong or the user does not exist"),
        ({"database": "nothing"}, RejectedError, "has no database 'nothing'"),
        ({"port": 1}, UnavailableError, "cannot be reached"),
        ({"host": "no-such-host.invalid"}, UnavailableError, "cannot be reached"),
    ],
)
def test_a_database_that_cannot_be_asked(
    postgres: DatabaseAddress, change: dict[str, object], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        discover(replace(postgres, **change), [PRODUCTS])  # type: ignore[arg-type]


def test_sample_rows_are_written_as_debezium_would(postgres: DatabaseAddress, erp: Erp) -> None:
    erp.execute(
        "CREATE TABLE products (id int PRIMARY KEY, p numeric(6,2), tags text[], n numeric[], at timestamptz, b bool)"
    )
    erp.execute("ALTER TABLE products REPLICA IDENTITY FULL")
    erp.execute("INSERT INTO products VALUES (1, 1.5, '{ä,NULL}', '{1.50}', '2024-01-01 08:00+08', true)")
    tables = discover(postgres, [PRODUCTS]).tables
    [sample] = sample_tables(postgres, tables, 10)
    assert sample.rows == ('{"id":1,"p":"1.50","tags":["ä",null],"n":["1.5"],"at":"2024-01-01 00:00:00","b":true}',)
    assert sample.columns.startswith("`id` INT, `p` STRING, `tags` ARRAY<STRING>")


def test_slots_are_measured_and_dropped_with_their_publication(postgres: DatabaseAddress, erp: Erp) -> None:
    erp.execute("CREATE TABLE products (id int PRIMARY KEY)")
    erp.execute("SELECT pg_create_logical_replication_slot('freshet_erp_g1', 'pgoutput')")
    erp.execute("CREATE PUBLICATION freshet_erp_g1 FOR TABLE products")
    state = slot_state(postgres, "freshet_erp_g1")
    assert state is not None
    assert (state.active, state.lost) == (False, False)
    assert state.behind >= 0
    drop_slot(postgres, "freshet_erp_g1", "freshet_erp_g1")
    drop_slot(postgres, "freshet_erp_g1", "freshet_erp_g1")
    assert slot_state(postgres, "freshet_erp_g1") is None
    assert erp.execute("SELECT count(*) FROM pg_publication WHERE pubname = 'freshet_erp_g1'").fetchone() == (0,)
