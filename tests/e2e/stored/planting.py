"""A run that puts payloads into fields by way of the HTTP API, counts what was taken, and takes it away again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.identity.passwords import SAMPLE_PASSWORD
from tests.e2e.stored.payloads import PAYLOADS, parcels
from tests.product import Product

NUMBERED = tuple(enumerate(PAYLOADS, 1))
WHOLE = next(parcels(100_000))
AGENT, AGENT_PASSWORD = 9, "espresso for the agent"
"""The account of this number is an agent's, and its display name the payload of this number."""


def _name() -> str:
    return f"zqoril{time.time_ns() // 10**8 % 10**8}"


@dataclass
class Planting:
    """One run. Names begin with `run`; `taken` and `refused` count payloads by field."""

    product: Product
    admin_password: str
    undo: ExitStack
    run: str = field(default_factory=_name)
    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    files: dict[str, str] = field(default_factory=dict)
    """File name, or the kind of a file that holds all payloads → document."""
    sites: list[dict[str, Any]] = field(default_factory=list)
    rules_version: int = 0
    talk: dict[str, str] = field(default_factory=dict)
    """Of the employee: conversation, share (the token), and turns by what they show."""
    visit: dict[str, Any] = field(default_factory=dict)
    """Of the visitor: site, visitor, identity, conversation, and the client that speaks for the page."""

    @property
    def trigger(self) -> str:
        """What the rule set answers with all payloads."""
        return f"recite {self.run}"

    def __post_init__(self) -> None:
        self._pool = self.undo.enter_context(ThreadPoolExecutor(4))
        self.admin = self.person("admin", self.admin_password)
        self.ada, self.eve = self.person("ada"), self.person("eve")

    def person(self, user: str, password: str = SAMPLE_PASSWORD) -> httpx.Client:
        """A client that is signed in as the pages are."""
        client = self.client()
        answer = client.post("/v1/session", json={"user": user, "password": password}).raise_for_status()
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    def client(self) -> httpx.Client:
        """A client of nobody's, closed when all is undone."""
        return self.undo.enter_context(httpx.Client(base_url=self.product.url, timeout=60))

    def each(self, name: str, send: Callable[[int, str], httpx.Response]) -> list[tuple[int, Any]]:
        """Send every payload with its number, and count the answers; number and JSON of those that were taken."""
        answers = self._pool.map(lambda numbered: send(*numbered), NUMBERED)
        tried = [(number, self.tried(name, answer)) for number, answer in enumerate(answers, 1)]
        return [(number, answer) for number, answer in tried if answer is not None]

    def tried(self, name: str, answer: httpx.Response) -> Any:
        """Count the answer for a field; its JSON (true where it has none), or null where the payload was refused.

        AssertionError for what is neither taken nor refused for what it is.
        """
        assert answer.status_code < 500, f"{name}: {answer.status_code} {answer.text[:300]}"
        assert answer.status_code not in {401, 403, 409, 429}, f"{name}: {answer.status_code} {answer.text[:300]}"
        (self.taken if answer.is_success else self.refused)[name] += 1
        if not answer.is_success:
            return None
        return answer.json() if answer.content else True

    def away(self, client: httpx.Client, paths: Iterable[str]) -> None:
        """Delete these in the end."""
        self.undo.callback(lambda: list(self._pool.map(client.delete, list(paths))))
