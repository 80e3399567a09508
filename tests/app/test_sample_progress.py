"""Waiting for the sample: shown is not enough, the index must have followed each source beyond the beginning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app import sample_progress
from app.settings import Settings

Answer = Callable[[int], dict[str, Any]]


def status(as_of: datetime, *, state: str = "running", waiting: int = 0) -> dict[str, Any]:
    return {"shown": 5, "waiting": waiting, "status": {"state": state, "as_of": as_of.isoformat()}}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], list[int]]:
    """Answers for every source by the number of the look; the looks taken."""

    def serve(answer: Answer) -> list[int]:
        looks: list[int] = []

        def handle(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/v1/documents":
                return httpx.Response(200, json={"documents": []})
            if request.url.path == "/v1/sources/erp/status":
                looks.append(len(looks))
            return httpx.Response(200, json=answer(len(looks) - 1))

        def client(_: Settings) -> httpx.Client:
            return httpx.Client(base_url="http://api", transport=httpx.MockTransport(handle))

        monkeypatch.setattr(sample_progress, "open_client", client)
        monkeypatch.setattr(sample_progress, "_PAUSE_SECONDS", 0.001)
        return looks

    return serve


@pytest.mark.parametrize(
    "behind",
    [
        status(datetime.now(UTC) - timedelta(hours=1)),  # what was said before a restart
        status(datetime.now(UTC) + timedelta(hours=1), state="snapshot"),
        status(datetime.now(UTC) + timedelta(hours=1), waiting=1),
    ],
)
def test_waits_until_every_source_is_followed_anew(
    asked: Callable[[Answer], list[int]], settings: Settings, behind: dict[str, Any]
) -> None:
    up = status(datetime.now(UTC) + timedelta(hours=1))
    looks = asked(lambda look: up if look >= 2 else behind)
    assert sample_progress.wait_for_sample(settings) == "20 documents can be asked about"
    assert len(looks) == 3


def test_says_what_is_behind_when_time_is_up(asked: Callable[[Answer], list[int]], settings: Settings) -> None:
    asked(lambda _: status(datetime.now(UTC) - timedelta(hours=1)))
    said = sample_progress.wait_for_sample(settings, seconds=0.0)
    assert said == "20 documents can be asked about, not yet all of erp, crm, machines, shop_log"
