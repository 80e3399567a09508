"""The agent's side of live conversations: the inbox and a conversation as streams, typing, read marks, suggestions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from app.admin.services import WithServices
from app.auth import CurrentCaller
from app.callers import Caller
from app.chat.live import read_id
from app.chat.live_reads import Standing
from app.chat.live_routes import Read
from app.chat.routes import STREAM_HEADERS, Chat, ConversationId, LastEventId, WithChat
from app.chat.views import Ledgers
from app.dialog.handover import AGENT, REFUSALS
from app.dialog.model import Reply
from app.refusals import ConflictError
from retrieval.access import Access

router = APIRouter(tags=["agents"])


@router.get("/v1/agent/live")
async def get_live_inbox(caller: CurrentCaller, chat: WithChat, last_event_id: LastEventId = "") -> Response:
    """Server-sent events: `inbox` with all of it when it changes, `conversation` with the id of one to look at."""
    events = chat.inboxes.follow(chat.live, caller.tenant, caller.name, last_event_id)
    return StreamingResponse(events, headers=STREAM_HEADERS, media_type="text/event-stream")


@router.get("/v1/agent/conversations/{conversation_id}/live")
async def get_live_conversation(
    conversation_id: ConversationId, caller: CurrentCaller, chat: WithChat, last_event_id: LastEventId = ""
) -> Response:
    """As the customer's stream, and `turn` when the assistant begins or ends an answer."""
    read_id(last_event_id)
    standing = await chat.live.reads.standing(caller.tenant, conversation_id)
    events = chat.live.follow(standing, conversation_id, "agent", last_event_id)
    return StreamingResponse(events, headers=STREAM_HEADERS, media_type="text/event-stream")


@router.post("/v1/agent/conversations/{conversation_id}/typing", status_code=204)
async def post_agent_typing(conversation_id: ConversationId, caller: CurrentCaller, chat: WithChat) -> Response:
    """Say that one is typing, as the agent who has the conversation."""
    standing = await _owned(chat, caller, conversation_id)
    await chat.live.type(caller.tenant, conversation_id, "agent", standing.agent_name)
    return Response(status_code=204)


@router.post("/v1/agent/conversations/{conversation_id}/read", status_code=204)
async def post_agent_read(
    conversation_id: ConversationId, read: Read, caller: CurrentCaller, chat: WithChat
) -> Response:
    """Say up to which of the customer's messages (the id of its turn) one has read, as the agent who has it."""
    await _owned(chat, caller, conversation_id)
    await chat.live.read(caller.tenant, conversation_id, "agent", str(read.message_id).replace("\0", ""))
    return Response(status_code=204)


@router.post("/v1/agent/conversations/{conversation_id}/suggestions")
async def post_suggestions(
    conversation_id: ConversationId, caller: CurrentCaller, chat: WithChat, services: WithServices
) -> Response:
    """What the assistant would answer to the customer's last question, with what the agent may read; sent to nobody.

    `customer_may_read` tells of each citation whether the customer could open it too.
    """
    standing = await chat.live.reads.standing(caller.tenant, conversation_id)
    rows = await chat.service.transcript.turns(conversation_id)
    reply = await chat.suggester.suggest(caller, conversation_id, rows)
    items = [await _suggestion(reply, standing, services.index)] if reply else []
    return Response(orjson.dumps({"items": items}, option=orjson.OPT_UTC_Z), media_type="application/json")


async def _suggestion(reply: Reply, standing: Standing, index: Ledgers) -> Mapping[str, Any]:
    ledger = await index.ledger()
    cited = {one.document_id for one in reply.citations}
    theirs = Access.of(standing.tenant, standing.owner, frozenset())
    readable = await ledger.readable(cited, theirs) if ledger and cited else set()
    citations = [{**asdict(one), "customer_may_read": one.document_id in readable} for one in reply.citations]
    return {
        "text": reply.text,
        "citations": citations,
        "decision": reply.decision,
        "question": reply.question,
        "confidence": round(reply.confidence, 4),
    }


async def _owned(chat: Chat, caller: Caller, conversation_id: str) -> Standing:
    """Who has it: the caller. Raises ConflictError for anybody else, NotFoundError where there is none."""
    standing = await chat.live.reads.standing(caller.tenant, conversation_id)
    if (standing.state, standing.agent) != (AGENT, caller.name):
        raise ConflictError(REFUSALS[standing.state])
    return standing
