"""The facts of past turns, read back from their transcript, so that other rules can judge them too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.replay import PastFacts

_TURNS = text("""
SELECT * FROM (
  SELECT id, message, answer, decision, confidence, details, created_at FROM turns
  WHERE tenant = :tenant AND state = 'done' AND created_at > now() - make_interval(days => :days)
  ORDER BY created_at DESC LIMIT :limit
) newest ORDER BY created_at
""")
_DECISIONS: Mapping[str, str] = {"answered": "answer", "refused": "refuse", "clarify": "clarify"}


async def past_facts(engine: AsyncEngine, tenant: str, days: int = 30, limit: int = 100_000) -> list[PastFacts]:
    """What was judged in the last `days`, oldest first: each message, and each answer that was searched for.

    Of more turns than `limit` the newest count. Of the passages only what was cited is known; a message is as it was
    kept, with what rules masked.
    """
    async with engine.connect() as connection:
        rows = (await connection.execute(_TURNS, {"tenant": tenant, "days": days, "limit": limit})).all()
    return [past for row in rows for past in _of(row)]


def _of(row: Any) -> Iterator[PastFacts]:
    facts: Mapping[str, Any] = row.details.get("facts") or {}
    if not facts:
        return
    before = {**facts, "text": row.message}
    yield PastFacts(row.id, "before", before)
    if row.decision not in _DECISIONS or "searched" not in row.details:
        return
    answered = {
        "answer": row.answer,
        "decision": _DECISIONS[row.decision],
        "retrieval_confidence": row.confidence,
        "unsupported_sentences": len(row.details.get("unsupported") or ()),
        "passages": [one["quote"] for one in row.details["done"].get("citations") or ()],
    }
    yield PastFacts(row.id, "after", {**before, **answered})
