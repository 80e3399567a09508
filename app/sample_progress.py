"""Whether the sample enterprise can be asked about yet: its sources are followed and its documents are indexed."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import httpx

from app.sample import SOURCES, open_client, send
from app.settings import Settings
from retrieval.errors import UnavailableError

_PAUSE_SECONDS = 0.5
_UNFINISHED = ("queued", "parsing", "indexing")


def wait_for_sample(settings: Settings, seconds: float = 240.0) -> str:
    """Return once the sample is searchable and changes of it are followed, or after `seconds`; a sentence about it."""
    began, end = datetime.now(UTC), time.monotonic() + seconds
    with open_client(settings) as client:
        while True:
            try:
                shown, behind = _look(client, began)
            except UnavailableError as error:  # the API is being restarted, or a part that it asks
                shown, behind = 0, [error.message]
            if not behind:
                return f"{shown} documents can be asked about"
            if time.monotonic() > end:
                return f"{shown} documents can be asked about, not yet all of {', '.join(behind)}"
            time.sleep(_PAUSE_SECONDS)


def _look(client: httpx.Client, began: datetime) -> tuple[int, list[str]]:
    """Documents shown so far, and the sources that are still behind.

    After a restart all was shown before: a source keeps up again once the index has followed it beyond `began`.
    """
    shown, behind = 0, []
    for name in SOURCES:
        found = send(client, "GET", f"/v1/sources/{name}/status").json()
        shown += found["shown"]
        status = found["status"]
        followed = status.get("as_of") and datetime.fromisoformat(status["as_of"]) >= began
        if status.get("state") != "running" or found["waiting"] or not found["shown"] or not followed:
            behind.append(name)
    for state in _UNFINISHED:
        waiting = send(client, "GET", "/v1/documents", params={"source": "files", "state": state, "limit": 1}).json()
        if waiting["documents"]:
            return shown, [*behind, "files"]
    return shown, behind
