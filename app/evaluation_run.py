"""Puts a corpus through the product's own write path into a scratch tenant, and asks the product's own search."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

from app.evaluation import Entry, Query, ranked_keys
from retrieval.errors import RetryLaterError, UnavailableError

SOURCE = "corpus"
_BATCH_RECORDS = 500
_BATCH_CHARACTERS = 4_000_000
_PASSAGES = 40
_POLL_SECONDS = 1.0
_PATIENCE_SECONDS = 300.0
_ENDED = frozenset({"ready", "failed", "dropped"})


class Api(Protocol):
    """The part of `app.api_client.ApiClient` that is used here."""

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON of a GET."""

    def post(self, path: str, body: object = None) -> Any:
        """The JSON that a POST answers with."""


Report = Callable[[int, int], None]
"""Told how many documents of how many are indexed."""


def ensure_indexed(api: Api, corpus: Sequence[Entry], report: Report) -> dict[str, int]:
    """Push what is not indexed yet and wait until all of it is; how many documents ended in which state.

    Raises:
        UnavailableError: for five minutes nothing was indexed.
    """
    states = _states(api)
    missing = [entry for entry in corpus if states.get(entry.key) not in _ENDED]
    for batch in _batches(missing):
        patiently(partial(api.post, f"/v1/records/{SOURCE}:batch", {"records": [_record(entry) for entry in batch]}))
    states = _wait(api, corpus, report) if missing else states
    counts = {state: sum(states.get(entry.key) == state for entry in corpus) for state in sorted(_ENDED)}
    return {state: count for state, count in counts.items() if count}


def _record(entry: Entry) -> dict[str, Any]:
    named = {"key": entry.key, "title": entry.title, "text": entry.text, "language": entry.language}
    return {**named, "readers": ["public"]}


def _wait(api: Api, corpus: Sequence[Entry], report: Report) -> dict[str, str]:
    wanted = {entry.key for entry in corpus}
    ended, moved = -1, time.monotonic()
    while True:
        states = _states(api)
        now_ended = sum(states.get(key) in _ENDED for key in wanted)
        report(now_ended, len(wanted))
        if now_ended == len(wanted):
            return states
        if now_ended > ended:
            ended, moved = now_ended, time.monotonic()
        elif time.monotonic() - moved > _PATIENCE_SECONDS:
            waited = f"{len(wanted) - ended} documents were not indexed; nothing moved for {_PATIENCE_SECONDS:.0f} s"
            raise UnavailableError("indexing", waited)
        time.sleep(_POLL_SECONDS)


def _states(api: Api) -> dict[str, str]:
    """Key → state of every document of the scratch source."""
    states: dict[str, str] = {}
    query: dict[str, str | int] = {"source": SOURCE, "limit": 200}
    while True:
        page = patiently(partial(api.get, "/v1/documents", **query))
        states |= {document["key"]: document["state"] for document in page["documents"]}
        if not page["next_cursor"]:
            return states
        query["cursor"] = page["next_cursor"]


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        if batch and (len(batch) == _BATCH_RECORDS or size + len(entry.text) > _BATCH_CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += len(entry.text)
    if batch:
        yield batch


def ask(api: Api, query: Query, *, with_history: bool) -> tuple[list[str], float]:
    """The keys of the documents found, best first, and the seconds it took."""
    history = [{"role": turn.role, "text": turn.text} for turn in query.history] if with_history else []
    body = {"query": query.text, "history": history, "limit": _PASSAGES}
    began = time.perf_counter()
    found = patiently(partial(api.post, "/v1/search", body))
    took = time.perf_counter() - began
    return ranked_keys(passage["key"] for passage in found["passages"]), took


def patiently(call: Callable[[], Any]) -> Any:
    """What `call` returns, after waiting as long as a busy service asks for."""
    while True:
        try:
            return call()
        except RetryLaterError as error:
            time.sleep(error.retry_after_seconds)
