"""A Celery worker for tests: its parser waits for a file called `go`, and what it publishes goes into a file."""

from __future__ import annotations

import threading
from pathlib import Path

from redis import Redis
from sqlalchemy import create_engine

from app.settings import Settings, load_settings
from app.tasks import make_app
from ingestion.database import sync_url
from ingestion.knowledge import OutgoingRecord
from ingestion.originals import Originals
from ingestion.upload_worker import Progress, UploadWorker
from ingestion.uploads import ParsedText


def make(settings: Settings) -> UploadWorker:
    """A worker on the real database and the real Redis."""
    assert settings.database_url
    assert settings.redis_url
    home = settings.freshet_home

    def parse(path: Path, filename: str, on_progress: Progress) -> ParsedText:
        waiting = threading.Event()
        while not (home / "go").exists():
            waiting.wait(0.05)
        return ParsedText("T", path.read_text(), "en", {})

    def publish(record: OutgoingRecord) -> None:
        with (home / "published").open("a") as file:
            file.write(f"{record.key}\n")

    return UploadWorker(
        create_engine(sync_url(settings.database_url.get_secret_value())),
        Originals(f"file://{home}/originals"),
        publish,
        Redis.from_url(settings.redis_url.get_secret_value()),
        parse,
    )


celery = make_app(load_settings(), make)
