"""Freshet's own processes: the API, the Celery worker, the controller of sources."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from app.local.part import NotReadyError, Part, Port
from app.local.parts.flink import flink_environment
from app.local.probes import answers_json
from app.settings import Settings, api_url
from ingestion.parse_queue import make_celery

WORKER_NAME = "freshet@local"


def describe(settings: Settings) -> list[Part]:
    """The parts `api`, `worker` and `controller`."""
    return [_api(settings), _worker(settings), _controller(settings)]


def _api(settings: Settings) -> Part:
    return Part(
        name="api",
        command=(sys.executable, "-m", "app.main"),
        ready=lambda: answers_json(f"{api_url(settings)}/readyz"),
        lives=lambda: answers_json(f"{api_url(settings)}/healthz"),
        folder=Path.cwd(),
        needs=("database", "valkey", "kafka", "milvus", "embeddings"),
        ports=(Port(settings.port, "port", settings.host),),
        environment={"FRESHET_HOME": str(settings.freshet_home)},
        grace_seconds=15.0,
        address=api_url(settings),
        memory="as requests need",
    )


def _worker(settings: Settings) -> Part:
    assert settings.redis_url is not None
    redis_url = settings.redis_url.get_secret_value()
    options = ("--concurrency", "1", "--hostname", WORKER_NAME, "--loglevel", "INFO")

    async def ready() -> None:
        replies = await asyncio.to_thread(_ping, redis_url)
        if not replies:
            message = "no worker answers a ping"
            raise NotReadyError(message)

    return Part(
        name="worker",
        command=(sys.executable, "-m", "celery", "-A", "app.tasks", "worker", *options),
        ready=ready,
        folder=Path.cwd(),
        needs=("database", "valkey", "kafka"),
        environment={"FRESHET_HOME": str(settings.freshet_home)},
        grace_seconds=20.0,
        address=WORKER_NAME,
        memory="as documents need",
    )


def _ping(redis_url: str) -> list[Any]:
    with make_celery(redis_url) as celery:
        replies: list[Any] = celery.control.ping(destination=[WORKER_NAME], timeout=3.0, limit=1)
    return replies


def _controller(settings: Settings) -> Part:
    return Part(
        name="controller",
        command=(sys.executable, "-m", "app.controller"),
        ready=_nothing_to_ask,
        folder=Path.cwd(),
        needs=("database", "valkey", "kafka", "connect", "taskmanager", "milvus", "embeddings"),
        environment=flink_environment(settings),
        grace_seconds=15.0,
        address="reconciles sources",
        memory="about 200 MB",
    )


async def _nothing_to_ask() -> None:
    """The controller listens nowhere: it is ready while it lives."""
