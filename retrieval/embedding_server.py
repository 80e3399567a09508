"""Serves the embedding model over HTTP in the form of OpenAI's API, so that one process per machine holds it.

`python -m retrieval.embedding_server --model FOLDER [--host H] [--port P] [--name N] [--backend onnx|torch|bare]`.
The port opens when the model has embedded its first text. Requests whose `Priority` (RFC 9218) is urgent go first.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import structlog
import uvicorn
from fastapi import FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from retrieval.embedding_queue import EmbeddingQueue
from retrieval.errors import RejectedError, RetryLaterError

MAX_INPUTS = 256
MAX_CHARACTERS = 1_000_000
_Text = Annotated[str, StringConstraints(min_length=1, max_length=200_000)]
_URGENCY = re.compile(r"(?:^|,)\s*u=([0-7])\s*(?:,|$)")
_USUAL_URGENCY = 3
_log = structlog.get_logger(__name__)


class EmbeddingsRequest(BaseModel):
    """The body of `POST /v1/embeddings`; unknown fields are ignored as OpenAI's clients send several."""

    model_config = ConfigDict(extra="ignore")

    input: _Text | Annotated[list[_Text], Field(min_length=1, max_length=MAX_INPUTS)]
    model: str = ""
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None


def create_app(queue: EmbeddingQueue, name: str, dimensions: int) -> FastAPI:
    """The HTTP application over `queue`, serving a model called `name` with vectors of `dimensions` numbers."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        queue.close()

    app = FastAPI(title="Freshet embedding server", lifespan=lifespan, docs_url=None, redoc_url=None)
    _add_error_handlers(app)
    started = int(time.time())

    @app.post("/v1/embeddings")
    async def embeddings(request: EmbeddingsRequest, priority: Annotated[str, Header()] = "") -> Response:
        texts = _checked(request, name, dimensions)
        vectors, tokens = await queue.embed(texts, urgent=_is_urgent(priority))
        as_text = request.encoding_format == "base64"
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": base64.b64encode(vector.tobytes()).decode() if as_text else vector,
            }
            for index, vector in enumerate(vectors)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return _json({"object": "list", "data": data, "model": name, "usage": usage})

    @app.get("/v1/models")
    async def models() -> Response:
        model = {"id": name, "object": "model", "created": started, "owned_by": "freshet", "dimensions": dimensions}
        return _json({"object": "list", "data": [model]})

    @app.get("/healthz")
    async def healthz() -> Response:
        await queue.embed(["ready"], urgent=True)
        return _json({"status": "ready", "model": name, "dimensions": dimensions})

    return app


def _is_urgent(priority: str) -> bool:
    """Whether a `Priority` is above the usual one: the lower the number, the more urgent (RFC 9218, 4.1)."""
    found = _URGENCY.search(priority)
    return found is not None and int(found[1]) < _USUAL_URGENCY


def _checked(request: EmbeddingsRequest, name: str, dimensions: int) -> list[str]:
    """The texts of a request that this server can answer."""
    if request.model not in {"", name}:
        raise RejectedError(f"the model {request.model!r} is not served here; this is {name!r}")
    if request.dimensions not in {None, dimensions}:
        raise RejectedError(f"{name} gives vectors of {dimensions} numbers; `dimensions` cannot be chosen")
    texts = [request.input] if isinstance(request.input, str) else request.input
    characters = sum(map(len, texts))
    if characters > MAX_CHARACTERS:
        raise RejectedError(f"{characters} characters in one request; at most {MAX_CHARACTERS}")
    return texts


def _add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        # A union reports one line per form it could have had; the last is the list's own.
        first = error.errors()[-1]
        where = ".".join(str(part) for part in first["loc"][1:] if not str(part).startswith(("constrained", "list[")))
        return _problem(400, f"{where or 'body'}: {first['msg']}", where or None)

    @app.exception_handler(RejectedError)
    async def rejected(_: Request, error: RejectedError) -> Response:
        return _problem(400, error.message)

    @app.exception_handler(RetryLaterError)
    async def later(_: Request, error: RetryLaterError) -> Response:
        response = _problem(429, error.message, kind="rate_limit_error")
        response.headers["Retry-After"] = str(max(1, round(error.retry_after_seconds)))
        return response


def _problem(status: int, message: str, param: str | None = None, kind: str = "invalid_request_error") -> Response:
    return _json({"error": {"message": message, "type": kind, "param": param, "code": None}}, status)


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), status, media_type="application/json")


def main() -> None:
    """Load the model, then serve it until a signal ends the process."""
    arguments = _parser().parse_args()
    from retrieval.embedding_model import load_model

    model = load_model(arguments.model, arguments.backend, arguments.workers)
    dimensions = model.embed(["ready"]).vectors.shape[1]
    # Torch spreads one pass over all threads by itself; onnxruntime runs one pass per thread.
    workers = 1 if arguments.backend == "torch" else arguments.workers
    queue = EmbeddingQueue(model.embed, workers)
    _log.info("embedding_server_ready", model=arguments.name, backend=arguments.backend, workers=workers)
    app = create_app(queue, arguments.name, dimensions)
    uvicorn.run(app, host=arguments.host, port=arguments.port, log_level="warning", access_log=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m retrieval.embedding_server", description="serve embeddings")
    parser.add_argument("--model", type=Path, required=True, help="folder made by `python -m retrieval.e5`")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=18080)
    parser.add_argument("--name", default="multilingual-e5-small")
    parser.add_argument("--backend", choices=["onnx", "torch", "bare"], default="onnx")
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1), help="passes side by side")
    return parser


if __name__ == "__main__":
    main()
