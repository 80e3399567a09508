"""The Celery application: settings that lose no task, and a task that works on the row it is told of."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from app.settings import Settings
from app.tasks import make_app
from ingestion import uploads
from ingestion.parse_queue import QUEUE, TASK, VISIBILITY_SECONDS, ParseQueue
from retrieval.errors import UnavailableError
from tests.ingestion.test_uploads import accept, let_the_lease_run_out, new, state


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


@contextmanager
def worker(database_url: str, valkey_url: str, folder: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process whose parser waits for the file `go`, and which writes instead of publishing."""
    env = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": valkey_url, "FRESHET_HOME": str(folder), **more}
    command = [sys.executable, "-m", "celery", "-A", "tests.app.waiting_worker", "worker", "--concurrency", "1"]
    process = subprocess.Popen([*command, "--loglevel", "ERROR"], env=env, cwd=Path(__file__).parents[2])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_file_whose_worker_was_killed_is_parsed_by_the_next_one(
    database_url: str, engine: Engine, valkey_url: str, tmp_path: Path
) -> None:
    (tmp_path / "originals" / "acme").mkdir(parents=True)
    (tmp_path / "originals" / "acme" / "a").write_bytes(b"content")
    upload = accept(engine, new("a")).upload
    queue = ParseQueue(valkey_url)
    queue.send(upload.document_id, 1)
    with worker(database_url, valkey_url, tmp_path) as first:
        wait_for(lambda: state(engine, upload.document_id).state == uploads.PARSING)
        first.kill()
        first.wait()
    let_the_lease_run_out(engine)
    (tmp_path / "go").touch()
    with worker(database_url, valkey_url, tmp_path):
        assert uploads.requeue_stuck(engine, queue.send) == 1
        wait_for(lambda: state(engine, upload.document_id).state == uploads.PARSED)
    assert (tmp_path / "published").read_text() == "a.txt\n"


def wait_for(condition: Callable[[], bool]) -> None:
    """Look until it holds; the timeout of the test ends it otherwise."""
    looking = threading.Event()
    while not condition():
        looking.wait(0.05)
