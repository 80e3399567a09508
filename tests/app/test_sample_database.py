"""The sample's databases on a real PostgreSQL: loading, traffic, reset."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from app.sample import SAMPLES
from app.sample_database import SYSTEMS, create_databases, host_and_port, reset_rows, sample_address
from app.sample_traffic import Enterprise, open_enterprise, run_traffic
from app.settings import Settings
from retrieval.errors import UnavailableError


@pytest.fixture
def sample_url(database_url: str) -> Iterator[str]:
    """A PostgreSQL with the sample loaded, put back to its beginning afterwards."""
    create_databases(database_url, SAMPLES)
    yield database_url
    reset_rows(database_url, SAMPLES)


@pytest.fixture
def enterprise(sample_url: str, tmp_path: Path) -> Iterator[Enterprise]:
    with open_enterprise(sample_url, tmp_path, seed=7) as opened:
        yield opened


def _rows(database_url: str) -> dict[str, list[str]]:
    """Table → its rows as texts, sorted."""
    found = {}
    for system in SYSTEMS:
        with psycopg.connect(sample_address(database_url, f"sample_{system}")) as connection:
            for (table,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall():
                rows = connection.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t'.encode())
                found[table] = sorted(row for (row,) in rows)
    return found


def test_loading_again_changes_nothing(sample_url: str) -> None:
    before = _rows(sample_url)
    assert create_databases(sample_url, SAMPLES) == []
    assert _rows(sample_url) == before


def test_every_table_has_rows_and_shows_old_rows_to_its_followers(sample_url: str) -> None:
    assert all(rows for rows in _rows(sample_url).values())
    for system in SYSTEMS:
        with psycopg.connect(sample_address(sample_url, f"sample_{system}")) as connection:
            kinds = connection.execute(
                "SELECT DISTINCT relreplident::text FROM pg_class"
                " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            ).fetchall()
        assert kinds == [("f",)]


def test_the_sample_s_role_may_replicate_and_publish_but_is_no_superuser(sample_url: str) -> None:
    with psycopg.connect(sample_address(sample_url, "sample_erp")) as connection:
        assert connection.execute(
            "SELECT rolreplication, rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (
            True,
            False,
        )
        connection.execute("CREATE PUBLICATION tried FOR TABLE products")
        connection.rollback()


def test_texts_hold_umlauts_chinese_full_width_digits_and_broken_encoding(sample_url: str) -> None:
    everything = "\n".join(row for rows in _rows(sample_url).values() for row in rows)
    for dirt in ("Möller", "磨豆机", "７０％", "KÃ¼hle", "Weiß", "  "):
        assert dirt in everything


@pytest.mark.parametrize(
    ("happening", "changed"),
    [
        ("place_order", {"orders", "order_lines"}),
        ("move_stock", {"stock"}),
        ("change_price", {"prices"}),
        ("open_ticket", {"tickets", "messages"}),
        ("report_error", set()),
        ("write_shop_log", set()),
    ],
)
def test_each_happening_changes_its_own_tables(
    happening: str, changed: set[str], sample_url: str, enterprise: Enterprise
) -> None:
    before = _rows(sample_url)
    assert getattr(enterprise, happening)()
    after = _rows(sample_url)
    assert {table for table in after if after[table] != before[table]} == changed


def test_orders_advance_until_all_are_delivered(sample_url: str, enterprise: Enterprise) -> None:
    said = [enterprise.advance_order() for _ in range(100)]
    assert said[-1] == "no order is under way"
    rows = enterprise.erp.execute("SELECT DISTINCT status FROM orders ORDER BY status").fetchall()
    assert [row["status"] for row in rows] == ["cancelled", "delivered"]
    late = enterprise.erp.execute("SELECT count(*) AS open FROM shipments WHERE delivered_at IS NULL").fetchone()
    assert late == {"open": 0}
    assert len(_rows(sample_url)["shipments"]) > 102


def test_an_answer_waits_for_the_customer(enterprise: Enterprise) -> None:
    ticket = enterprise.reply().removeprefix("answer on ticket ")
    row = enterprise.crm.execute(
        "SELECT status, (SELECT count(*) FROM messages m WHERE m.ticket_id = t.id AND NOT from_customer"
        " AND sent_at > now() - interval '1 hour') AS fresh FROM tickets t WHERE ticket_no = %s",
        (ticket,),
    ).fetchone()
    assert row == {"status": "waiting", "fresh": 1}


def test_log_lines_are_appended(enterprise: Enterprise, tmp_path: Path) -> None:
    for _ in range(3):
        enterprise.report_error()
        enterprise.write_shop_log()
    assert len((tmp_path / "machines.jsonl").read_text(encoding="utf-8").splitlines()) == 3
    assert len((tmp_path / "shop.log").read_text(encoding="utf-8").splitlines()) == 3


def test_reset_puts_every_row_back(sample_url: str, tmp_path: Path) -> None:
    reset_rows(sample_url, SAMPLES)
    before = _rows(sample_url)
    with open_enterprise(sample_url, tmp_path, seed=random.randrange(1000)) as enterprise:
        for _ in range(40):
            enterprise.step()
    assert _rows(sample_url) != before
    reset_rows(sample_url, SAMPLES)
    assert _rows(sample_url) == before


def test_traffic_makes_as_many_changes_as_asked(sample_url: str, tmp_path: Path) -> None:
    said: list[str] = []
    settings = Settings(freshet_home=tmp_path, database_url=SecretStr(sample_url))
    assert run_traffic(settings, per_second=200, seconds=0.1, say=said.append) == 20
    assert len(said) == 20


def test_traffic_without_the_sample_says_how_to_load_it(tmp_path: Path) -> None:
    settings = Settings(freshet_home=tmp_path, database_url=SecretStr("postgresql://a:b@127.0.0.1:1/c"))
    with pytest.raises(UnavailableError, match="freshet sample load"):
        run_traffic(settings, per_second=1, seconds=1, say=print)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://a:b@db.example:6543/c", "db.example:6543"),
        ("postgresql://a:b@db.example/c", "db.example:5432"),
        ("postgresql://postgres@/postgres?host=/var/run", "%2Fvar%2Frun:5432"),
    ],
)
def test_host_and_port_of_an_address(address: str, expected: str) -> None:
    assert host_and_port(address) == expected
