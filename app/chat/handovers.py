"""Hand-over in PostgreSQL: every action locks its conversation, so two agents, the bot and time agree on one owner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.dialog.handover import AGENT, BOT_OWNS, REFUSALS, WAITING, Action, Ownership, after
from app.refusals import ConflictError, NotFoundError

WAIT_SECONDS = 600
"""How long a customer waits for a person before the bot answers again."""
IDLE_SECONDS = 900
"""How long an agent may be silent before the conversation waits for another."""

Tell = Callable[[str, str], Awaitable[None]]
"""Says to whoever watches that something happened: tenant, conversation id (`app.chat.notices`)."""

_LOCK = text("SELECT id, state, agent FROM conversations WHERE id = :id AND tenant = :tenant FOR UPDATE")
_MOVE = text("""
UPDATE conversations SET state = :state, agent = :agent, state_since = clock_timestamp(), updated_at = clock_timestamp()
WHERE id = :id
""")
_ASK = text("UPDATE conversations SET reason = :reason, summary = :summary WHERE id = :id")
_RUNNING = text("SELECT 1 FROM turns WHERE conversation_id = :id AND state = 'running'")
_SAY = text(
    "INSERT INTO messages (conversation_id, role, author, text) VALUES (:id, :role, :author, :text) RETURNING id"
)
_ALIVE = text("UPDATE conversations SET state_since = clock_timestamp(), updated_at = clock_timestamp() WHERE id = :id")
_STANDING = text("""
SELECT c.state, c.agent, (SELECT count(*) FROM conversations o
  WHERE o.tenant = c.tenant AND o.state = 'waiting' AND (o.state_since, o.id) <= (c.state_since, c.id)) AS position
FROM conversations c WHERE c.id = :id AND c.tenant = :tenant
""")
_INBOX = text("""
SELECT c.id, c.owner, coalesce(nullif(o.display_name, ''), c.owner) AS owner_name, c.channel, c.title, c.state,
       c.agent, coalesce(nullif(a.display_name, ''), c.agent) AS agent_name, c.agent = :agent AS mine,
       c.reason, c.summary, c.state_since, c.updated_at, coalesce(t.language, '') AS language,
       coalesce(t.message, '') AS last_message, coalesce(t.created_at, c.updated_at) AS last_message_at,
       coalesce(t.number, 0) AS last_number,
       (SELECT count(*) FROM turns n WHERE n.conversation_id = c.id AND n.state <> 'running'
          AND c.state = 'agent' AND n.created_at > c.state_since) AS unanswered
FROM conversations c
LEFT JOIN users o ON o.tenant = c.tenant AND o.name = c.owner
LEFT JOIN users a ON a.tenant = c.tenant AND a.name = c.agent
LEFT JOIN LATERAL (
  SELECT number, message, language, created_at FROM turns
  WHERE conversation_id = c.id AND state <> 'running' ORDER BY number DESC LIMIT 1) t ON true
WHERE c.tenant = :tenant AND c.state IN ('waiting', 'agent')
ORDER BY c.agent <> :agent OR c.state = 'waiting', c.state = 'agent', c.state_since, c.id LIMIT :limit
""")
_MESSAGES = text("""
SELECT m.id, m.role, m.author, coalesce(nullif(u.display_name, ''), m.author) AS name, m.text, m.created_at
FROM messages m JOIN conversations c ON c.id = m.conversation_id
LEFT JOIN users u ON u.tenant = c.tenant AND u.name = m.author
WHERE m.conversation_id = :id AND m.id > :after ORDER BY m.id
""")
_LATE = text("""
SELECT id, tenant, state FROM conversations
WHERE (state = 'waiting' AND state_since < clock_timestamp() - make_interval(secs => :wait))
   OR (state = 'agent' AND state_since < clock_timestamp() - make_interval(secs => :idle))
ORDER BY id LIMIT 200
""")


class Handovers:
    """Who owns a conversation, and what agents do with it."""

    def __init__(self, engine: AsyncEngine, tell: Tell | None = None) -> None:
        self._engine = engine
        self._tell = tell or _nobody

    async def ownership(self, tenant: str, conversation_id: str) -> Ownership:
        """Who owns it now. Raises NotFoundError where the tenant has no such conversation."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_STANDING, {"id": conversation_id, "tenant": tenant})).first()
        if row is None:
            raise NotFoundError("there is no such conversation")
        return Ownership(row.state, row.agent, row.position if row.state == WAITING else 0)

    async def ask(self, tenant: str, conversation_id: str, reason: str, summary: str) -> Ownership:
        """Ask for a person; where one was asked for already, nothing changes."""
        async with self._engine.begin() as connection:
            row = await self._lock(connection, tenant, conversation_id)
            if row.state in BOT_OWNS:
                await self._move(connection, row, "ask", "")
                await connection.execute(_ASK, {"id": row.id, "reason": reason, "summary": summary})
        await self._tell(tenant, conversation_id)
        return await self.ownership(tenant, conversation_id)

    async def claim(self, tenant: str, conversation_id: str, agent: str) -> None:
        """Take a conversation; one's own again is fine.

        Raises:
            NotFoundError: there is none.
            ConflictError: another agent has it, it is closed, or the assistant is writing at this moment.
        """
        async with self._engine.begin() as connection:
            row = await self._lock(connection, tenant, conversation_id)
            if (row.state, row.agent) == (AGENT, agent):
                return
            if (await connection.execute(_RUNNING, {"id": row.id})).first():
                raise ConflictError("the assistant is writing an answer at this moment: try again in a second")
            await self._move(connection, row, "claim", agent)
        await self._tell(tenant, conversation_id)

    async def reply(self, tenant: str, conversation_id: str, agent: str, words: str) -> int:
        """Say something as the agent who owns it; the message's id. Raises ConflictError for anybody else."""
        async with self._engine.begin() as connection:
            row = await self._own(connection, tenant, conversation_id, agent)
            await connection.execute(_ALIVE, {"id": row.id})
            said = {"id": row.id, "role": "agent", "author": agent, "text": words}
            number = int((await connection.execute(_SAY, said)).scalar_one())
        await self._tell(tenant, conversation_id)
        return number

    async def leave(self, tenant: str, conversation_id: str, agent: str, action: Action) -> None:
        """Give back or close, as the agent who owns it. Raises ConflictError for anybody else."""
        async with self._engine.begin() as connection:
            row = await self._own(connection, tenant, conversation_id, agent)
            await self._move(connection, row, action, "")
        await self._tell(tenant, conversation_id)

    async def settle_late(self, wait_seconds: float = WAIT_SECONDS, idle_seconds: float = IDLE_SECONDS) -> int:
        """Where nobody came, the bot answers again; where an agent fell silent, another may come; how many."""
        late = {"wait": wait_seconds, "idle": idle_seconds}
        settled = 0
        async with self._engine.connect() as connection:
            found = (await connection.execute(_LATE, late)).all()
        for one in found:
            async with self._engine.begin() as connection:
                row = await self._lock(connection, one.tenant, one.id)
                still = (await connection.execute(_LATE, late)).all()
                if any(other.id == row.id and other.state == row.state for other in still):
                    await self._move(connection, row, "time_out" if row.state == WAITING else "idle", "")
                    settled += 1
            await self._tell(one.tenant, one.id)
        return settled

    async def inbox(self, tenant: str, agent: str, limit: int = 1000) -> Sequence[Row[Any]]:
        """This agent's conversations, those that wait, the longest first, and those of other agents."""
        async with self._engine.connect() as connection:
            return (await connection.execute(_INBOX, {"tenant": tenant, "agent": agent, "limit": limit})).all()

    async def messages(self, conversation_id: str, after_id: int = 0) -> Sequence[Row[Any]]:
        """What agents said, oldest first; who may ask was checked before."""
        async with self._engine.connect() as connection:
            return (await connection.execute(_MESSAGES, {"id": conversation_id, "after": after_id})).all()

    async def _lock(self, connection: AsyncConnection, tenant: str, conversation_id: str) -> Row[Any]:
        row = (await connection.execute(_LOCK, {"id": conversation_id, "tenant": tenant})).first()
        if row is None:
            raise NotFoundError("there is no such conversation")
        return row

    async def _own(self, connection: AsyncConnection, tenant: str, conversation_id: str, agent: str) -> Row[Any]:
        row = await self._lock(connection, tenant, conversation_id)
        if (row.state, row.agent) != (AGENT, agent):
            raise ConflictError(REFUSALS[row.state])
        return row

    async def _move(self, connection: AsyncConnection, row: Row[Any], action: Action, agent: str) -> None:
        state = after(action, row.state)
        if state is None:
            raise ConflictError(REFUSALS[row.state])
        await connection.execute(_MOVE, {"id": row.id, "state": state, "agent": agent})


async def _nobody(_tenant: str, _conversation_id: str) -> None:
    """Where nobody watches."""
