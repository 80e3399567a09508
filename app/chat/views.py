"""A conversation as its owner, or an agent, reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from sqlalchemy import Row

from app.callers import Caller
from app.chat.handovers import Handovers
from app.chat.model import Event, TurnRow, judged_message
from app.chat.transcript import Transcript
from app.chat.withdrawal import WITHDRAWN, cited_documents, withdrawn
from app.dialog.model import CLARIFY
from ingestion.ledger_reader import LedgerReader

_SHOWN = ("citations", "as_of", "withdrawn", "rule", "reason", "options", "slot")


class Ledgers(Protocol):
    """The ledger of the index that serves."""

    async def ledger(self) -> LedgerReader | None:
        """None before the first indexing job has started."""


async def conversation_view(
    transcript: Transcript, handovers: Handovers, index: Ledgers, caller: Caller, conversation_id: str
) -> dict[str, Any]:
    """Turns and agents' words in their order, who owns it, and nothing that the caller may no longer read.

    Raises:
        NotFoundError: the caller has no such conversation.
    """
    rows = await transcript.conversation(caller, conversation_id)
    owned = await handovers.ownership(caller.tenant, conversation_id)
    said = await handovers.messages(conversation_id)
    return {
        "id": conversation_id,
        "state": owned.state,
        "agent": owned.agent,
        "position": owned.position,
        "turns": await readable_turns(rows, index, caller),
        "messages": [dict(row._mapping) for row in said],  # noqa: SLF001 (public in SQLAlchemy)
    }


async def again(row: TurnRow, after: int, index: Ledgers, caller: Caller) -> AsyncIterator[Event]:
    """The events of a turn that has ended, behind number `after`, as `caller` may read them now.

    Where a source was lost since, what was said on the way is left out and the last event has it withdrawn.
    """
    shown = {str(one["document_id"]) for event in row.events for one in event.data.get("sources") or ()}
    documents = shown.union(*(cited_documents(event.data) for event in row.events))
    ledger = await index.ledger()
    readable = await ledger.readable(documents, caller.access) if ledger else set()
    for event in row.events[after:]:
        if documents <= readable:
            yield event
        elif event.is_last:
            yield replace(event, data=withdrawn(event.data, readable))
        elif event.name not in {"sources", "delta", "replace"}:
            yield event


async def readable_turns(rows: Sequence[Row[Any]], index: Ledgers, caller: Caller) -> list[dict[str, Any]]:
    """Turns as `caller` may read them now."""
    documents = {document for row in rows for document in cited_documents(_done(row))}
    ledger = await index.ledger()
    readable = await ledger.readable(documents, caller.access) if ledger else set()
    return [_turn(row, withdrawn(_done(row), readable)) for row in rows]


async def shared_turns(rows: Sequence[Row[Any]], index: Ledgers, caller: Caller) -> list[dict[str, Any]]:
    """Turns of somebody else as `caller` may read them; a question back names what was found, so it counts as cited."""
    found = {row.id: {one["document_id"] for one in row.details.get("passages") or ()} for row in rows}
    ledger = await index.ledger()
    readable = await ledger.readable(set().union(*found.values()), caller.access) if ledger else set()
    turns = await readable_turns(rows, index, caller)
    for turn in turns:
        turn["message"] = judged_message(turn["state"], turn["message"])
        if turn["decision"] == CLARIFY and not found[turn["turn_id"]] <= readable:
            note = WITHDRAWN["zh" if turn["language"] == "zh" else "en"]
            turn |= {"answer": note, "options": (), "withdrawn": True}
    return turns


def _done(row: Row[Any]) -> Mapping[str, Any]:
    done: Mapping[str, Any] = row.details.get("done") or {}
    return done


def _turn(row: Row[Any], done: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: done.get(name) for name in _SHOWN if name in done}
    return {
        "turn_id": row.id,
        "number": row.number,
        "message": row.message,
        "state": row.state,
        "language": row.language,
        "question": row.question,
        "decision": row.decision,
        "answer": str(done.get("answer") or ""),
        "confidence": row.confidence,
        "created_at": row.created_at,
        "filters": row.details.get("filters") or {"sources": [], "since": None},
        **known,
    }
