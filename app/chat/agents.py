"""What agents do over HTTP: their inbox, claim, reply, give back, close."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.admin.services import WithServices
from app.auth import CurrentCaller
from app.chat.inbox import Inbox
from app.chat.routes import ConversationId, WithChat
from app.identity.auditing import WithAudit

router = APIRouter(tags=["agents"])


class Reply(BaseModel):
    """Words to the customer."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=8000)


@router.get("/v1/agent/conversations")
async def get_inbox(caller: CurrentCaller, chat: WithChat) -> Inbox:
    """One's own conversations, those of the tenant that wait, and those that other agents have."""
    return await chat.inboxes.of(caller.tenant, caller.name)


@router.get("/v1/agent/conversations/{conversation_id}")
async def get_agents_view(
    conversation_id: ConversationId, caller: CurrentCaller, chat: WithChat, services: WithServices
) -> Response:
    """What was said, with the sources that the agent may read; what the assistant knew; who the customer is."""
    view = await chat.agent_views.view(services.index, caller, conversation_id)
    return Response(orjson.dumps(view, option=orjson.OPT_UTC_Z), media_type="application/json")


@router.post("/v1/agent/conversations/{conversation_id}/claim", status_code=204)
async def claim(conversation_id: ConversationId, caller: CurrentCaller, chat: WithChat, audit: WithAudit) -> Response:
    """Take a conversation: from now on the assistant is silent in it."""
    await chat.handovers.ownership(caller.tenant, conversation_id)
    await chat.service.quiet(conversation_id)
    await chat.handovers.claim(caller.tenant, conversation_id, caller.name)
    await audit("conversation.claimed", f"conversation:{conversation_id}")
    return Response(status_code=204)


@router.post("/v1/agent/conversations/{conversation_id}/reply", status_code=201)
async def reply(conversation_id: ConversationId, said: Reply, caller: CurrentCaller, chat: WithChat) -> dict[str, int]:
    """Say something to the customer, as the agent who has the conversation."""
    number = await chat.handovers.reply(caller.tenant, conversation_id, caller.name, said.text)
    await chat.live.presence.rest(conversation_id, "agent")
    return {"message_id": number}


@router.post("/v1/agent/conversations/{conversation_id}/give-back", status_code=204)
async def give_back(
    conversation_id: ConversationId, caller: CurrentCaller, chat: WithChat, audit: WithAudit
) -> Response:
    """Let the assistant answer again."""
    await chat.handovers.leave(caller.tenant, conversation_id, caller.name, "give_back")
    await audit("conversation.given_back", f"conversation:{conversation_id}")
    return Response(status_code=204)


@router.post("/v1/agent/conversations/{conversation_id}/close", status_code=204)
async def close(conversation_id: ConversationId, caller: CurrentCaller, chat: WithChat, audit: WithAudit) -> Response:
    """End it; what the customer writes next begins anew with the assistant."""
    await chat.handovers.leave(caller.tenant, conversation_id, caller.name, "close")
    await audit("conversation.closed", f"conversation:{conversation_id}")
    return Response(status_code=204)
