"""Servers that tests of retrieval talk to: each started once, on a free port, as its own process or thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from app.settings import cache_folder
from retrieval.e5 import ensure_model


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of `app`, served from a thread over real HTTP."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=free_port(), log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    waited = threading.Event()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        waited.wait(0.02)
    assert server.started
    try:
        yield f"http://127.0.0.1:{server.config.port}"
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The converted model, in the cache that set-up fills."""
    return ensure_model(cache_folder() / "models" / "multilingual-e5-small")


@pytest.fixture(scope="session")
def milvus_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Milvus Lite over TCP, shared by every test that uses collections of its own."""
    from tests.retrieval.milvus_server import MilvusServer

    server = MilvusServer(tmp_path_factory.mktemp("milvus"))
    server.start()
    yield server.uri
    server.kill()
