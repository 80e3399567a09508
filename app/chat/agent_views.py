"""A conversation as an agent reads it: what the assistant knew, what was said, and who the customer is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.callers import VISITOR, Caller
from app.chat.handovers import IDLE_SECONDS, WAIT_SECONDS, Handovers
from app.chat.model import judged_message
from app.chat.presence import Presence
from app.chat.transcript import Transcript
from app.chat.views import Ledgers, readable_turns
from app.dialog.handover import AGENT, WAITING
from app.refusals import NotFoundError

_EARLIER = 20
_LASTS = {WAITING: WAIT_SECONDS, AGENT: IDLE_SECONDS}

_HEAD = text("""
SELECT c.id, c.owner, coalesce(nullif(o.display_name, ''), c.owner) AS owner_name, coalesce(o.email, '') AS email,
       c.channel, c.title, c.state, c.agent, coalesce(nullif(a.display_name, ''), c.agent) AS agent_name, c.reason,
       c.summary, c.state_since, c.created_at, c.updated_at
FROM conversations c
LEFT JOIN users o ON o.tenant = c.tenant AND o.name = c.owner
LEFT JOIN users a ON a.tenant = c.tenant AND a.name = c.agent
WHERE c.id = :id AND c.tenant = :tenant
""")
_BEFORE = text("""
SELECT c.id, c.title, c.channel, c.state, c.created_at, c.updated_at,
       (SELECT count(*) FROM turns t WHERE t.conversation_id = c.id) AS turns
FROM conversations c
WHERE c.tenant = :tenant AND c.owner = :owner AND c.owner <> '' AND c.id <> :id
ORDER BY c.updated_at DESC, c.id LIMIT :limit
""")


class AgentViews:
    """Reads conversations for agents."""

    def __init__(self, reads: AsyncEngine, transcript: Transcript, handovers: Handovers, presence: Presence) -> None:
        self._reads = reads
        self._transcript = transcript
        self._handovers = handovers
        self._presence = presence

    async def view(self, index: Ledgers, caller: Caller, conversation_id: str) -> dict[str, Any]:
        """Everything, with the sources that the agent may read.

        Raises:
            NotFoundError: the tenant has no such conversation.
        """
        named = {"id": conversation_id, "tenant": caller.tenant}
        async with self._reads.connect() as connection:
            head = (await connection.execute(_HEAD, named)).first()
            if head is None:
                raise NotFoundError("there is no such conversation")
            earlier = (await connection.execute(_BEFORE, {**named, "owner": head.owner, "limit": _EARLIER})).all()
        rows = await self._transcript.turns(conversation_id)
        turns = await readable_turns(rows, index, caller)
        seconds = _LASTS.get(head.state)
        return {
            **_plain(head),
            "is_signed": bool(head.owner) and not head.owner.startswith(VISITOR),
            "mine": head.state == AGENT and head.agent == caller.name,
            "until": head.state_since + timedelta(seconds=seconds) if seconds else None,
            "language": next((row.language for row in reversed(rows) if row.language), ""),
            "slots": _slots(rows),
            "turns": [_for_agent(turn, row) for turn, row in zip(turns, rows, strict=True)],
            "messages": [_plain(row) for row in await self._handovers.messages(conversation_id)],
            "earlier": [_plain(row) for row in earlier],
            "read": await self._read(conversation_id),
        }

    async def _read(self, conversation_id: str) -> dict[str, Any]:
        customer = (await self._presence.of(conversation_id, "customer")).read
        agent = (await self._presence.of(conversation_id, "agent")).read
        return {
            "customer": customer and {"message_id": customer.message_id, "at": customer.at},
            "agent": agent and {"message_id": agent.message_id, "at": agent.at},
        }


def _for_agent(turn: dict[str, Any], row: Row[Any]) -> dict[str, Any]:
    """A turn with how it came about."""
    details: Mapping[str, Any] = row.details
    why = {"rules": details.get("rules_before") or [], "model": details.get("model") or ""}
    return {**turn, **why, "message": judged_message(row.state, row.message)}


def _slots(rows: Sequence[Row[Any]]) -> dict[str, str]:
    """What the assistant knew after the last turn that it understood."""
    states = (row.details.get("dialog") or {} for row in reversed(rows))
    return dict(next((state["slots"] for state in states if "slots" in state), {}))


def _plain(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)  # noqa: SLF001 (public in SQLAlchemy)
