"""A conversation with a person as it happens, for both sides: woken by notices, read from PostgreSQL and Redis.

Each event's id says how far its reader has heard, so a reconnect goes on from there in any process.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app.chat.live_reads import LiveReads, Reached, Said, Standing
from app.chat.notices import Notices
from app.chat.presence import Presence, Present, Side
from app.refusals import NotFoundError
from retrieval.errors import RejectedError

LONGEST_SECONDS = 300.0
"""How long a stream lives before its reader connects anew: who lost the right to read it is found out then."""
LOOK_SECONDS, LOOK_ALONE_SECONDS = 5.0, 1.0
"""How often is looked without a notice: while Redis answers, and while it does not."""
BEAT_SECONDS = 15.0
BEAT = b": still here\n\n"
_MAX_PLACE = 2**62

News = tuple[str, Mapping[str, Any], str]
"""Name and data of an event, and its id."""


@dataclass(frozen=True, slots=True)
class Live:
    """What live conversations are made of."""

    reads: LiveReads
    presence: Presence
    notices: Notices

    async def follow(self, standing: Standing, conversation_id: str, side: Side, last: str) -> AsyncIterator[bytes]:
        """The stream for one side, from what was heard last ("" for nothing) on."""
        teller = Teller(side, read_id(last))
        other: Side = "customer" if side == "agent" else "agent"
        began = beat = time.monotonic()
        with self.notices.watch(standing.tenant, conversation_id) as watch:
            while time.monotonic() - began < LONGEST_SECONDS:
                try:
                    now = await self.reads.standing(standing.tenant, conversation_id)
                except NotFoundError:
                    return
                said = await self.reads.said(conversation_id, teller.reached)
                for event in teller.news(now, said, await self.presence.of(conversation_id, other)):
                    beat = time.monotonic()
                    yield wire(*event)
                if time.monotonic() - beat > BEAT_SECONDS:
                    beat = time.monotonic()
                    yield BEAT
                await watch.wait(look_seconds(self.notices, began))

    async def type(self, tenant: str, conversation_id: str, side: Side, name: str) -> None:
        """One side is typing."""
        await self.presence.type(conversation_id, side, name)
        await self.notices.tell(tenant, conversation_id)

    async def read(self, tenant: str, conversation_id: str, side: Side, message_id: int | str) -> None:
        """One side has read up to a message of the other. Raises NotFoundError where there is no such message."""
        place = await self.reads.place(conversation_id, message_id)
        await self.presence.read(conversation_id, side, message_id, place)
        await self.notices.tell(tenant, conversation_id)


class Teller:
    """What one side was told so far, and what is news to it."""

    def __init__(self, side: Side, reached: Reached) -> None:
        self.side = side
        self.reached = reached
        self._state: Mapping[str, Any] = {}
        self._turns = -1
        self._present = Present()

    def news(self, now: Standing, said: list[Said], present: Present) -> list[News]:
        """The events that say what has changed since the last time, and remember it."""
        other = "customer" if self.side == "agent" else "agent"
        events: list[News] = []
        state = {"state": now.state, "position": now.position, "agent": {"name": now.agent_name} if now.agent else None}
        if state != self._state:
            events.append(("state", {**state, "waited_seconds": round(now.waited_seconds)}, self._id()))
        if self.side == "agent" and self._turns not in {-1, now.turns}:
            events.append(("turn", {"number": now.turns // 2, "running": now.turns % 2 == 0}, self._id()))
        for one in said:
            self.reached = self.reached.after([one])
            events.append(("message", _message(one), self._id()))
        if present.typing and present.typing != self._present.typing:
            typing = {"from": other, "name": present.typing.name, "until": present.typing.until}
            events.append(("typing", typing, self._id()))
        if present.read and present.read != self._present.read:
            read = {"by": other, "message_id": present.read.message_id, "at": present.read.at}
            events.append(("read", read, self._id()))
        self._state, self._turns, self._present = state, now.turns, present
        return events

    def _id(self) -> str:
        """How far it has heard, as the id of an event."""
        return f"{self.reached.message}.{self.reached.turn}"


def _message(said: Said) -> Mapping[str, Any]:
    return {"message_id": said.message_id, "from": said.side, "name": said.name, "text": said.text, "at": said.at}


def look_seconds(notices: Notices, began: float) -> float:
    """How long to wait for a notice before looking anyway, within the life of the stream."""
    pause = LOOK_SECONDS if notices.connected else LOOK_ALONE_SECONDS
    return max(0.0, min(pause, began + LONGEST_SECONDS - time.monotonic()))


def wire(name: str, data: Mapping[str, Any], identifier: str) -> bytes:
    """An event as it is sent."""
    body = orjson.dumps(data, option=orjson.OPT_UTC_Z)
    return f"id: {identifier}\nevent: {name}\ndata: ".encode() + body + b"\n\n"


def read_id(text: str) -> Reached:
    """How far the sender of a `Last-Event-ID` has heard; from the beginning for "".

    Raises:
        RejectedError: it is not one of ours.
    """
    if not text:
        return Reached()
    message, dot, turn = text.partition(".")
    if not (dot and message.isascii() and message.isdecimal() and turn.isascii() and turn.isdecimal()):
        raise RejectedError("Last-Event-ID is not the id of an event of this stream")
    places = int(message[:20]), int(turn[:20])
    if max(places) > _MAX_PLACE:
        raise RejectedError("Last-Event-ID is not the id of an event of this stream")
    return Reached(*places)
