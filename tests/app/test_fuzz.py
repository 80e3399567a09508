"""What schemathesis makes of /openapi.json, sent to a served application: no answer is a server error."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from sqlalchemy import Engine

from app.callers import make_caller, mint_token
from app.main import create_app
from app.settings import Settings
from ingestion.indexes import Embedding, ensure_active
from ingestion.originals import Originals
from tests.app.conftest import SECRET, Fakes, wire_of

EXAMPLES = 12
SECONDS = 75.0
ENDLESS = "/live"
"""Streams that go on until the client leaves."""
ABSENT = {"embedding server"}
"""Services that the fakes leave out: to say so with 503 is right."""


class Served:
    """The application on a port of its own, in a thread."""

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(app, port=0, log_config=None, lifespan="on", loop="asyncio")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve()), daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the application did not start"
            time.sleep(0.01)
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)


@pytest.fixture
def app(database_url: str, engine: Engine, settings: Settings, tmp_path: Path, valkey_url: str) -> Any:
    with engine.begin() as connection:
        ensure_active(connection, Embedding("http://127.0.0.1:1/v1", "fake", 3, "", ""))
    unlimited = settings.model_copy(update={"rate_limit_per_minute": 0})
    fakes = Fakes(Originals(f"file://{tmp_path}/originals"))
    return create_app(unlimited, wire_of(fakes, database_url, engine, valkey_url))


@dataclass
class Trial:
    """Sends cases until the time is up, and keeps what broke."""

    url: str
    token: str
    ends: float
    tried: int = 0
    broken: dict[str, str] = field(default_factory=dict)

    def send(self, case: Any) -> None:
        if time.monotonic() > self.ends:
            return
        headers = {"Authorization": f"Bearer {self.token}"}
        response = case.call(base_url=self.url, headers=headers, timeout=30)
        self.tried += 1
        if response.status_code >= 500 and response.json().get("service") not in ABSENT:
            told = f"{response.status_code} {response.text[:300]}"
            self.broken[f"{case.method} {case.path}"] = f"{told} {case.as_curl_command()[:500]}"


@pytest.mark.timeout(240)
def test_no_request_whatever_makes_a_server_error(app: Any) -> None:
    schema = schemathesis.openapi.from_dict(app.openapi())
    operations: list[Any] = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
    token = mint_token(SECRET, make_caller("default", "who tries", ["staff"], ["admin", "editor", "agent"]))
    bounded = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with Served(app) as url:
        trial = Trial(url, token, time.monotonic() + SECONDS)
        for operation in operations:
            if operation.path.endswith(ENDLESS):
                continue
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                bounded(given(case=operation.as_strategy(generation_mode=mode))(trial.send))()
    assert trial.broken == {}
    assert trial.tried > 4 * len(operations)
