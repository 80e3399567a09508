"""Turns as they run in this process: apart from the connection that asked, so a lost client loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.chat.events import EventLog
from app.chat.handovers import Tell
from app.chat.model import CANCELLED, FAILED, Event, Outcome, TurnRow
from app.chat.transcript import LEASE_SECONDS, Transcript
from app.errors import named
from retrieval.errors import FreshetError

_EXTEND_SECONDS = 3.0
_WATCHED_SECONDS = 10
_STOPPED_SECONDS = 60
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """Something to tell the client before the end: the name and the data of an event."""

    name: str
    data: Mapping[str, Any]


Work = Callable[[TurnRow], AsyncIterator["Said | Outcome"]]
"""Carries a turn out: what is said meanwhile, and as its last item how it ended."""


class RunningTurn:
    """One turn in work: its events so far, and whoever waits for the next."""

    def __init__(self, row: TurnRow, log: EventLog, watched: Callable[[str], Any]) -> None:
        self.row = row
        self.events: list[Event] = []
        self.watchers = 0
        self.left = time.monotonic()
        self.held_until = time.monotonic() + LEASE_SECONDS
        self._log = log
        self._watched = watched
        self._queue: list[Said] = []
        self._changed = asyncio.Condition()
        self.ended = False
        self.ending = False
        self.stop: Callable[[], object] = lambda: None

    async def follow(self, after: int) -> AsyncIterator[Event]:
        """Events with a higher number, as they come, until the last."""
        self.watchers += 1
        try:
            at = after
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda at=at: len(self.events) > at or self.ended)  # type: ignore[misc]
                if at >= len(self.events):
                    return
                while at < len(self.events):
                    at += 1
                    yield self.events[at - 1]
        finally:
            self.watchers -= 1
            self.left = time.monotonic()

    async def tell(self, *said: Said) -> None:
        """Number what is said, keep it, and only then deliver it."""
        events = [Event(len(self.events) + at, one.name, one.data) for at, one in enumerate(said, 1)]
        await self._log.append(self.events, events)
        self.events.extend(events)
        async with self._changed:
            self._changed.notify_all()

    async def close(self) -> None:
        """Nothing follows."""
        self.ended = True
        async with self._changed:
            self._changed.notify_all()

    async def abandoned(self, grace_seconds: float) -> bool:
        """Whether nobody has listened for that long, here or in another process."""
        if self.watchers or time.monotonic() - self.left < grace_seconds:
            return False
        return not await self._watched(self.row.id)


class RunningTurns:
    """Starts turns and finds them again; `grace_seconds` is how long an answer goes on without anyone listening."""

    def __init__(
        self, transcript: Transcript, redis: Redis, grace_seconds: float = 20.0, tell: Tell | None = None
    ) -> None:
        self._transcript = transcript
        self._tell = tell
        self._redis = redis
        self._grace_seconds = grace_seconds
        self._turns: dict[str, RunningTurn] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def log(self, turn_id: str) -> EventLog:
        """The events of any turn, in Redis."""
        return EventLog(self._redis, turn_id)

    def get(self, turn_id: str) -> RunningTurn | None:
        """The turn, when it runs in this process."""
        return self._turns.get(turn_id)

    def start(self, row: TurnRow, work: Work) -> RunningTurn:
        """Carry a turn out, whoever listens."""
        turn = RunningTurn(row, self.log(row.id), self._is_watched)
        self._turns[row.id] = turn
        task = asyncio.create_task(self._run(turn, work), name=f"turn {row.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return turn

    async def watch(self, turn_id: str) -> None:
        """Say to the process that runs it that somebody listens here."""
        with contextlib.suppress(RedisError, OSError):
            await self._redis.set(f"freshet:watched:{turn_id}", b"1", ex=_WATCHED_SECONDS)

    async def stop(self, turn_id: str) -> None:
        """End the turn as cancelled: at once when it runs here, else when its process looks, within seconds."""
        here = self._turns.get(turn_id)
        if here:
            here.stop()
            return
        with contextlib.suppress(RedisError, OSError):
            await self._redis.set(f"freshet:stopped:{turn_id}", b"1", ex=_STOPPED_SECONDS)

    async def _is_stopped(self, turn_id: str) -> bool:
        try:
            return bool(await self._redis.exists(f"freshet:stopped:{turn_id}"))
        except (RedisError, OSError):
            return False

    async def _is_watched(self, turn_id: str) -> bool:
        try:
            return bool(await self._redis.exists(f"freshet:watched:{turn_id}"))
        except (RedisError, OSError):
            return False

    async def close(self) -> None:
        """End what runs: each turn is written down as cancelled."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, turn: RunningTurn, work: Work) -> None:
        carrying = asyncio.create_task(self._carry(turn, work))
        turn.stop = carrying.cancel
        keeping = asyncio.create_task(self._keep(turn, carrying))
        try:
            await carrying
        except asyncio.CancelledError:
            carrying.cancel()
            await asyncio.gather(carrying, return_exceptions=True)
            await self._end(turn, _ended(turn.row, CANCELLED, "it was stopped, or nobody was listening any more"))
        except Exception as error:  # noqa: BLE001 (the outer edge of a turn)
            await self._end(turn, _ended(turn.row, FAILED, _reason(error, turn.row)))
        finally:
            keeping.cancel()
            await turn.close()
            self._turns.pop(turn.row.id, None)

    async def _carry(self, turn: RunningTurn, work: Work) -> None:
        """Deliver what is said in batches: what comes while Redis writes goes with the next."""
        await turn.tell(Said("turn", {"turn_id": turn.row.id, "conversation_id": turn.row.conversation_id}))
        queue: asyncio.Queue[Said | Outcome | None] = asyncio.Queue()
        producing = asyncio.create_task(_produce(work(turn.row), queue))
        try:
            while True:
                batch = await _available(queue)
                told = [one for one in batch if isinstance(one, Said)]
                if told:
                    await self._hold(turn)
                    await turn.tell(*_joined(told))
                if outcomes := [one for one in batch if isinstance(one, Outcome)]:
                    await self._end(turn, outcomes[0])
                    return
                if None in batch:
                    await producing
                    raise FreshetError("the answer ended in the middle; ask again")
        finally:
            producing.cancel()
            await asyncio.gather(producing, return_exceptions=True)

    async def _hold(self, turn: RunningTurn) -> None:
        """A process that was stalled for longer than its lease may have lost the turn: it says nothing more then."""
        if time.monotonic() < turn.held_until:
            return
        if not await self._transcript.extend(turn.row.id):
            raise asyncio.CancelledError
        turn.held_until = time.monotonic() + LEASE_SECONDS

    async def _end(self, turn: RunningTurn, outcome: Outcome) -> None:
        """Written down first, told afterwards: who hears of the end finds it in the transcript."""
        turn.ending = True
        last = Event(len(turn.events) + 1, outcome.state, outcome.done)
        if await self._transcript.end(turn.row.id, outcome, [*turn.events, last]):
            await turn.tell(Said(outcome.state, outcome.done))
            if self._tell:
                await self._tell(turn.row.tenant, turn.row.conversation_id)

    async def _keep(self, turn: RunningTurn, carrying: asyncio.Task[None]) -> None:
        """Extend the lease; stop the work when the turn was lost, or when nobody listens."""
        while True:
            await asyncio.sleep(min(_EXTEND_SECONDS, self._grace_seconds))
            began = time.monotonic()
            try:
                lost = not await self._transcript.extend(turn.row.id)
            except (FreshetError, OSError) as error:
                _log.warning("lease_not_extended", turn=turn.row.id, reason=str(error))
                continue
            if turn.ending:  # it holds no lease any more because it is being written down as ended
                return
            turn.held_until = turn.held_until if lost else began + LEASE_SECONDS
            if lost or await self._is_stopped(turn.row.id) or await turn.abandoned(self._grace_seconds):
                _log.info("turn_stopped", turn=turn.row.id, lost=lost)
                carrying.cancel()
                return


async def _produce(items: AsyncIterator[Said | Outcome], queue: asyncio.Queue[Said | Outcome | None]) -> None:
    """Put everything into the queue, and None behind it."""
    try:
        async for item in items:
            queue.put_nowait(item)
    finally:
        queue.put_nowait(None)
        await items.aclose()  # type: ignore[attr-defined]


async def _available(queue: asyncio.Queue[Said | Outcome | None]) -> list[Said | Outcome | None]:
    """Everything that waits, at least one."""
    batch = [await queue.get()]
    while not queue.empty():
        batch.append(queue.get_nowait())
    return batch


def _joined(said: list[Said]) -> list[Said]:
    """Deltas that came together as one."""
    joined: list[Said] = []
    for one in said:
        if joined and one.name == joined[-1].name == "delta":
            joined[-1] = Said("delta", {"text": joined[-1].data["text"] + one.data["text"]})
        else:
            joined.append(one)
    return joined


def _reason(error: Exception, row: TurnRow) -> str:
    """Why a turn failed, in a sentence; what nobody foresaw is in the log only."""
    known = named(error)
    if isinstance(known, FreshetError):
        return known.message
    _log.error("turn_broken", turn=row.id, exc_info=error)
    return "something went wrong on our side; ask again"


def _ended(row: TurnRow, state: str, reason: str) -> Outcome:
    return Outcome(state, {"turn_id": row.id, "conversation_id": row.conversation_id, "reason": reason})
