"""What the live streams read of a conversation in PostgreSQL: who has it, and what customer and agent said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.dialog.handover import AGENT, BACK, BOT, WAITING
from app.refusals import NotFoundError

_MOST = 500

_STANDING = text("""
SELECT c.id, c.tenant, c.owner, c.state, c.agent, coalesce(nullif(u.display_name, ''), c.agent) AS agent_name,
       EXTRACT(epoch FROM clock_timestamp() - c.state_since)::float AS since_seconds,
       (SELECT count(*) FROM conversations o WHERE o.tenant = c.tenant AND o.state = 'waiting'
          AND (o.state_since, o.id) <= (c.state_since, c.id)) AS position,
       (SELECT max(t.number * 2 + (t.state <> 'running')::int) FROM turns t WHERE t.conversation_id = c.id) AS turns
FROM conversations c LEFT JOIN users u ON u.tenant = c.tenant AND u.name = c.agent
WHERE c.id = :id AND c.tenant = :tenant AND (CAST(:owner AS text) IS NULL OR c.owner = :owner)
""")
_SAID = text("""
(SELECT 'agent' AS side, m.id AS place, m.id::text AS message_id, m.text, m.created_at AS at,
        coalesce(nullif(u.display_name, ''), m.author) AS name
 FROM messages m JOIN conversations c ON c.id = m.conversation_id
 LEFT JOIN users u ON u.tenant = c.tenant AND u.name = m.author
 WHERE m.conversation_id = :id AND m.role = 'agent' AND m.id > :message ORDER BY m.id DESC LIMIT :most)
UNION ALL
(SELECT 'customer', t.number, t.id, t.message, t.created_at, coalesce(nullif(u.display_name, ''), t.owner)
 FROM turns t LEFT JOIN users u ON u.tenant = t.tenant AND u.name = t.owner
 WHERE t.conversation_id = :id AND t.state = 'done' AND t.decision = 'handed_over' AND t.number > :turn
 ORDER BY t.number DESC LIMIT :most)
ORDER BY at, side
""")
_PLACE_OF_MESSAGE = text("SELECT id FROM messages WHERE conversation_id = :id AND id = :message")
_PLACE_OF_TURN = text("SELECT number FROM turns WHERE conversation_id = :id AND id = :message")


@dataclass(frozen=True, slots=True)
class Standing:
    """Who has a conversation. `turns` rises whenever a turn begins or ends; `position` is 0 unless it waits."""

    tenant: str
    owner: str
    state: str
    agent: str
    agent_name: str
    position: int
    waited_seconds: float
    turns: int


@dataclass(frozen=True, slots=True)
class Said:
    """One message between customer and agent. `place` is its order among those of its side."""

    side: Literal["agent", "customer"]
    place: int
    message_id: int | str
    name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reached:
    """How far somebody has heard both sides: the place of the last message of each."""

    message: int = 0
    turn: int = 0

    def after(self, said: Sequence[Said]) -> Reached:
        """Having heard these too."""
        message = max([self.message, *(one.place for one in said if one.side == "agent")])
        return Reached(message, max([self.turn, *(one.place for one in said if one.side == "customer")]))


class LiveReads:
    """Reads for the live streams, over the pool without transactions."""

    def __init__(self, reads: AsyncEngine) -> None:
        self._reads = reads

    async def standing(self, tenant: str, conversation_id: str, owner: str | None = None) -> Standing:
        """Who has it. Raises NotFoundError where the tenant, or the owner, has no such conversation."""
        row = await self._first(_STANDING, {"id": conversation_id, "tenant": tenant, "owner": owner})
        if row is None:
            raise NotFoundError("there is no such conversation")
        state = BOT if row.state == BACK else row.state
        position, waited = (row.position, row.since_seconds) if state == WAITING else (0, 0.0)
        agent, name = (row.agent, row.agent_name) if state == AGENT else ("", "")
        return Standing(row.tenant, row.owner, state, agent, name, position, waited, row.turns or 0)

    async def said(self, conversation_id: str, reached: Reached) -> list[Said]:
        """What was said since, oldest first; a customer's message once its turn has ended, as the rules left it."""
        values = {"id": conversation_id, "message": reached.message, "turn": reached.turn, "most": _MOST}
        async with self._reads.connect() as connection:
            rows = (await connection.execute(_SAID, values)).all()
        return [_said(row) for row in rows]

    async def place(self, conversation_id: str, message_id: int | str) -> int:
        """The place of a message: of an agent's by number, of a customer's by the id of its turn. NotFoundError."""
        statement = _PLACE_OF_TURN if isinstance(message_id, str) else _PLACE_OF_MESSAGE
        row = await self._first(statement, {"id": conversation_id, "message": message_id})
        if row is None:
            raise NotFoundError("there is no such message in this conversation")
        return int(row[0])

    async def _first(self, statement: Any, values: dict[str, Any]) -> Row[Any] | None:
        async with self._reads.connect() as connection:
            return (await connection.execute(statement, values)).first()


def _said(row: Row[Any]) -> Said:
    message_id = int(row.message_id) if row.side == "agent" else row.message_id
    return Said(row.side, row.place, message_id, row.name, row.text, row.at)
