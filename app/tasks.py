"""The Celery worker that parses uploaded files: `celery -A app.tasks worker`.

A message names an upload; what to do is decided by its row (see `ingestion.uploads`), so a message that comes twice,
late or for nothing does no harm.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from celery import Celery, Task
from celery.signals import setup_logging, worker_init, worker_shutdown
from opentelemetry.trace import SpanKind
from pydantic import SecretStr
from redis import Redis
from sqlalchemy import create_engine

from app.logs import configure_logs
from app.settings import Settings, load_settings
from app.tracing import flush_traces, start_tracing
from ingestion.database import sync_url
from ingestion.knowledge import MAX_TEXT_CHARACTERS, KnowledgePublisher
from ingestion.originals import Originals
from ingestion.parse_queue import REQUEST_ID, TASK, make_celery, trace_of
from ingestion.parsing.model import Limits
from ingestion.parsing.sandbox import parse_isolated
from ingestion.upload_worker import Progress, UploadWorker
from ingestion.uploads import ParsedText
from retrieval.errors import UnavailableError
from retrieval.spans import span


def make_worker(settings: Settings) -> UploadWorker:
    """The worker at the addresses of `settings`."""
    publisher = KnowledgePublisher(str(settings.kafka_bootstrap_servers))
    return UploadWorker(
        create_engine(sync_url(_text(settings.database_url)), pool_pre_ping=True),
        Originals(str(settings.storage_url)),
        lambda record: publisher.publish([record]),
        Redis.from_url(_text(settings.redis_url), socket_timeout=2, socket_connect_timeout=2),
        parse_file,
    )


def parse_file(path: Path, filename: str, on_progress: Progress) -> ParsedText:
    """Parse in a process of its own, as far as `knowledge` takes the text."""

    def tell(stage: str, page: int, pages: int) -> None:
        on_progress({"stage": stage, "page": page, "pages": pages})

    parsed = parse_isolated(path, filename, Limits(characters=MAX_TEXT_CHARACTERS), tell)
    known = {
        "media_type": parsed.media_type,
        "pages": str(parsed.pages) if parsed.pages else "",
        "warnings": " ".join(parsed.warnings)[:2000],
    }
    language = parsed.language if parsed.language in {"en", "zh"} else ""
    return ParsedText(parsed.title, parsed.text, language, {name: value for name, value in known.items() if value})


def make_app(settings: Settings, make: Callable[[Settings], UploadWorker] = make_worker) -> Celery:
    """The Celery application; `make` is called with the first message, in the process that works."""
    celery = make_celery(_text(settings.redis_url))
    celery.conf.worker_pool = "threads"
    workers: list[UploadWorker] = []
    making = threading.Lock()

    def parse_upload(task: Task, document_id: str, revision: int) -> str:
        with making:
            if not workers:
                workers.append(make(settings))
        headers = task.request.headers or {}
        asked_by = {"request_id": headers[REQUEST_ID]} if REQUEST_ID in headers else {}
        facts = {"document_id": document_id, "revision": revision, **asked_by}
        with (
            structlog.contextvars.bound_contextvars(**asked_by),
            span("parse", kind=SpanKind.CONSUMER, parent=trace_of(headers), **facts) as parsing,
        ):
            state = workers[0].run(document_id, revision)
            parsing.set_attribute("freshet.state", state)
            return state

    retry = {"autoretry_for": (UnavailableError,), "max_retries": None, "retry_backoff": 1, "retry_backoff_max": 30}
    celery.task(name=TASK, bind=True, **retry)(parse_upload)
    setup_logging.connect(lambda **_: configure_logs(settings.log_level), weak=False)
    worker_init.connect(lambda **_: start_tracing(settings.otel_exporter_otlp_endpoint, "freshet-worker"), weak=False)
    worker_shutdown.connect(lambda **_: flush_traces(), weak=False)
    return celery


def _text(value: SecretStr | None) -> str:
    if value is None:
        raise ValueError("settings come from load_settings(), which leaves no address out")
    return value.get_secret_value()


def __getattr__(name: str) -> Celery:
    """`celery`, which the command line of Celery looks for, made when it is asked for."""
    if name != "celery":
        raise AttributeError(name)
    made = make_app(load_settings())
    globals()[name] = made
    return made
