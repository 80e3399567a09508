"""The caller's conversations over HTTP: list and search, read, rename, delete, and show to others by a link."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.responses import Response

from app.admin.paging import Cursor, Limit, cursor_of, read_cursor
from app.admin.services import WithServices
from app.auth import CurrentCaller
from app.chat.routes import ConversationId, WithChat
from app.chat.shares import Shares
from app.chat.views import conversation_view, shared_turns
from app.identity.auditing import WithAudit
from retrieval.errors import RejectedError

router = APIRouter(tags=["chat"])

_MAX_TITLE = 120
_FIRST_PRINTABLE = 32


class ConversationLine(BaseModel):
    """One conversation in the list."""

    id: str
    title: str
    channel: str
    turns: int
    created_at: datetime
    updated_at: datetime


class ConversationPage(BaseModel):
    """The caller's conversations, the last used first; `next_cursor` is null on the last page."""

    conversations: list[ConversationLine]
    next_cursor: str | None


class Title(BaseModel):
    """What a conversation is called from now on."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=_MAX_TITLE)

    @field_validator("title")
    @classmethod
    def _readable(cls, title: str) -> str:
        if not title.strip() or any(ord(sign) < _FIRST_PRINTABLE for sign in title):
            raise ValueError("is blank, or holds control characters")
        return title.strip()


class Share(BaseModel):
    """The address of a shared conversation, below the address of the service."""

    url: str
    token: str


Token = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,64}$")]
Sought = Annotated[str, Query(max_length=200, description="part of the title, of a question or of an answer")]


@router.get("/v1/conversations")
async def get_conversations(
    caller: CurrentCaller, chat: WithChat, query: Sought = "", cursor: Cursor = None, limit: Limit = 50
) -> ConversationPage:
    """The caller's conversations, the last used first; a visitor without a name has no list."""
    if not caller.user:
        return ConversationPage(conversations=[], next_cursor=None)
    after = read_cursor(cursor, 2)
    place = (_moment(after[0]), after[1]) if after else None
    sought = query.replace("\0", "").strip()
    rows = await chat.service.transcript.conversations(caller, place, limit + 1, sought)
    lines = [ConversationLine(**row._mapping) for row in rows[:limit]]  # noqa: SLF001 (public in SQLAlchemy)
    following = cursor_of([lines[-1].updated_at.isoformat(), lines[-1].id]) if len(rows) > limit else None
    return ConversationPage(conversations=lines, next_cursor=following)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise RejectedError("the cursor is not one of ours") from None


@router.get("/v1/conversations/{conversation_id}")
async def get_conversation(
    conversation_id: ConversationId, caller: CurrentCaller, chat: WithChat, services: WithServices
) -> Response:
    """What was said, oldest first. What the caller may no longer read is withdrawn from it."""
    view = await conversation_view(chat.service.transcript, chat.handovers, services.index, caller, conversation_id)
    return _json(view)


@router.patch("/v1/conversations/{conversation_id}", status_code=204)
async def patch_conversation(
    conversation_id: ConversationId, title: Title, caller: CurrentCaller, chat: WithChat
) -> Response:
    """Rename a conversation."""
    await chat.service.transcript.rename(caller, conversation_id, title.title)
    return Response(status_code=204)


@router.delete("/v1/conversations/{conversation_id}", status_code=204)
async def delete_conversation(conversation_id: ConversationId, caller: CurrentCaller, chat: WithChat) -> Response:
    """Delete a conversation with everything in it."""
    await chat.service.transcript.delete(caller, conversation_id)
    return Response(status_code=204)


@router.post("/v1/conversations/{conversation_id}/share")
async def post_share(
    conversation_id: ConversationId, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> Share:
    """A link for others of the tenant to the turns so far; each reads of the answers what their own rights allow."""
    token = await Shares(services.engine).share(caller, conversation_id)
    await audit("conversation.shared", f"conversation:{conversation_id}")
    return Share(url=f"/ask/shared/{token}", token=token)


@router.delete("/v1/conversations/{conversation_id}/share", status_code=204)
async def delete_share(conversation_id: ConversationId, caller: CurrentCaller, services: WithServices) -> Response:
    """Take the link back; it leads nowhere from now on."""
    await Shares(services.engine).unshare(caller, conversation_id)
    return Response(status_code=204)


@router.get("/v1/shared/{token}")
async def get_shared(token: Token, caller: CurrentCaller, services: WithServices) -> Response:
    """A shared conversation as the one who asks for it may read it."""
    conversation, rows = await Shares(services.engine).shared(caller.tenant, token)
    turns = await shared_turns(rows, services.index, caller)
    shown = {"title": conversation.title, "owner": conversation.owner, "shared_at": conversation.created_at}
    return _json({**shown, "mine": conversation.owner == caller.user, "turns": turns})


def _json(view: dict[str, Any]) -> Response:
    headers = {"Cache-Control": "private, no-store"}
    return Response(orjson.dumps(view, option=orjson.OPT_UTC_Z), headers=headers, media_type="application/json")
