"""`POST /v1/chat/completions` and `GET /v1/models`: what OpenAI's client libraries speak, over the same turns.

The last message is the question, those before it are its history. The answer's `freshet` field (on the last chunk of a
stream) is the `done` document: decision, citations, confidence, as_of.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from app.auth import CurrentCaller
from app.chat.model import DONE, Asked, Event
from app.chat.routes import MAX_MESSAGE_CHARACTERS, STREAM_HEADERS, WithChat, readable_message
from app.dialog.session import Role, Session, Turn
from app.refusals import ConflictError, NotFoundError
from retrieval.errors import RejectedError, UnavailableError

router = APIRouter(tags=["openai"])

MODEL = "freshet"
_CHANNEL = "openai"
_MADE = 1_764_000_000
_ROLES: Mapping[str, Role] = {"user": "user", "assistant": "assistant"}


class TextPart(BaseModel):
    """A part of a message; only text is answered."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["text"]
    text: str = Field(max_length=100_000)


class ChatMessage(BaseModel):
    """One message; `system`, `developer` and `tool` messages are accepted and not used: answers rest on sources."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = Field(default=None)

    @property
    def text(self) -> str:
        """What it says."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """Whether a stream ends with its usage."""

    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class Completion(BaseModel):
    """What OpenAI's chat completions take; sampling parameters are accepted and not used."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(max_length=200)
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=400)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = None

    def session(self) -> tuple[Session, str]:
        """The conversation before, and the question.

        Raises:
            RejectedError: the last message is not the user's, or says nothing.
        """
        last = self.messages[-1]
        if last.role != "user" or not last.text.strip():
            raise RejectedError("the last message must be the user's, and say something")
        session = Session("")
        for message in self.messages[:-1]:
            role = _ROLES.get(message.role)
            if role and message.text.strip():
                session = session.said(Turn(role, message.text[:MAX_MESSAGE_CHARACTERS]))
        return session, last.text


@router.get("/v1/models")
async def get_models() -> dict[str, Any]:
    """The one model there is: the assistant."""
    return {"object": "list", "data": [_model()]}


@router.get("/v1/models/{model}")
async def get_model(model: str) -> dict[str, Any]:
    """The model of that name."""
    if model != MODEL:
        raise NotFoundError(f"there is no model {model!r}; there is {MODEL!r}")
    return _model()


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": _MADE, "owned_by": "freshet"}


@router.post("/v1/chat/completions", response_model=None)
async def post_completion(asked: Completion, caller: CurrentCaller, chat: WithChat) -> Response:
    """One answer, streamed where `stream` says so."""
    await get_model(asked.model)
    if asked.n not in {None, 1}:
        raise RejectedError("n: one answer is given, not several")
    session, question = asked.session()
    turn = Asked(readable_message(question), channel=_CHANNEL)
    row = await chat.service.begin(caller, turn, chat.work(caller, turn, session))
    events = chat.service.follow(caller, row.id, 0)
    if asked.stream:
        usage = asked.stream_options is not None and asked.stream_options.include_usage
        chunks = _chunks(row.id, events, include_usage=usage)
        return StreamingResponse(chunks, headers=STREAM_HEADERS, media_type="text/event-stream")
    done = await _done(events)
    message = {"role": "assistant", "content": done["answer"], "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    body = {**_head(row.id, "chat.completion"), "choices": [choice], "usage": _usage(done), "freshet": done}
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), media_type="application/json")


async def _done(events: AsyncIterator[Event | None]) -> Mapping[str, Any]:
    async for event in events:
        if event and event.name == DONE:
            return event.data
        if event and event.is_last:
            raise ConflictError(f"the answer was {event.name}: {event.data.get('reason', '')}")
    raise UnavailableError("PostgreSQL", "the answer could not be kept: ask again in a moment")


async def _chunks(turn_id: str, events: AsyncIterator[Event | None], *, include_usage: bool) -> AsyncIterator[bytes]:
    head = _head(turn_id, "chat.completion.chunk")
    yield _chunk(head, {"role": "assistant", "content": ""})
    async for event in events:
        if event is None:
            yield b": still here\n\n"
        elif event.name == "delta":
            yield _chunk(head, {"content": event.data["text"]})
        elif event.name == "replace":
            yield _chunk(head, {"content": f"\n\n{event.data['text']}"})
        elif event.name == DONE:
            yield _chunk(head, {}, finish="stop", freshet=event.data)
            if include_usage:
                yield _data({**head, "choices": [], "usage": _usage(event.data)})
            yield b"data: [DONE]\n\n"
        elif event.is_last:
            yield _data(
                {"error": {"message": event.data.get("reason", event.name), "type": "server_error", "code": 503}}
            )


def _head(turn_id: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{turn_id}", "object": kind, "created": int(time.time()), "model": MODEL}


def _chunk(head: Mapping[str, Any], delta: Mapping[str, Any], finish: str | None = None, **more: Any) -> bytes:
    return _data({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}], **more})


def _data(body: Mapping[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(body, option=orjson.OPT_UTC_Z) + b"\n\n"


def _usage(done: Mapping[str, Any]) -> dict[str, int]:
    spent = done.get("usage") or {}
    prompt, completion = int(spent.get("prompt_tokens", 0)), int(spent.get("completion_tokens", 0))
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
