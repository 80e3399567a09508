"""`POST /v1/chat`, stopping a turn, and feedback over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Depends, Header, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator
from starlette.responses import Response, StreamingResponse

from app.admin.services import WithServices
from app.auth import CurrentCaller
from app.callers import Caller
from app.chat.agent_views import AgentViews
from app.chat.handovers import Handovers
from app.chat.inbox import Inboxes
from app.chat.live import Live
from app.chat.model import DONE, FAILED, RUNNING, Asked, Event, Filters
from app.chat.running import Work
from app.chat.service import ChatService, event_id, read_event_id
from app.chat.views import again
from app.dialog.answering import Standalone
from app.dialog.session import Session
from app.dialog.suggesting import Suggester
from app.refusals import ConflictError
from app.rules.shelf import RuleShelf
from retrieval.access import check_slug
from retrieval.embeddings import TextEmbedder
from retrieval.errors import RejectedError, UnavailableError

router = APIRouter(tags=["chat"])

MAX_MESSAGE_CHARACTERS = 8000
_FIRST_PRINTABLE = 32
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def readable_message(message: str) -> str:
    """`message` itself. Raises RejectedError where it is no text that can be answered."""
    if not message.strip():
        raise RejectedError("the message is blank")
    if len(message) > MAX_MESSAGE_CHARACTERS:
        raise RejectedError(f"the message may have at most {MAX_MESSAGE_CHARACTERS} characters")
    if any(ord(character) < 32 and character not in "\t\n\r" for character in message):
        raise RejectedError("the message holds control characters: send text")
    return message


class Message(BaseModel):
    """One message of a conversation; without `conversation_id` a new one begins."""

    model_config = ConfigDict(extra="forbid")

    message: str = Field(min_length=1, max_length=MAX_MESSAGE_CHARACTERS)
    conversation_id: str = Field(default="", pattern="^([0-9a-f]{32})?$")
    channel: str = Field(default="", max_length=40, pattern="^[a-z0-9_-]*$")
    language: Literal["", "en", "zh"] = ""
    sources: list[str] = Field(default_factory=list, max_length=50, description="look in these only; none: in all")
    since: AwareDatetime | None = Field(default=None, description="only in what changed since")
    replaces: str = Field(default="", pattern="^([0-9a-f]{32})?$", description="the last turn, asked in other words")

    @field_validator("sources")
    @classmethod
    def _names(cls, sources: list[str]) -> list[str]:
        try:
            return [check_slug("source", source) for source in sources]
        except RejectedError as error:
            raise ValueError(error.message) from None

    def asked(self, idempotency_key: str) -> Asked:
        """The same for the service."""
        filters = Filters(tuple(self.sources), self.since)
        named = (self.message, self.conversation_id, self.channel, self.language, idempotency_key)
        return Asked(*named, filters=filters, replaces=self.replaces)

    @field_validator("message")
    @classmethod
    def _readable(cls, message: str) -> str:
        try:
            return readable_message(message)
        except RejectedError as error:
            raise ValueError(error.message.removeprefix("the message ")) from None


class Rating(BaseModel):
    """What the caller thinks of an answer: 1 or -1, and why."""

    model_config = ConfigDict(extra="forbid")

    turn_id: str = Field(pattern="^[0-9a-f]{32}$")
    rating: Literal[1, -1]
    comment: str = Field(default="", max_length=4000)
    reason: Literal["", "wrong", "incomplete", "outdated", "source", "tone", "other"] = ""

    @field_validator("comment")
    @classmethod
    def _without_control_characters(cls, comment: str) -> str:
        return "".join(sign for sign in comment if ord(sign) >= _FIRST_PRINTABLE or sign in "\t\n\r")


class MakeWork(Protocol):
    """Makes what carries out a turn; `session` is the conversation before it, where only the caller knows it."""

    def __call__(self, caller: Caller, asked: Asked, session: Session | None = None) -> Work:
        """The work of the turn that `asked` begins."""


@dataclass(frozen=True, slots=True)
class Chat:
    """What these routes work with: the turns, people, what carries a turn out, and models as they are."""

    service: ChatService
    handovers: Handovers
    work: MakeWork
    embedder: TextEmbedder
    standalone: Standalone
    live: Live
    inboxes: Inboxes
    agent_views: AgentViews
    suggester: Suggester
    zone: ZoneInfo
    rules: RuleShelf


def _chat(request: Request) -> Chat:
    chat: Chat = request.app.state.chat
    return chat


WithChat = Annotated[Chat, Depends(_chat)]
ConversationId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
TurnId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", max_length=200)]
LastEventId = Annotated[str, Header(alias="Last-Event-ID", max_length=100)]


@router.post("/v1/chat")
async def post_chat(
    request: Request,
    caller: CurrentCaller,
    chat: WithChat,
    services: WithServices,
    message: Message | None = None,
    idempotency_key: IdempotencyKey = "",
    last_event_id: LastEventId = "",
) -> Response:
    """One turn: server-sent events where they are accepted, else the document of the event `done`.

    With `Last-Event-ID` the turn that event belongs to goes on behind it, and no message is needed.
    """
    if last_event_id:
        turn_id, after = read_event_id(last_event_id)
        row = await chat.service.transcript.turn(caller, turn_id)
    elif message is None:
        raise RejectedError('send a message as JSON: {"message": …}')
    else:
        asked = message.asked(idempotency_key)
        row, after = await chat.service.begin(caller, asked, chat.work(caller, asked)), 0
    if row.state == RUNNING:
        events = chat.service.follow(caller, row.id, after)
    else:
        events = again(row, after, services.index, caller)
    if "text/event-stream" in request.headers.get("accept", ""):
        return StreamingResponse(_wire(row.id, events), headers=STREAM_HEADERS, media_type="text/event-stream")
    return _document(await _last(events))


async def _wire(turn_id: str, events: AsyncIterator[Event | None]) -> AsyncIterator[bytes]:
    async for event in events:
        if event is None:
            yield b": still here\n\n"
        else:
            named = f"id: {event_id(turn_id, event.number)}\nevent: {event.name}\ndata: ".encode()
            yield named + orjson.dumps(event.data, option=orjson.OPT_UTC_Z) + b"\n\n"


async def _last(events: AsyncIterator[Event | None]) -> Event:
    last: Event | None = None
    async for event in events:
        last = event or last
    if last is None or not last.is_last:
        raise UnavailableError("PostgreSQL", "the answer could not be kept: ask again in a moment")
    return last


def _document(event: Event) -> Response:
    if event.name == FAILED:
        raise UnavailableError("answer", str(event.data.get("reason", "")))
    if event.name != DONE:
        raise ConflictError(f"the turn was {event.name}: {event.data.get('reason', '')}")
    return Response(orjson.dumps(event.data, option=orjson.OPT_UTC_Z), media_type="application/json")


@router.post("/v1/feedback", status_code=204)
async def post_feedback(rating: Rating, caller: CurrentCaller, chat: WithChat) -> Response:
    """Thumbs for an answer; the newest of a caller counts."""
    await chat.service.transcript.rate(caller, rating.turn_id, rating.rating, rating.comment, rating.reason)
    return Response(status_code=204)


@router.post("/v1/chat/{turn_id}/stop", status_code=204)
async def post_stop(turn_id: TurnId, caller: CurrentCaller, chat: WithChat) -> Response:
    """Stop writing the answer; one that has ended stays as it is."""
    await chat.service.stop(caller, turn_id)
    return Response(status_code=204)
