"""`DialogManager.take_turn`: from one message in a conversation to how its turn ends."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any, Protocol

from app.callers import Caller
from app.chat.model import DONE, Asked, Outcome, TurnRow
from app.chat.running import Said
from app.dialog.answering import AnswerParts, Judges, SearchedTurn
from app.dialog.handover import BOT_OWNS, WAITING, Ownership
from app.dialog.measuring import observe
from app.dialog.model import CLARIFY, HANDED_OVER, REFUSED, Heard, Reply
from app.dialog.own_records import from_account
from app.dialog.replies import say
from app.dialog.session import Session, Turn
from app.dialog.session_store import SessionStore
from app.dialog.slot_tasks import SlotTask
from app.dialog.summary import summary_of
from app.dialog.understanding import chosen, required_slot, ruled, started_over, talked, with_slots
from app.metrics import Metrics
from app.rules.gathering import Circumstances, facts_before
from app.rules.masking import masked_by
from retrieval.injection import message_injection_score
from retrieval.spans import span
from retrieval.terms import has_chinese


class People(Protocol):
    """Hand-over to a person (`app.chat.handovers.Handovers`)."""

    async def ownership(self, tenant: str, conversation_id: str) -> Ownership:
        """Who owns the conversation."""

    async def ask(self, tenant: str, conversation_id: str, reason: str, summary: str) -> Ownership:
        """Ask for a person."""


Reword = Callable[[str, str], Awaitable[None]]
"""Keeps another text as a turn's message: what a rule masks is not stored."""


@dataclass(frozen=True, slots=True)
class DialogManager:
    """Takes turns. `zone` is where the customers are; `tasks` declare the slots."""

    sessions: SessionStore
    rules: Judges
    people: People
    parts: AnswerParts
    tasks: Sequence[SlotTask]
    zone: tzinfo
    reword: Reword
    metrics: Metrics

    async def take_turn(
        self, caller: Caller, asked: Asked, row: TurnRow, before: Session | None = None
    ) -> AsyncGenerator[Said | Outcome, None]:
        """What is said meanwhile, and as the last item how the turn ended.

        `before` is the conversation so far where the caller brings it along.

        Raises:
            UnavailableError: a service that the turn cannot do without does not answer.
        """
        began = time.perf_counter()
        session = before and replace(before, id=row.conversation_id)
        session = session or await self.sessions.load(row.conversation_id, turns_before=row.number - 1)
        if row.held_by not in BOT_OWNS:
            yield await self._ended(row, *await self._for_a_person(caller, asked, row, session))
            return
        heard = await self._hear(caller, asked, row, session)
        heard, reply = self._understood(heard)
        if reply and reply.reason == "slot_missing":
            heard, reply = await from_account(self.parts.index, heard, reply, self.tasks)
        if reply is None:
            turn = SearchedTurn(self.parts, self.rules, heard)
            async for said in turn.run():
                yield said
            reply = turn.reply
        else:
            yield Said("delta", {"text": reply.text})
        told = len(reply.text)
        reply = _second_refusal(heard, reply)
        standing: dict[str, Any] = {}
        if reply.hand_over:
            summary = summary_of(heard.session, heard.message, heard.language)
            owned = await self.people.ask(caller.tenant, row.conversation_id, reply.hand_over, summary)
            standing = {"state": owned.state, "position": owned.position}
            reply = replace(reply, text=_in_line(reply.text, owned, heard.language))
            yield Said("delta", {"text": reply.text[told:]})
            yield Said("handover", standing)
        observe(self.metrics, heard, reply, time.perf_counter() - began)
        yield await self._ended(row, heard, reply, standing)

    async def _hear(self, caller: Caller, asked: Asked, row: TurnRow, session: Session) -> Heard:
        """The message with its language, its facts, what the rules say of it, and without what they mask."""
        language = asked.language or _language(asked.message, session.language)
        moment = datetime.now(self.zone)
        known = Circumstances(
            caller,
            moment,
            channel=asked.channel,
            turn_count=row.number - 1,
            slots=session.slots,
            injection_score=message_injection_score(asked.message),
        )
        facts = facts_before(asked.message, known)
        with span("rules", stage="before"):
            verdict = await self.rules.judge(caller.tenant, "before", facts)
        message = asked.message
        if verdict.of("mask"):
            message = masked_by(verdict, message, language)
            await self.reword(row.id, message)
        heard = Heard(caller, row, session, message, language, asked.channel, moment, facts, verdict)
        return replace(heard, filters=asked.filters)

    def _understood(self, heard: Heard) -> tuple[Heard, Reply | None]:
        """The question to search for, or the reply where none is needed."""
        if reply := ruled(heard):
            return heard, reply
        heard, reply = started_over(heard)
        if reply or (reply := talked(heard)):
            return heard, reply
        heard = chosen(heard)
        if reply := required_slot(heard, heard.verdict, self.tasks):
            return heard, reply
        return (heard, None) if heard.question else with_slots(heard, self.tasks)

    async def _for_a_person(
        self, caller: Caller, asked: Asked, row: TurnRow, session: Session
    ) -> tuple[Heard, Reply, Mapping[str, Any]]:
        """A message to whoever has the conversation: kept as the rules leave it, in silence while an agent has it.

        Rules mask it like any other; what else they would do is up to the person who reads it.
        """
        heard = await self._hear(caller, asked, row, session)
        owned = await self.people.ownership(caller.tenant, row.conversation_id)
        waits = row.held_by == WAITING and owned.state == WAITING
        text = say("still_waiting", heard.language, position=owned.position) if waits else ""
        reply = Reply(HANDED_OVER, text, session, reason=owned.state)
        return heard, reply, {"state": owned.state, "position": owned.position, "agent": owned.agent}

    async def _ended(self, row: TurnRow, heard: Heard, reply: Reply, standing: Mapping[str, Any]) -> Outcome:
        session = reply.session.said(Turn("user", heard.message, question=reply.question, language=heard.language))
        said = Turn("assistant", reply.text, decision=_act(reply), citations=reply.citations, language=heard.language)
        session = session.said(said)
        await self.sessions.save(session, turns=row.number)
        done = {
            "conversation_id": row.conversation_id,
            "turn_id": row.id,
            "decision": reply.decision,
            "answer": reply.text,
            "citations": reply.citations,
            "confidence": round(reply.confidence, 4),
            "as_of": reply.as_of,
            "question": reply.question,
            "language": heard.language,
            "reason": reply.reason,
            "model": reply.details.get("model", ""),
            "usage": {
                name: reply.details.get(name, 0) for name in ("prompt_tokens", "cached_tokens", "completion_tokens")
            },
            **({"rule": reply.rule} if reply.rule else {}),
            **({"options": reply.options} if reply.options else {}),
            **({"slot": slot} if (slot := _slot_asked(self.tasks, reply)) else {}),
            **({"handover": standing} if standing else {}),
        }
        waits = {"slots": dict(session.slots), "task": session.task, "waiting_for": session.waiting_for}
        pending = {"pending": session.pending, "options": list(session.options), "act": _act(reply)}
        facts = {name: value for name, value in heard.facts.items() if name != "text"}
        details = {**reply.details, "facts": facts, "rules_before": [str(one) for one in heard.verdict.fired]}
        return Outcome(DONE, done, {**details, "dialog": {**waits, **pending}})


def _slot_asked(tasks: Sequence[SlotTask], reply: Reply) -> dict[str, str]:
    """Name and kind of what the reply asks for, so that a page can offer a fitting field; {} where it asks nothing."""
    name = reply.session.waiting_for
    if reply.decision != CLARIFY or not name:
        return {}
    found = next((slot for task in tasks if (slot := task.slot(name))), None)
    return {"name": name, "kind": found.kind} if found else {}


def _act(reply: Reply) -> str:
    """The decision as the session remembers it; "started_over" puts what was before aside."""
    return reply.reason if reply.reason == "started_over" else reply.decision


def _in_line(text: str, owned: Ownership, language: str) -> str:
    """The words that announce a person, with the place in line."""
    if not owned.position:
        return text
    return f"{text}{'' if language == 'zh' else ' '}{say('position', language, position=owned.position)}"


def _second_refusal(heard: Heard, reply: Reply) -> Reply:
    """A customer who gets no answer twice in a row is handed over."""
    said = [turn for turn in heard.session.current if turn.role == "assistant"]
    if reply.decision != REFUSED or heard.is_staff or not said or said[-1].decision != REFUSED:
        return reply
    text = f"{reply.text}\n\n{say('twice', heard.language)}"
    session = reply.session.asking("", "")
    return replace(reply, decision=HANDED_OVER, text=text, session=session, hand_over="no answer twice in a row")


def _language(text: str, before: str) -> str:
    """ "zh" or "en"; what has no words at all is in the language of the conversation."""
    if has_chinese(text):
        return "zh"
    words = [word for word in text.split() if word.isalpha()]
    return "en" if words or not before else before
