"""The embedding server: the model is loaded once per machine and asked over HTTP."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx

from app.local.part import NotReadyError, Part, Port
from app.local.probes import asking
from app.settings import LOOPBACK, Settings, cache_folder
from retrieval.embeddings import URGENT


def model_folder() -> Path:
    """Where set-up puts the converted model, shared by every checkout of this user."""
    return cache_folder() / "models" / "multilingual-e5-small"


def describe(settings: Settings) -> Part:
    """The part `embeddings`."""
    host, port = LOOPBACK, settings.embeddings_port
    listen = ("--host", host, "--port", str(port), "--name", settings.embeddings_model, "--backend", "bare")

    async def ready() -> None:
        body = {"model": settings.embeddings_model, "input": ["ready?"]}
        async with asking() as client:
            answer = await client.post(f"{settings.embeddings_base_url}/embeddings", json=body, headers=URGENT)
        if answer.status_code != httpx.codes.OK or not answer.json()["data"]:
            message = f"answers {answer.status_code}"
            raise NotReadyError(message)

    return Part(
        name="embeddings",
        command=(sys.executable, "-m", "retrieval.embedding_server", "--model", str(model_folder()), *listen),
        ready=ready,
        folder=Path.cwd(),
        ports=(Port(port, "embeddings_port"),),
        address=f"{host}:{port}",
        memory="the model, about 500 MB",
    )
