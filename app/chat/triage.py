"""Turns of a tenant as its editors look through them, and what becomes of the feedback on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.refusals import NotFoundError

_FEEDBACK = """f.rating, f.comment, f.reason, f.author AS rated_by, f.created_at AS rated_at, f.state AS feedback_state,
  f.note, f.assignee, f.handled_by, f.handled_at"""
_COLUMNS = f"""t.id, t.conversation_id, t.number, t.owner, c.channel, t.message, t.question, t.decision, t.answer,
  t.confidence, t.state, t.language, t.created_at, t.updated_at, {_FEEDBACK}"""
_FROM = """FROM turns t JOIN conversations c ON c.id = t.conversation_id
LEFT JOIN LATERAL (SELECT * FROM feedback WHERE turn_id = t.id ORDER BY created_at DESC LIMIT 1) f ON true
WHERE t.tenant = :tenant"""
_CONDITIONS: Mapping[str, str] = {
    "conversation": "t.conversation_id = :conversation",
    "decision": "t.decision = :decision",
    "rating": "f.rating = :rating",
    "reason": "f.reason = :reason",
    "feedback": "f.state = :feedback",
    "assignee": "f.assignee = :assignee",
    "rule": """(t.details->'done'->>'rule' ILIKE :rule OR t.details->>'rules_before' ILIKE :rule
      OR t.details->>'rules_after' ILIKE :rule)""",
    "confidence_below": "t.confidence < :confidence_below AND t.details ? 'searched'",
    "query": "(t.state = 'done' AND t.message ILIKE :query OR t.question ILIKE :query OR t.answer ILIKE :query)",
    "since": "t.created_at >= :since",
}
_SOUGHT = frozenset({"query", "rule"})
_ONE = text(f"""
SELECT {_COLUMNS}, t.details, t.details->'done' AS done,
  (SELECT id FROM turns o WHERE o.conversation_id = t.conversation_id AND o.number < t.number
   ORDER BY number DESC LIMIT 1) AS previous,
  (SELECT id FROM turns o WHERE o.conversation_id = t.conversation_id AND o.number > t.number
   ORDER BY number LIMIT 1) AS following
{_FROM} AND t.id = :id
""")  # noqa: S608 (constant text)
_HANDLE = text("""
UPDATE feedback SET state = coalesce(:state, state), note = coalesce(:note, note),
  assignee = coalesce(:assignee, assignee), handled_by = :who, handled_at = clock_timestamp()
WHERE turn_id = :turn AND tenant = :tenant
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which turns: conditions by name (see `_CONDITIONS`), behind (created_at, id), newest first, at most `limit`."""

    conditions: Mapping[str, Any]
    after: tuple[datetime, str] | None
    limit: int


async def list_turns(reads: AsyncEngine, tenant: str, wanted: Wanted) -> Sequence[Row[Any]]:
    """The turns of a tenant that fit, newest first; `done` is what the caller was told at the end."""
    asked = {name: value for name, value in wanted.conditions.items() if value is not None and value != ""}
    values = {name: _sought(value) if name in _SOUGHT else value for name, value in asked.items()}
    where = "".join(f" AND {_CONDITIONS[name]}" for name in asked)
    if wanted.after:
        where += " AND (t.created_at, t.id) < (:moment, :identifier)"
        values |= {"moment": wanted.after[0], "identifier": wanted.after[1]}
    columns = f"{_COLUMNS}, t.details->'done' AS done"
    statement = f"SELECT {columns} {_FROM}{where} ORDER BY t.created_at DESC, t.id DESC LIMIT :limit"
    async with reads.connect() as connection:
        return (await connection.execute(text(statement), {**values, "tenant": tenant, "limit": wanted.limit})).all()


async def get_turn(reads: AsyncEngine, tenant: str, turn_id: str) -> Row[Any]:
    """One turn with all its `details`. Raises NotFoundError where the tenant has none of this id."""
    async with reads.connect() as connection:
        row = (await connection.execute(_ONE, {"tenant": tenant, "id": turn_id})).first()
    if row is None:
        raise NotFoundError("there is no such turn")
    return row


@dataclass(frozen=True, slots=True)
class Handling:
    """What an editor says about feedback; None stays as it is."""

    state: str | None
    note: str | None
    assignee: str | None


async def handle_feedback(connection: AsyncConnection, who: tuple[str, str], turn_id: str, handling: Handling) -> None:
    """Write down what becomes of the feedback on a turn; `who` is tenant and name of the editor.

    Raises:
        NotFoundError: nobody has rated such a turn.
    """
    values = {"state": handling.state, "note": handling.note, "assignee": handling.assignee}
    named = {"tenant": who[0], "who": who[1], "turn": turn_id}
    if not (await connection.execute(_HANDLE, {**values, **named})).rowcount:
        raise NotFoundError("nobody has rated this answer")


def _sought(given: str) -> str:
    """A pattern for ILIKE that finds `given` anywhere."""
    escaped = given.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
