"""An OpenAI-compatible engine in this process that does what it is told: stream, refuse, hang, break off, lie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

LIMIT = 2048
_FOREVER = 3600.0


@dataclass(frozen=True)
class Reply:
    """What one request gets. `raw` replaces the events made of `deltas`; `breaks` ends the connection in the middle."""

    deltas: Sequence[str] = ("The pump ", "is guaranteed ", "for 24 months [1].")
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    finish: str = "stop"
    cached: int = 0
    before: float = 0.0
    between: float = 0.0
    breaks: bool = False
    hangs: bool = False
    done: bool = True
    raw: Sequence[bytes] = ()


OVERLOADED = Reply(status=503, body={"error": {"message": "too many requests queued", "code": 503}})


class FakeEngine:
    """Replies as planned, the last reply again and again; remembers what it was asked."""

    def __init__(self, *plan: Reply) -> None:
        self.plan = list(plan) or [Reply()]
        self.asked: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.connections: set[tuple[str, int]] = set()
        self.working = 0
        self.left_alone = 0
        self.url = ""

    def running(self) -> int:
        """Answers being made at this moment."""
        return self.working

    def app(self) -> FastAPI:
        """The application to serve."""
        app = FastAPI()
        app.post("/v1/chat/completions")(self._complete)
        app.post("/tokenize")(self._tokenize)
        return app

    async def _tokenize(self, request: Request) -> Response:
        body = orjson.loads(await request.body())
        words = sum(len(message["content"].split()) + 4 for message in body["messages"])
        return JSONResponse({"count": words, "max_model_len": LIMIT, "tokens": []})

    async def _complete(self, request: Request) -> Response:
        body = orjson.loads(await request.body())
        self.asked.append(body)
        self.headers.append(request.headers)
        if request.client:
            self.connections.add((request.client.host, request.client.port))
        reply = self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]
        await asyncio.sleep(reply.before)
        if reply.status != 200 or reply.body is not None:
            return JSONResponse(reply.body, reply.status, headers=dict(reply.headers))
        return StreamingResponse(self._events(reply), media_type="text/event-stream")

    async def _events(self, reply: Reply) -> AsyncIterator[bytes]:
        self.working += 1
        finished = False
        try:
            for data in reply.raw or (event(_delta(text)) for text in reply.deltas):
                yield data
                await asyncio.sleep(reply.between)
            if reply.hangs:
                await asyncio.sleep(_FOREVER)
            if reply.breaks:
                raise ConnectionResetError
            if not reply.raw:
                yield event({"choices": [{"index": 0, "delta": {}, "finish_reason": reply.finish}]})
                count = {"prompt_tokens": 40, "completion_tokens": len(reply.deltas)}
                yield event(
                    {"choices": [], "usage": {**count, "prompt_tokens_details": {"cached_tokens": reply.cached}}}
                )
            if reply.done:
                yield b"data: [DONE]\n\n"
            finished = True
        finally:
            self.working -= 1
            self.left_alone += not finished


def event(body: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + orjson.dumps(body) + b"\n\n"


def _delta(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
