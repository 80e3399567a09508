"""The inbox of an agent: who waits, and who has whom; as a document, and as a stream that sends it when it changes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row

from app.chat import live
from app.chat.handovers import IDLE_SECONDS, WAIT_SECONDS, Handovers
from app.chat.live import BEAT, Live, look_seconds, wire
from app.chat.presence import Presence, ReadMark
from app.dialog.handover import AGENT

_SHOWN_CHARACTERS = 200
_TOGETHER_SECONDS = 0.3
"""How long more is waited for after a notice: in a busy minute the inbox is sent three times a second at most."""


class Waiting(BaseModel):
    """A conversation that waits for a person, or that an agent has.

    `until` is when it moves on by itself: nobody came, or the agent fell silent. `unread` counts what the customer
    wrote since the agent who has it last answered or read it. `mine`: the agent who asks has it.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    owner: str
    owner_name: str
    channel: str
    language: str
    title: str
    state: str
    agent: str
    agent_name: str
    mine: bool
    reason: str
    summary: str
    state_since: datetime
    until: datetime
    last_message: str
    last_message_at: datetime
    unread: int


class Inbox(BaseModel):
    """First one's own conversations, then those that wait, the longest first, then those of other agents."""

    conversations: list[Waiting]


@dataclass(frozen=True, slots=True)
class Inboxes:
    """Reads the inboxes of agents."""

    handovers: Handovers
    presence: Presence

    async def of(self, tenant: str, agent: str) -> Inbox:
        """The inbox of one agent as it is now."""
        rows = await self.handovers.inbox(tenant, agent)
        marks = await self.presence.marks([row.id for row in rows if row.unanswered], "agent")
        return Inbox(conversations=[_line(row, marks.get(row.id)) for row in rows])

    async def follow(self, streams: Live, tenant: str, agent: str, last: str) -> AsyncIterator[bytes]:
        """The inbox whenever it changes (event `inbox`, without summaries), and ids of conversations (`conversation`).

        `last` is the id of the inbox that its reader has already, "" for none.
        """
        began = beat = time.monotonic()
        with streams.notices.watch(tenant) as watch:
            seen: set[str] = set()
            while time.monotonic() - began < live.LONGEST_SECONDS:
                document = await self.of(tenant, agent)
                shown = {"conversations": [one.model_dump(exclude={"summary"}) for one in document.conversations]}
                known, last = last, _digest(shown)
                if known != last:
                    yield wire("inbox", shown, last)
                for conversation_id in sorted(seen):
                    yield wire("conversation", {"id": conversation_id}, last)
                if known != last or seen:
                    beat = time.monotonic()
                elif time.monotonic() - beat > live.BEAT_SECONDS:
                    beat = time.monotonic()
                    yield BEAT
                seen = await watch.wait(look_seconds(streams.notices, began))
                if seen:
                    seen |= await watch.more(_TOGETHER_SECONDS)


def _line(row: Row[Any], read: ReadMark | None) -> Waiting:
    unread = min(row.unanswered, row.last_number - read.place) if read else row.unanswered
    seconds = IDLE_SECONDS if row.state == AGENT else WAIT_SECONDS
    known = dict(row._mapping)  # noqa: SLF001 (public in SQLAlchemy)
    return Waiting.model_validate(
        {
            **known,
            "mine": row.state == AGENT and row.mine,
            "until": row.state_since + timedelta(seconds=seconds),
            "last_message": " ".join(row.last_message.split())[:_SHOWN_CHARACTERS],
            "unread": max(0, unread),
        }
    )


def _digest(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(document)).hexdigest()[:16]
