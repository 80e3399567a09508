"""The life of a source that reads topics, and of its job, step by step on a real SQL database."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from tests.ingestion.sources.contracts import ORDERS
from tests.ingestion.sources.world import World, declare


def test_a_job_that_restarts_for_ever_is_told_with_its_cause(engine: Engine, world: World) -> None:
    world.topics["web.orders"] = 0
    declare(engine, "web", ORDERS)
    keeper = world.keeper()
    world.step(keeper)
    world.jobs = [type(job)(job.id, job.name, "RESTARTING", job.started_milliseconds) for job in world.jobs]
    world.failure = "disk full"
    world.step(keeper)
    assert world.state() == ("degraded", "the job is restarting: disk full")


@pytest.mark.parametrize("service", ["Flink", "Kafka"])
def test_a_silent_service_is_waited_for(engine: Engine, world: World, service: str) -> None:
    world.topics["web.orders"] = 0
    declare(engine, "web", ORDERS)
    world.silent = {service}
    keeper = world.keeper()
    world.step(keeper)
    assert world.state() == ("waiting", f"{service} does not answer")
    world.silent = set()
    world.step(keeper, 3)
    assert world.state() == ("running", "")


def test_a_topic_that_is_not_there_is_said(engine: Engine, world: World) -> None:
    declare(engine, "web", ORDERS)
    world.step(world.keeper())
    assert world.state() == ("failed", "Kafka has no topic 'web.orders'")


def test_a_lost_job_is_submitted_again_from_its_checkpoint(engine: Engine, world: World) -> None:
    world.topics["web.orders"] = 0
    declare(engine, "web", ORDERS)
    keeper = world.keeper()
    world.step(keeper, 2)
    world.jobs.clear()
    world.step(keeper)
    assert world.plans[-1].options["execution.state-recovery.path"] == "s3://checkpoints/job0"


def test_a_checkpoint_that_cannot_be_restored_means_starting_over(engine: Engine, world: World) -> None:
    world.topics["web.orders"] = 0
    declare(engine, "web", ORDERS)
    keeper = world.keeper()
    world.step(keeper, 2)
    world.jobs.clear()
    world.step(keeper)
    world.end_job("freshet-source-web-g1", "FAILED")
    world.step(keeper)
    assert world.state()[0] == "snapshot"
    assert world.row().generation == 2


def test_a_paused_source_goes_on_where_it_was(engine: Engine, world: World) -> None:
    world.topics["web.orders"] = 0
    declare(engine, "web", ORDERS)
    keeper = world.keeper()
    world.step(keeper, 2)
    with engine.begin() as connection:
        connection.execute(text("UPDATE sources SET desired = 'paused'"))
    world.step(keeper)
    assert (world.state()[0], world.alive()) == ("paused", [])
    with engine.begin() as connection:
        connection.execute(text("UPDATE sources SET desired = 'active'"))
    world.step(keeper)
    assert world.plans[-1].options["execution.state-recovery.path"] == "s3://checkpoints/job0"
