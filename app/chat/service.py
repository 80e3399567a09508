"""Begins turns, follows their events from any process, and settles those whose process is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from app.callers import Caller
from app.chat.model import INTERRUPTED, RUNNING, Asked, Event, TurnRow
from app.chat.running import RunningTurn, RunningTurns, Work
from app.chat.transcript import BusyError, Transcript
from retrieval.errors import RejectedError

INTERRUPTION = "the service was stopped while it answered; ask again"
_BUSY_SECONDS, _BUSY_LOOK_SECONDS = 20.0, 0.1
_BLOCK_MILLISECONDS = 500
_LOOK_SECONDS = 1.0


class ChatService:
    """Turns of this process and, by way of Redis and PostgreSQL, of all others."""

    def __init__(self, transcript: Transcript, running: RunningTurns) -> None:
        self.transcript = transcript
        self._running = running

    async def begin(self, caller: Caller, asked: Asked, work: Work) -> TurnRow:
        """Begin a turn, after the one before it in its conversation; a known Idempotency-Key gives the turn it began.

        Raises:
            NotFoundError: the caller has no such conversation.
            BusyError: the turn before goes on and on.
            ConflictError: the key was used for another message.
        """
        until = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                row, new = await self.transcript.begin(caller, asked)
            except BusyError as error:
                if error.expired:
                    await self._settle(error.turn)
                elif time.monotonic() > until:
                    raise
                else:
                    await asyncio.sleep(_BUSY_LOOK_SECONDS)
                continue
            if new:
                self._running.start(row, work)
            return row

    async def follow(self, caller: Caller, turn_id: str, after: int) -> AsyncIterator[Event | None]:
        """The turn's events with a higher number until the last, wherever it runs; None now and then: still here.

        Raises:
            NotFoundError: the caller has no such turn.
        """
        row = await self.transcript.turn(caller, turn_id)
        here = self._running.get(turn_id)
        if here:
            async for event in _with_beats(here, after):
                yield event
            return
        looked = 0.0
        while True:
            for event in await self._running.log(turn_id).after(
                after, 0 if row.state != RUNNING else _BLOCK_MILLISECONDS
            ):
                if event.number == after + 1:
                    after += 1
                    yield event
                    if event.is_last:
                        return
            if time.monotonic() - looked < _LOOK_SECONDS:
                continue
            looked = time.monotonic()
            if row.state != RUNNING:
                for event in row.events[after:]:
                    yield event
                return
            await self._running.watch(turn_id)
            yield None
            await self._settle(row)
            row = await self.transcript.turn(caller, turn_id)

    async def stop(self, caller: Caller, turn_id: str) -> None:
        """End a turn that is running, in whichever process. Raises NotFoundError where the caller has no such turn."""
        row = await self.transcript.turn(caller, turn_id)
        if row.state == RUNNING:
            await self._running.stop(row.id)

    async def quiet(self, conversation_id: str) -> None:
        """Return once no turn of the conversation is running. Raises BusyError when one lives."""
        if busy := await self.transcript.running(conversation_id):
            if not busy.expired:
                raise busy
            await self._settle(busy.turn)

    async def _settle(self, row: TurnRow) -> None:
        """Mark the turn interrupted when its process is gone; what it had said so far is kept."""
        log = self._running.log(row.id)
        said = await log.after(0)
        reason = {"turn_id": row.id, "conversation_id": row.conversation_id, "reason": INTERRUPTION}
        last = Event(len(said) + 1, INTERRUPTED, reason)
        if await self.transcript.interrupt(row.id, [*said, last]):
            await log.append(said, [last])


async def _with_beats(turn: RunningTurn, after: int) -> AsyncIterator[Event | None]:
    """Follow a turn of this process; None whenever nothing was said for a while."""
    events = turn.follow(after)
    following = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            done, _ = await asyncio.wait({following}, timeout=10.0)
            if not done:
                yield None
                continue
            event = following.result()
            if event is None:
                return
            yield event
            following = asyncio.ensure_future(anext(events, None))
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await events.aclose()  # type: ignore[attr-defined]


def event_id(turn_id: str, number: int) -> str:
    """The id of an event on the wire."""
    return f"{turn_id}.{number}"


def read_event_id(text: str) -> tuple[str, int]:
    """Turn and number of a `Last-Event-ID`.

    Raises:
        RejectedError: it is not one of ours.
    """
    turn_id, dot, number = text.rpartition(".")
    if not dot or not turn_id.isalnum() or len(turn_id) != 32 or not number.isdecimal() or len(number) > 9:
        raise RejectedError("Last-Event-ID is not the id of an event of a turn")
    return turn_id, int(number)
