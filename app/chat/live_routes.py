"""The customer's side of a conversation with a person: the live stream, typing and read marks, and the transcript."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from app.admin.services import WithServices
from app.auth import CurrentCaller
from app.callers import Caller
from app.chat.letters import letter
from app.chat.live import read_id
from app.chat.live_reads import Standing
from app.chat.routes import STREAM_HEADERS, Chat, ConversationId, LastEventId, WithChat
from app.chat.views import conversation_view

router = APIRouter(tags=["chat"])

_LARGEST_ID = 2**62


class Read(BaseModel):
    """Up to which message one has read: a number for an agent's, the id of its turn for a customer's."""

    model_config = ConfigDict(extra="forbid")

    message_id: int | str = Field(union_mode="smart")

    @property
    def known_id(self) -> int | str:
        """The id as it is kept; what cannot be one is 0, which no message has."""
        if isinstance(self.message_id, str):
            text = self.message_id
            return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else text.replace("\0", "")
        return self.message_id if 0 < self.message_id < _LARGEST_ID else 0


@router.get("/v1/conversations/{conversation_id}/live")
async def get_live(
    conversation_id: ConversationId, caller: CurrentCaller, chat: WithChat, last_event_id: LastEventId = ""
) -> Response:
    """Server-sent events while a person is awaited or has it: `state`, `message`, `typing`, `read`.

    It begins with what was said between customer and agent so far, or behind `Last-Event-ID`; it ends after some
    minutes, and is to be connected to anew.
    """
    read_id(last_event_id)
    standing = await _own(chat, caller, conversation_id)
    events = chat.live.follow(standing, conversation_id, "customer", last_event_id)
    return StreamingResponse(events, headers=STREAM_HEADERS, media_type="text/event-stream")


@router.post("/v1/conversations/{conversation_id}/typing", status_code=204)
async def post_typing(conversation_id: ConversationId, caller: CurrentCaller, chat: WithChat) -> Response:
    """Say that one is typing; good for some seconds, so it is said again while it goes on."""
    await _own(chat, caller, conversation_id)
    await chat.live.type(caller.tenant, conversation_id, "customer", caller.user)
    return Response(status_code=204)


@router.post("/v1/conversations/{conversation_id}/read", status_code=204)
async def post_read(conversation_id: ConversationId, read: Read, caller: CurrentCaller, chat: WithChat) -> Response:
    """Say up to which of the agent's messages one has read."""
    await _own(chat, caller, conversation_id)
    message_id = read.known_id
    await chat.live.read(caller.tenant, conversation_id, "customer", message_id if isinstance(message_id, int) else 0)
    return Response(status_code=204)


@router.get("/v1/conversations/{conversation_id}/transcript")
async def get_transcript(
    conversation_id: ConversationId, caller: CurrentCaller, chat: WithChat, services: WithServices
) -> Response:
    """The whole conversation as an e-mail file, in its language, without what its reader may no longer read."""
    view = await conversation_view(chat.service.transcript, chat.handovers, services.index, caller, conversation_id)
    language = next((turn["language"] for turn in reversed(view["turns"]) if turn["language"]), "en")
    name = f"conversation-{datetime.now(UTC):%Y-%m-%d}.eml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(letter(view, language, chat.zone), headers=headers, media_type="message/rfc822")


async def _own(chat: Chat, caller: Caller, conversation_id: str) -> Standing:
    """Who has the caller's conversation. Raises NotFoundError where the caller has none of this id."""
    return await chat.live.reads.standing(caller.tenant, conversation_id, caller.user)
