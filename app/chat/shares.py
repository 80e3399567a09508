"""Conversations shown to others by a link: who has it sees what was asked, and of the answers what they may read."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.callers import Caller
from app.refusals import NotFoundError

_TOKEN_BYTES = 18
_SHARE = text("""
INSERT INTO shares (token, conversation_id, tenant, turns)
SELECT :token, c.id, c.tenant, (SELECT coalesce(max(number), 0) FROM turns t WHERE t.conversation_id = c.id)
FROM conversations c WHERE c.id = :id AND c.tenant = :tenant AND c.owner = :owner
ON CONFLICT (conversation_id) DO UPDATE SET turns = excluded.turns
RETURNING token
""")
_UNSHARE = text("""
DELETE FROM shares s USING conversations c
WHERE s.conversation_id = :id AND c.id = s.conversation_id AND c.tenant = :tenant AND c.owner = :owner
""")
_SHARED = text("""
SELECT c.id, c.owner, c.title, s.created_at FROM shares s JOIN conversations c ON c.id = s.conversation_id
WHERE s.token = :token AND s.tenant = :tenant
""")
_TURNS = text("""
SELECT t.id, t.number, t.message, t.state, t.language, t.question, t.decision, t.answer, t.confidence, t.details,
       t.created_at, t.updated_at
FROM turns t JOIN shares s ON s.conversation_id = t.conversation_id
WHERE s.token = :token AND s.tenant = :tenant AND t.number <= s.turns AND t.state = 'done' ORDER BY t.number
""")


class Shares:
    """Makes, takes back and reads such links."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def share(self, caller: Caller, conversation_id: str) -> str:
        """The token of the link: the same one each time, now with every turn so far. Raises NotFoundError."""
        values = {"token": secrets.token_urlsafe(_TOKEN_BYTES), "id": conversation_id, **_who(caller)}
        async with self._engine.begin() as connection:
            token = (await connection.execute(_SHARE, values)).scalar()
        if token is None:
            raise NotFoundError("there is no such conversation")
        return str(token)

    async def unshare(self, caller: Caller, conversation_id: str) -> None:
        """Take the link back; it is fine when there is none."""
        async with self._engine.begin() as connection:
            await connection.execute(_UNSHARE, {"id": conversation_id, **_who(caller)})

    async def shared(self, tenant: str, token: str) -> tuple[Row[Any], Sequence[Row[Any]]]:
        """The conversation behind a link, and its shared turns, oldest first. Raises NotFoundError for no such link."""
        named = {"token": token, "tenant": tenant}
        async with self._engine.connect() as connection:
            conversation = (await connection.execute(_SHARED, named)).first()
            turns = (await connection.execute(_TURNS, named)).all()
        if conversation is None:
            raise NotFoundError("there is no such shared conversation: its owner may have taken it back")
        return conversation, turns


def _who(caller: Caller) -> dict[str, str]:
    return {"tenant": caller.tenant, "owner": caller.user}
