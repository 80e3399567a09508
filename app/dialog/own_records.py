"""What a signed-in customer need not be asked for: the record is looked for among the customer's own documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.dialog.answering import Index, narrowed
from app.dialog.model import CLARIFY, Heard, Reply
from app.dialog.replies import numbered
from app.dialog.slot_tasks import Slot, SlotTask
from app.dialog.slots import Filling, labelled_value
from app.dialog.understanding import filled
from retrieval.access import PUBLIC, Access
from retrieval.errors import UnavailableError
from retrieval.model import Passage, Question

_SEARCHED = 50
_OFFERED = 4


async def from_account(
    index: Index, heard: Heard, reply: Reply, tasks: Sequence[SlotTask]
) -> tuple[Heard, Reply | None]:
    """Instead of `reply`, which asks for a slot: the slot filled from the only own record, or several to choose from.

    A record is a document with a reader that is this customer, or a group of this customer, whose title says the
    slot's value behind one of its labels ("Order SO-10273: shipped").
    """
    session = reply.session
    task = next((one for one in tasks if one.name == session.task), None)
    slot = task.slot(session.waiting_for) if task else None
    if task is None or slot is None or not (slot.from_account and heard.is_known_customer):
        return heard, reply
    try:
        records = await _records(index, heard, slot)
    except UnavailableError:  # what cannot be looked up now is asked for
        return heard, reply
    if len(records) == 1:
        session = replace(session, slots={**session.slots, slot.name: next(iter(records))})
        return filled(heard, session, task, Filling())
    if not records:
        return heard, reply
    latest = sorted(records, key=lambda value: (len(value), value), reverse=True)  # numbers rise
    options = tuple(records[value].title for value in latest[:_OFFERED])
    text = numbered("which_record", options, heard.language)
    session = session.clarifying(session.pending, options)
    return heard, Reply(CLARIFY, text, session, reason=reply.reason, options=options)


async def _records(index: Index, heard: Heard, slot: Slot) -> dict[str, Passage]:
    """The slot's value in a title → the first passage of that document."""
    question = narrowed(Question(heard.message, limit=_SEARCHED), heard)
    caller = heard.caller
    mine = Access(caller.tenant, caller.access.principals - {PUBLIC})
    found = await index.search(question, mine) if question.limit else []
    records: dict[str, Passage] = {}
    for passage in found:
        if value := labelled_value(slot, passage.title, heard.moment.date()):
            records.setdefault(value, passage)
    return records
