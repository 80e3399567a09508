"""Fifty people at once: forty ask in conversations of their own, ten upload; how much slower answers are than for one.

First one person asks everything, turn after turn; then all fifty work for `SECONDS`. The questions are the same.

People read what they are told before they ask on, the one person too: a turn right after another finds the caches of
the processor full of its own things, as no person's does (on two shared cores the same pass of the embedding model
takes 1.6 times as long .3 s after the one before). How fast turns are without a pause is shown for comparison.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import cycle, islice, pairwise

import httpx
import orjson

from app.identity.passwords import SAMPLE_PASSWORD
from app.sample_people import PEOPLE
from app.widget.sample_site import SAMPLE_KEY
from benchmarks.conversations import CONVERSATIONS, in_own_words
from benchmarks.processor import Processor
from benchmarks.table import DISTRIBUTION, Table, distribution
from benchmarks.uploaded_files import KINDS
from tests.product import Product

ASKING, UPLOADING = 40, 10
SECONDS = float(os.environ.get("PEOPLE_SECONDS", "300"))  # noqa: TID251 (a shorter trial)
ROUNDS = 3
SEED = 20261126
_EDITOR = "eve"
_READING_SECONDS = (10.0, 20.0)
_ALONE_READING_SECONDS = (0.5, 1.5)
_UPLOAD_PAUSE_SECONDS = (15.0, 30.0)
_READY_SECONDS = 60.0
_TIMEOUT = httpx.Timeout(60.0)


class SaidError(Exception):
    """What somebody saw instead of what was asked for, in a few words."""


@dataclass(slots=True)
class Seen:
    """What people saw: seconds by what they waited for, and what went wrong by its words."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)

    def note(self, name: str, seconds: float) -> None:
        """One more of `name`, which took so long."""
        self.seconds.setdefault(name, []).append(seconds)

    async def watch(self, what: str, doing: Awaitable[str]) -> str:
        """What `doing` gives; "" where it goes wrong, which is counted."""
        try:
            return await doing
        except SaidError as error:
            self.errors[f"{what}: {error}"] += 1
        except (httpx.HTTPError, TimeoutError) as error:
            self.errors[f"{what}: {type(error).__name__}"] += 1
        return ""


def run(product: Product) -> list[Table]:
    """What fifty people wait for and what goes wrong, beside one person; and where the processor's time goes."""
    processor = Processor(product)
    hurried = asyncio.run(_one_person(product.url, random.Random(SEED - 1), (0.0, 0.0)))
    readings = [processor.read()]
    idle = asyncio.run(_one_person(product.url, random.Random(SEED), _ALONE_READING_SECONDS))
    readings.append(processor.read())
    crowd = asyncio.run(_fifty_people(product.url))
    readings.append(processor.read())
    cores = [after.cores_since(before) for before, after in pairwise(readings)]
    return [_waited(hurried, idle, crowd), _went_wrong(hurried, idle, crowd), _busy(*cores)]


async def _one_person(url: str, chance: random.Random, reading: tuple[float, float]) -> Seen:
    """One person at a time, now signed in, now a visitor: every conversation; `reading`: seconds, least and most."""
    seen = Seen()
    async with AsyncExitStack() as stack:
        people = [await _signed_in(url, stack, "ada"), await _visitor(url, stack)]
        for client in people:
            for turns in CONVERSATIONS:  # what is made on first use is made
                await _talk(client, in_own_words(turns, chance), lambda: 0.0, Seen())
        for number in range(ROUNDS):
            for at, turns in enumerate(CONVERSATIONS):
                words = in_own_words(turns, chance)
                await _talk(people[(at + number) % 2], words, lambda: chance.uniform(*reading), seen)
    return seen


async def _talk(client: httpx.AsyncClient, messages: Sequence[str], pause: Callable[[], float], seen: Seen) -> None:
    conversation = ""
    for message in messages:
        conversation = await seen.watch("turn", _ask(client, message, conversation, seen))
        await asyncio.sleep(pause())


async def _fifty_people(url: str) -> Seen:
    seen = Seen()
    async with AsyncExitStack() as stack:
        names = islice(cycle(PEOPLE), ASKING // 2)
        asking = [await _signed_in(url, stack, name) for name in names]
        asking += [await _visitor(url, stack) for _ in range(ASKING - len(asking))]
        uploading = [await _signed_in(url, stack, _EDITOR) for _ in range(UPLOADING)]
        until = time.monotonic() + SECONDS
        async with asyncio.TaskGroup() as group:
            for number, client in enumerate(asking):
                group.create_task(_keep_asking(client, random.Random(SEED + number), until, seen))
            for number, client in enumerate(uploading):
                group.create_task(_keep_uploading(client, random.Random(-SEED - number), until, seen))
    return seen


async def _signed_in(url: str, stack: AsyncExitStack, user: str) -> httpx.AsyncClient:
    """A browser in which somebody signed in."""
    client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, trust_env=False))
    begun = await client.post("/v1/session", json={"user": user, "password": SAMPLE_PASSWORD})
    client.headers["X-CSRF-Token"] = begun.raise_for_status().json()["csrf_token"]
    return client


async def _visitor(url: str, stack: AsyncExitStack) -> httpx.AsyncClient:
    """A browser on the shop's page, with a visit of its own."""
    client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, trust_env=False))
    visit = await client.post("/v1/widget/session", json={"site_key": SAMPLE_KEY}, headers={"Origin": url})
    client.headers["Authorization"] = f"Bearer {visit.raise_for_status().json()['token']}"
    return client


async def _keep_asking(client: httpx.AsyncClient, chance: random.Random, until: float, seen: Seen) -> None:
    """Conversation after conversation, with time to read between the turns."""
    await asyncio.sleep(chance.uniform(0, _READING_SECONDS[1]))
    while True:
        conversation = ""
        for message in in_own_words(chance.choice(CONVERSATIONS), chance):
            if time.monotonic() >= until:
                return
            conversation = await seen.watch("turn", _ask(client, message, conversation, seen))
            await asyncio.sleep(chance.uniform(*_READING_SECONDS))


async def _ask(client: httpx.AsyncClient, message: str, conversation: str, seen: Seen) -> str:
    """One turn as a page asks it, its events followed to `done`; the conversation it was in.

    Raises:
        SaidError: the turn was refused, or ended otherwise.
    """
    body = {"message": message, "conversation_id": conversation}
    moments: dict[str, float] = {}
    began = time.perf_counter()
    name = ""
    async with client.stream("POST", "/v1/chat", json=body, headers={"Accept": "text/event-stream"}) as response:
        await _check(response)
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
                moments.setdefault(name, time.perf_counter() - began)
            elif line.startswith("data: ") and name == "turn":
                conversation = orjson.loads(line.removeprefix("data: "))["conversation_id"]
    if name != "done":
        raise SaidError(f"the stream ended with {name or 'nothing'}")
    for stage in moments.keys() & {"turn", "delta", "done"}:
        seen.note(stage, moments[stage])
    return conversation


async def _check(response: httpx.Response) -> None:
    """Raises SaidError for anything but success."""
    if response.is_error:
        await response.aread()
        try:
            title = orjson.loads(response.content).get("title", "")
        except orjson.JSONDecodeError:
            title = response.text[:60]
        raise SaidError(f"{response.status_code} {title}")


async def _keep_uploading(client: httpx.AsyncClient, chance: random.Random, until: float, seen: Seen) -> None:
    """One small file after another: uploaded, followed until it is ready, looked up, deleted."""
    await asyncio.sleep(chance.uniform(0, _UPLOAD_PAUSE_SECONDS[1]))
    while time.monotonic() < until:
        kind = chance.choice(list(KINDS))
        mark = f"TR-{chance.getrandbits(40):010X}"
        await seen.watch(f"upload of {kind}", _upload(client, kind, mark, seen))
        await asyncio.sleep(chance.uniform(*_UPLOAD_PAUSE_SECONDS))


async def _upload(client: httpx.AsyncClient, kind: str, mark: str, seen: Seen) -> str:
    """A file's whole way; where it was found. Raises SaidError where that goes otherwise."""
    file = (f"memo-{mark}.{kind}", KINDS[kind](mark))
    began = time.perf_counter()
    response = await client.post("/v1/documents", files={"file": file}, data={"readers": "employees"})
    await _check(response)
    seen.note("accepted", time.perf_counter() - began)
    place = f"/v1/documents/{response.json()['id']}"
    try:
        async with asyncio.timeout(_READY_SECONDS):
            await _followed(client, place)
            found = await client.post("/v1/search", json={"query": f"memo {mark}", "limit": 3})
        await _check(found)
        if not any(mark in passage["text"] + passage["title"] for passage in found.json()["passages"]):
            raise SaidError("it is ready, but not found")
        seen.note("searchable", time.perf_counter() - began)
        return place
    finally:
        await _check(await client.delete(place))


async def _followed(client: httpx.AsyncClient, place: str) -> None:
    """Follow a document to its end. Raises SaidError where that is another than `ready`."""
    state = ""
    async with client.stream("GET", f"{place}/events") as response:
        await _check(response)
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                state = orjson.loads(line.removeprefix("data: "))["state"]
    if state != "ready":
        raise SaidError(f"the document ended as {state or 'nothing'}")


def _waited(hurried: Seen, idle: Seen, crowd: Seen) -> Table:
    title = f"{ASKING + UPLOADING} people at once for {SECONDS:.0f} s: {ASKING} asking, {UPLOADING} uploading"
    table = Table(title, (*DISTRIBUTION, "p50 / one person's", "p99 / one person's"))
    for stage, shown in (("turn", "first event"), ("delta", "first words"), ("done", "done")):
        unread = distribution(f"one person without a pause: {shown}", hurried.seconds[stage])
        alone = distribution(f"one person: {shown}", idle.seconds[stage])
        many = distribution(f"{ASKING} asking: {shown}", crowd.seconds[stage])
        table.rows += [[*unread, "", ""], [*alone, "", ""], [*many, *(_ratio(many[at], alone[at]) for at in (2, 4))]]
    for stage, shown in (("accepted", "upload → accepted"), ("searchable", "upload → found by /v1/search")):
        if len(seconds := crowd.seconds.get(stage, [])) > 1:
            table.rows.append([*distribution(shown, seconds), "", ""])
    return table


def _ratio(many: object, alone: object) -> float:
    assert isinstance(many, float)
    assert isinstance(alone, float)
    return many / alone


def _went_wrong(*everybody: Seen) -> Table:
    title = "What went wrong meanwhile"
    table = Table(title, ("what", "one person without a pause", "one person", f"{ASKING + UPLOADING} people"))
    for name in sorted({name for seen in everybody for name in seen.errors}):
        table.rows.append([name, *(seen.errors[name] for seen in everybody)])
    limited = [sum(count for name, count in seen.errors.items() if ": 429" in name) for seen in everybody]
    table.rows.append(["429 (of these)", *limited])
    table.rows.append(["all together", *(seen.errors.total() for seen in everybody)])
    return table


def _busy(alone: dict[str, float], many: dict[str, float]) -> Table:
    """Cores that were busy on average, by part."""
    table = Table("Cores busy meanwhile, by part", ("part", "one person", "50 people"))
    for name in sorted(many, key=lambda name: -many[name]):
        table.rows.append([name, alone[name], many[name]])
    table.rows.append(["all together", sum(alone.values()), sum(many.values())])
    return table
