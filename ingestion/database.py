"""One address of the SQL database, in the forms that its two drivers want."""

from __future__ import annotations


def sync_url(database_url: str) -> str:
    """The database for synchronous code: stream writes, migrations (psycopg)."""
    return database_url.replace("postgresql://", "postgresql+psycopg://", 1)


def async_url(database_url: str) -> str:
    """The database for the API (asyncpg)."""
    return database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
