"""What the assistant would answer in an agent's place: to the agent only, with what the agent may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Row

from app.callers import Caller
from app.chat.model import DONE, TurnRow
from app.chat.sessions import session_of
from app.dialog.answering import AnswerParts, Judges, SearchedTurn
from app.dialog.model import ANSWERED, CLARIFY, HANDED_OVER, Heard, Reply
from app.dialog.slot_tasks import SlotTask
from app.dialog.small_talk import small_talk
from app.dialog.understanding import chosen, ruled, with_slots
from app.rules.gathering import Circumstances, facts_before
from retrieval.injection import message_injection_score
from retrieval.terms import has_chinese

_LOOKED_BACK = 5
_WISHES = frozenset({"wish", "rule"})


@dataclass(frozen=True, slots=True)
class Suggester:
    """Answers the customer's last question without saying so to the customer. `zone` is where the customers are."""

    rules: Judges
    parts: AnswerParts
    tasks: Sequence[SlotTask]
    zone: tzinfo

    async def suggest(self, caller: Caller, conversation_id: str, rows: Sequence[Row[Any]]) -> Reply | None:
        """An answer or a question back to the last of `rows` that asks something, oldest first; None for neither.

        Raises:
            UnavailableError: a service that an answer cannot do without does not answer.
        """
        at = _last_question(rows)
        if at is None:
            return None
        heard = await self._heard(caller, conversation_id, rows, at)
        if ruled(heard):
            return None
        heard, reply = with_slots(chosen(heard), self.tasks)
        if reply is None:
            turn = SearchedTurn(self.parts, self.rules, heard)
            async for _ in turn.run():
                """Only how it ends is of interest."""
            reply = turn.reply
        return reply if reply.decision in {ANSWERED, CLARIFY} and reply.text.strip() else None

    async def _heard(self, caller: Caller, conversation_id: str, rows: Sequence[Row[Any]], at: int) -> Heard:
        row, session = rows[at], session_of(conversation_id, rows[:at])
        language = row.language or ("zh" if has_chinese(row.message) else "en")
        moment = datetime.now(self.zone)
        score = message_injection_score(row.message)
        known = Circumstances(caller, moment, turn_count=row.number - 1, slots=session.slots, injection_score=score)
        facts = facts_before(row.message, known)
        verdict = await self.rules.judge(caller.tenant, "before", facts)
        turn = TurnRow(row.id, conversation_id, row.number, caller.tenant, caller.user, row.message, row.state)
        session = replace(session, waiting_for="") if session.waiting_for == "person" else session
        return Heard(caller, turn, session, row.message, language, "", moment, facts, verdict)


def _last_question(rows: Sequence[Row[Any]]) -> int | None:
    """The place of the last message that asks something; the wish for a person is no question."""
    for at in range(len(rows) - 1, max(-1, len(rows) - 1 - _LOOKED_BACK), -1):
        row = rows[at]
        reason = (row.details.get("done") or {}).get("reason")
        wished = row.decision == HANDED_OVER and reason in _WISHES
        if row.state == DONE and not wished and small_talk(row.message) is None:
            return at
    return None
