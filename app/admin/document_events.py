"""How a document is doing, as server-sent events: woken by Redis, read from SQL, so that nothing depends on Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import orjson
import structlog
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from app.admin.document_views import FINAL_STATES, DocumentView, find_document
from app.admin.services import Services
from app.callers import Caller
from ingestion.uploads import CHANNEL as UPLOADS

log = structlog.get_logger(__name__)

CHANGED = "freshet:changed"
"""The channel of `ingestion.notices`, which is not imported here: it brings the whole write path along."""

_LOOK_SECONDS = 1.0
_LONGEST_SECONDS = 900.0
_BEAT_SECONDS = 15.0


async def progress_events(services: Services, caller: Caller, document_id: str) -> AsyncIterator[bytes]:
    """`progress` whenever something changed, `done` in a final state, or `timeout` after a quarter of an hour."""
    pubsub = services.redis.pubsub()
    told: dict[str, object] = {}
    began = beat = time.monotonic()
    try:
        await _subscribe(pubsub)
        while time.monotonic() - began < _LONGEST_SECONDS:
            view = await find_document(services.reads, await services.index.name(), caller, document_id)
            now = _state(view)
            if now["state"] in FINAL_STATES:
                yield _event("done", now)
                return
            if now != told:
                told, beat = now, time.monotonic()
                yield _event("progress", now)
            elif time.monotonic() - beat > _BEAT_SECONDS:
                beat = time.monotonic()
                yield b": still here\n\n"
            await _wait(pubsub, document_id)
        yield _event("timeout", told)
    finally:
        await pubsub.aclose()  # type: ignore[no-untyped-call]


def _state(view: DocumentView | None) -> dict[str, object]:
    if view is None:
        return {"state": "deleted", "reason": "", "progress": {}}
    return {"state": view.state, "reason": view.reason or "", "progress": view.progress or {}, "version": view.version}


async def _subscribe(pubsub: PubSub) -> None:
    try:
        await pubsub.subscribe(UPLOADS, CHANGED)
    except (RedisError, OSError) as error:
        log.warning("progress_without_redis", error=type(error).__name__)


async def _wait(pubsub: PubSub, document_id: str) -> None:
    """Until Redis says that this document changed, or a second has passed."""
    until = time.monotonic() + _LOOK_SECONDS
    while (left := until - time.monotonic()) > 0:
        try:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=left)
        except (RedisError, OSError, RuntimeError):
            await asyncio.sleep(max(0.0, until - time.monotonic()))
            return
        if message and document_id.encode() in message["data"]:
            return


def _event(name: str, body: dict[str, object]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(body) + b"\n\n"
