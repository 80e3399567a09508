"""The life of a source, step by step, on a real SQL database and a real source database."""

from __future__ import annotations

import json
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import Engine

from ingestion.sources.connect_api import ConnectorState
from ingestion.sources.connection import DatabaseAddress
from tests.ingestion.sources.contracts import ORDERS
from tests.ingestion.sources.world import World, declare

Erp = psycopg.Connection[tuple[object, ...]]
PRODUCTS = """\
source: erp
connection: ${ERP_URL}
tables: [public.products]
documents:
  - kind: product
    sql: SELECT id, name FROM products
    key: [id]
    title: "{name}"
    text: "{name}"
    readers: [public]
  - kind: price
    sql: SELECT id, price FROM products
    key: [id]
    title: "{price}"
    text: "{price}"
    readers: [public]
"""
COMPLETED = json.dumps({"aggregate_type": "Initial Snapshot", "type": "COMPLETED"}).encode()
TOPIC = "cdc.erp.g{}.public.products"


@pytest.fixture
def erp_world(world: World, postgres: DatabaseAddress, erp: Erp) -> World:
    erp.execute("CREATE TABLE products (id int PRIMARY KEY, name text, price numeric(9,2), spare int)")
    erp.execute("ALTER TABLE products REPLICA IDENTITY FULL")
    erp.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
    url = f"postgresql://{postgres.user}:{quote(postgres.password, safe='')}@{postgres.host}:{postgres.port}/erp"
    world.environment["ERP_URL"] = url
    return world


def caught_up(world: World, erp: Erp, generation: int, end: int = 10) -> None:
    """The connector's snapshot is complete and the job has noted all of it."""
    topic = TOPIC.format(generation)
    world.topics[topic] = end
    world.committed = {(topic, 0): end}
    world.messages[f"cdc.erp.g{generation}.notifications"] = [COMPLETED]
    erp.execute(f"SELECT pg_create_logical_replication_slot('freshet_erp_g{generation}', 'pgoutput')")


def test_a_source_is_built_reads_its_snapshot_and_runs(engine: Engine, erp_world: World, erp: Erp) -> None:
    declare(engine, "erp", PRODUCTS)
    keeper = erp_world.keeper()
    erp_world.step(keeper)
    assert erp_world.state() == ("snapshot", "reading what is there")
    assert list(erp_world.connectors) == ["freshet-erp-g1"]
    assert erp_world.alive() == ["freshet-source-erp-g1"]
    assert set(erp_world.topics) >= {TOPIC.format(1), "cdc.erp.g1.notifications"}

    erp_world.step(keeper)
    assert erp_world.state() == ("snapshot", "reading what is there")
    caught_up(erp_world, erp, 1)
    erp_world.committed[TOPIC.format(1), 0] = 9
    erp_world.step(keeper)
    assert erp_world.state() == ("snapshot", "making documents of what is there")
    erp_world.committed[TOPIC.format(1), 0] = 10
    row = erp_world.step(keeper, 2)
    assert erp_world.state() == ("running", "")
    assert row.status["lag"] == 0
    assert row.status["as_of"]
    assert len(erp_world.plans) == 1


def test_what_is_wrong_with_a_contract_is_said_and_tried_again(engine: Engine, erp_world: World, erp: Erp) -> None:
    erp.execute("ALTER TABLE products REPLICA IDENTITY DEFAULT")
    declare(engine, "erp", PRODUCTS)
    keeper = erp_world.keeper()
    erp_world.step(keeper)
    state, message = erp_world.state()
    assert state == "failed"
    assert 'ALTER TABLE "public"."products" REPLICA IDENTITY FULL;' in message
    assert not erp_world.connectors
    erp.execute("ALTER TABLE products REPLICA IDENTITY FULL")
    erp_world.step(keeper)
    assert erp_world.state()[0] == "snapshot"


def test_a_query_that_flink_refuses_leaves_nothing_behind(engine: Engine, erp_world: World) -> None:
    erp_world.refused = {"price": "line 12: document 'price': Column 'price' not found"}
    declare(engine, "erp", PRODUCTS)
    erp_world.step(erp_world.keeper())
    assert erp_world.state() == ("failed", "line 12: document 'price': Column 'price' not found")
    assert not erp_world.connectors
    assert erp_world.row().memory.generation == 0


def test_a_new_contract_takes_over_and_the_old_ones_documents_go(engine: Engine, erp_world: World, erp: Erp) -> None:
    declare(engine, "erp", PRODUCTS)
    keeper = erp_world.keeper()
    erp_world.step(keeper)
    caught_up(erp_world, erp, 1)
    erp_world.step(keeper, 2)
    erp_world.knowledge = [
        ("default/erp/price/1", b'{"generation": 1}'),
        ("default/erp/product/1", b'{"generation": 2}'),
    ]
    declare(engine, "erp", PRODUCTS.split("  - kind: price", maxsplit=1)[0])
    erp_world.step(keeper, 2)
    assert erp_world.alive() == ["freshet-source-erp-g2"]
    assert list(erp_world.connectors) == ["freshet-erp-g2"]
    assert erp_world.published == []
    caught_up(erp_world, erp, 2)
    erp_world.step(keeper, 2)
    assert erp_world.state() == ("running", "")
    assert [(one.key, one.value) for one in erp_world.published] == [("price/1", None)]
    assert not any(name.startswith("cdc.erp.g1.") for name in erp_world.topics)
    assert "freshet-source-erp-g1" in erp_world.groups_dropped
    assert erp.execute("SELECT slot_name FROM pg_replication_slots").fetchall() == [("freshet_erp_g2",)]


def test_a_wrong_new_contract_leaves_the_old_one_in_force(engine: Engine, erp_world: World, erp: Erp) -> None:
    declare(engine, "erp", PRODUCTS)
    keeper = erp_world.keeper()
    erp_world.step(keeper)
    caught_up(erp_world, erp, 1)
    erp_world.step(keeper)
    erp_world.refused = {"bad": "line 5: no such thing"}
    declare(engine, "erp", PRODUCTS.replace("kind: price", "kind: bad"))
    erp_world.step(keeper)
    assert erp_world.state() == ("failed", "line 5: no such thing\nthe earlier contract stays in force")
    erp_world.jobs.clear()
    erp_world.step(keeper)
    assert erp_world.alive() == ["freshet-source-erp-g1"]


def test_a_column_that_goes_spares_the_documents_it_made(engine: Engine, erp_world: World, erp: Erp) -> None:
    declare(engine, "erp", PRODUCTS)
    keeper = erp_world.keeper()
    erp_world.step(keeper)
    caught_up(erp_world, erp, 1)
    erp_world.step(keeper, 2)
    erp_world.clock += 300
    erp.execute("ALTER TABLE products DROP COLUMN price")
    erp_world.refused = {"price": "Column 'price' not found"}
    erp_world.knowledge = [("default/erp/price/1", b'{"generation": 1}')]
    erp_world.step(keeper, 2)
    caught_up(erp_world, erp, 2)
    erp_world.step(keeper, 2)
    kept = "documents of kind price keep their last text until the contract is changed"
    assert erp_world.state() == ("degraded", f"column price of public.products is gone; {kept}")
    assert erp_world.published == []
    assert [rule.kind for rule in erp_world.plans[-1].documents] == ["product"]


def test_a_column_that_nobody_reads_may_go(engine: Engine, erp_world: World, erp: Erp) -> None:
    declare(engine, "erp", PRODUCTS)
    keeper = erp_world.keeper()
    erp_world.step(keeper)
    caught_up(erp_world, erp, 1)
    erp_world.step(keeper, 2)
    erp_world.clock += 300
    erp.execute("ALTER TABLE products DROP COLUMN spare")
    row = erp_world.step(keeper, 2)
    assert (row.generation, row.status["state"]) == (1, "running")
    assert row.status["notes"] == ["column spare of public.products is gone"]


def test_a_slot_that_was_dropped_means_a_fresh_snapshot(engine: Engine, erp_world: World, erp: Erp) -> None:
    declare(engine, "erp", PRODUCTS)
    keeper = erp_world.keeper()
    erp_world.step(keeper)
    caught_up(erp_world, erp, 1)
    erp_world.step(keeper, 2)
    erp.execute("SELECT pg_drop_replication_slot('freshet_erp_g1')")
    erp_world.step(keeper, 2)
    assert erp_world.row().generation == 2


def test_a_database_that_is_gone_is_waited_for(engine: Engine, erp_world: World, erp: Erp) -> None:
    declare(engine, "erp", PRODUCTS)
    keeper = erp_world.keeper()
    erp_world.step(keeper)
    caught_up(erp_world, erp, 1)
    erp_world.step(keeper, 2)
    there = erp_world.environment["ERP_URL"]
    erp_world.environment["ERP_URL"] = "postgresql://u:p@127.0.0.1:1/erp"
    erp_world.step(keeper)
    state, message = erp_world.state()
    assert state == "waiting"
    assert "127.0.0.1:1 cannot be reached" in message
    erp_world.environment["ERP_URL"] = there
    erp_world.step(keeper)
    assert erp_world.state() == ("running", "")


def test_a_failed_task_is_started_again_with_its_reason(engine: Engine, erp_world: World, erp: Erp) -> None:
    declare(engine, "erp", PRODUCTS)
    keeper = erp_world.keeper()
    erp_world.step(keeper)
    caught_up(erp_world, erp, 1)
    trace = "org.x.Y: outer\nCaused by: org.z.Q: permission denied for table products\n"
    erp_world.states["freshet-erp-g1"] = ConnectorState("RUNNING", "FAILED", trace)
    erp_world.step(keeper)
    assert erp_world.state() == (
        "waiting",
        "the connector has failed and is started again: permission denied for table products",
    )
    assert erp_world.restarted == ["freshet-erp-g1"]


def test_log_that_the_database_threw_away_means_a_fresh_snapshot(engine: Engine, erp_world: World, erp: Erp) -> None:
    declare(engine, "erp", PRODUCTS)
    keeper = erp_world.keeper()
    erp_world.step(keeper)
    erp_world.clock += 300
    trace = "org.x.Y: the change stream is no longer available on the server. Use a snapshot."
    erp_world.states["freshet-erp-g1"] = ConnectorState("RUNNING", "FAILED", trace)
    erp_world.step(keeper)
    assert erp_world.row().generation == 2


def test_a_removed_source_takes_everything_with_it(engine: Engine, erp_world: World, erp: Erp) -> None:
    declare(engine, "erp", PRODUCTS)
    keeper = erp_world.keeper()
    erp_world.step(keeper)
    caught_up(erp_world, erp, 1)
    erp_world.step(keeper)
    erp_world.knowledge = [
        ("default/erp/price/1", b'{"generation": 1}'),
        ("default/crm/account/1", b'{"generation": 1}'),
    ]
    declare(engine, "erp", PRODUCTS, "removed")
    erp_world.step(keeper)
    assert erp_world.state() == ("removing", "waiting for the job to end")
    keeper.step(erp_world.row())
    assert erp_world.rows.all() == []
    assert [(one.key, one.value) for one in erp_world.published] == [("price/1", None)]
    assert not erp_world.connectors
    assert not any(name.startswith("cdc.") for name in erp_world.topics)
    assert erp.execute("SELECT count(*) FROM pg_replication_slots").fetchone() == (0,)


def test_a_slot_in_a_database_that_is_gone_holds_the_removal_up_for_a_while(
    engine: Engine, erp_world: World, erp: Erp
) -> None:
    declare(engine, "erp", PRODUCTS)
    keeper = erp_world.keeper()
    erp_world.step(keeper)
    erp_world.environment["ERP_URL"] = "postgresql://u:p@127.0.0.1:1/erp"
    declare(engine, "erp", PRODUCTS, "removed")
    erp_world.step(keeper, 2)
    assert erp_world.state() == (
        "removing",
        "the documents are gone; still to be dropped in the source database: freshet_erp_g1",
    )
    erp_world.clock += 600
    keeper.step(erp_world.row())
    assert erp_world.rows.all() == []


def test_a_source_declared_again_while_it_is_removed_stays(engine: Engine, world: World) -> None:
    world.topics["web.orders"] = 0
    declare(engine, "web", ORDERS)
    keeper = world.keeper()
    world.step(keeper, 2)
    declare(engine, "web", ORDERS, "removed")
    world.step(keeper)
    declare(engine, "web", ORDERS)
    world.step(keeper, 3)
    assert world.state() == ("running", "")
    assert world.alive() == ["freshet-source-web-g3"]
