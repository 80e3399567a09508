"""Brings a database to the newest migration; several processes may try at once, one does it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from ingestion.database import sync_url
from retrieval.errors import UnavailableError

_LOCK = 7_246_001


def upgrade(database_url: str) -> None:
    """Run every migration that is missing in the database at `database_url` (postgresql://…).

    Raises:
        UnavailableError: the database does not answer.
    """
    engine = create_engine(sync_url(database_url))
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    except OperationalError as error:
        raise UnavailableError("PostgreSQL", f"PostgreSQL does not answer: {error.orig}") from None
    finally:
        engine.dispose()
