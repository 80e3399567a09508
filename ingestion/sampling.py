"""What is measured every few seconds so that people can see it over time; a day of it is kept."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from sqlalchemy import Connection, Engine, text

_SOURCES = text("SELECT tenant, name, desired, status FROM sources ORDER BY tenant, name")
_CHANGES = text("""
SELECT l.tenant, l.source, count(*) AS changes
FROM document_texts t JOIN indexes i ON i.state = 'active'
  JOIN ledger l ON l.index_name = i.name AND l.document_id = t.document_id
WHERE t.created_at > clock_timestamp() - make_interval(secs => :seconds)
GROUP BY l.tenant, l.source
""")
_QUEUE = text("SELECT tenant, count(*) AS files FROM uploads WHERE state IN ('queued', 'parsing') GROUP BY tenant")
_KEEP = text("INSERT INTO system_samples (body) VALUES (CAST(:body AS jsonb)) ON CONFLICT DO NOTHING")
_FORGET = text("DELETE FROM system_samples WHERE at < now() - interval '1 day'")


def take_sample(engine: Engine, memory: Mapping[str, int], seconds: float) -> None:
    """Write down lag and changes a minute of each source, waiting files, and `memory` (bytes by part).

    `seconds` is how long ago the sample before was taken. What is older than a day is forgotten.
    """
    with engine.begin() as connection:
        body = {"sources": _sources(connection, max(seconds, 1.0)), "queue": _queue(connection), "memory": dict(memory)}
        connection.execute(_KEEP, {"body": orjson.dumps(body).decode()})
        connection.execute(_FORGET)


def _sources(connection: Connection, seconds: float) -> list[dict[str, object]]:
    changes = {
        (row.tenant, row.source): row.changes * 60 / seconds
        for row in connection.execute(_CHANGES, {"seconds": seconds})
    }
    found = []
    for row in connection.execute(_SOURCES):
        figures = {"lag": row.status.get("lag"), "documents": row.status.get("documents")}
        rate = round(changes.pop((row.tenant, row.name), 0.0), 2)
        found.append({"tenant": row.tenant, "name": row.name, **figures, "changes": rate})
    rest = sorted(changes.items())
    return found + [{"tenant": tenant, "name": name, "changes": round(rate, 2)} for (tenant, name), rate in rest]


def _queue(connection: Connection) -> dict[str, int]:
    return {row.tenant: row.files for row in connection.execute(_QUEUE)}
