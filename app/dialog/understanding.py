"""What a message wants: said without a search where that is enough, else the question it asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.dialog.model import ANSWERED, BLOCKED, CLARIFY, HANDED_OVER, PERSON, Heard, Reply
from app.dialog.replies import say
from app.dialog.session import Session
from app.dialog.slot_tasks import SlotTask
from app.dialog.slots import Filling, asking_text, fill, missing, search_terms, task_for
from app.dialog.small_talk import small_talk, without_start_over
from app.rules.model import Verdict


def ruled(heard: Heard) -> Reply | None:
    """What the rules of stage `before` say to end the turn; None where they let it go on."""
    ending = heard.verdict.ending
    if ending is None:
        return None
    text = ending.action.text(heard.language)
    rule = str(ending)
    if ending.action.kind == "hand_over":
        said = text or say("wish", heard.language)
        return Reply(HANDED_OVER, said, heard.session, reason="rule", rule=rule, hand_over=ending.rule)
    decision = BLOCKED if ending.action.kind == "block" else ANSWERED
    return Reply(decision, text, heard.session, reason="rule", rule=rule)


def talked(heard: Heard) -> Reply | None:
    """The reply to a greeting, to thanks, to yes or no after an offer; None where there is something to look up."""
    kind = small_talk(heard.message)
    session = heard.session
    if session.waiting_for == PERSON and kind in {"yes", "no", "thanks"}:
        session = session.asking("", "")
        if kind == "yes":
            said = say("wish", heard.language)
            return Reply(HANDED_OVER, said, session, reason="wish", hand_over="the customer's wish")
    if kind is None or (session.waiting_for and session.waiting_for != PERSON):
        return None
    return Reply(ANSWERED, say(kind, heard.language), session, reason="small_talk")


def started_over(heard: Heard) -> tuple[Heard, Reply | None]:
    """With "start over" nothing of before counts any more; the reply where nothing is asked beside it."""
    rest = without_start_over(heard.message)
    if rest is None:
        return heard, None
    session = heard.session.started_over()
    if not rest:
        return heard, Reply(ANSWERED, say("started_over", heard.language), session, reason="started_over")
    return replace(heard, session=session, message=rest), None


def chosen(heard: Heard) -> Heard:
    """With an answer to "which one do you mean?" the question is the one of before, about what was chosen.

    Where the choice was offered for a slot, what was chosen is said of that slot.
    """
    session = heard.session
    if not session.options:
        return heard
    cleared = session.clarifying("", ())
    at = _choice(heard.message, session.options)
    if session.waiting_for and session.waiting_for != PERSON:
        said = heard.message if at is None else session.options[at]
        return replace(heard, session=session.clarifying(session.pending, ()), message=said)
    if at is None:
        return replace(heard, session=cleared)
    question = f"{session.pending} ({session.options[at]})"
    return replace(heard, session=cleared, question=question)


def _choice(message: str, options: Sequence[str]) -> int | None:
    said = re.sub(r"^[\s().#。，,]+|[\s().#。，,]+$", "", message).casefold()
    if said.isdecimal() and 0 < int(said) <= len(options):
        return int(said) - 1
    fitting = [
        at for at, option in enumerate(options) if said and (said in option.casefold() or option.casefold() in said)
    ]
    return fitting[0] if len(fitting) == 1 else None


def with_slots(heard: Heard, tasks: Sequence[SlotTask]) -> tuple[Heard, Reply | None]:
    """The message with what it says about the slots of its task; a reply where one is still missing or not valid."""
    session = heard.session
    begun = task_for(tasks, heard.message)
    current = next((task for task in tasks if task.name == session.task), None)
    task = current if session.waiting_for and begun is None else begun or current
    if task is None:
        return heard, None
    filling = fill(task, session.slots, session.waiting_for, heard.message, heard.moment.date())
    if begun is None and not (filling.values or filling.invalid or filling.declined):
        return replace(heard, session=session.asking("", "")), None
    answers = begun is None or begun is current
    if answers and not (session.waiting_for or filling.corrected):
        return heard, None
    pending = session.pending if answers and session.pending else heard.message
    for name in filling.corrected:
        pending = " ".join(pending.replace(session.slots[name], "").split())
    session = replace(session, slots={**session.slots, **filling.values}, pending=pending)
    return filled(heard, session, task, filling)


def filled(heard: Heard, session: Session, task: SlotTask, filling: Filling) -> tuple[Heard, Reply | None]:
    """The task's question with what `session` knows by now; a reply where a slot is still missing or not valid."""
    reply = _asking(heard, session, task, filling)
    if reply:
        return heard, reply
    pending = session.pending
    question = " ".join([pending, *(term for term in search_terms(task, session.slots) if term not in pending)])
    return replace(heard, session=session.asking(task.name, ""), question=question), None


def _asking(heard: Heard, session: Session, task: SlotTask, filling: Filling) -> Reply | None:
    """The question for the first slot that is missing or was not accepted."""
    if filling.declined:
        waiting = session.asking("", PERSON)
        return Reply(CLARIFY, say("declined", heard.language), waiting, reason="slot_declined")
    for name, written in filling.invalid.items():
        slot = task.slot(name)
        if slot:
            text = asking_text(slot, heard.language, written)
            return Reply(CLARIFY, text, session.asking(task.name, name), reason="slot_invalid")
    slot = missing(task, session.slots)
    if slot is None:
        return None
    return Reply(
        CLARIFY, asking_text(slot, heard.language), session.asking(task.name, slot.name), reason="slot_missing"
    )


def required_slot(heard: Heard, verdict: Verdict, tasks: Sequence[SlotTask]) -> Reply | None:
    """The question for a slot that a rule requires and that is not known yet."""
    for fired in verdict.of("require"):
        name = fired.action.names[0]
        if heard.session.slots.get(name):
            continue
        task, slot = next(((task, slot) for task in tasks if (slot := task.slot(name))), (None, None))
        asked = fired.action.text(heard.language) or (asking_text(slot, heard.language) if slot else "")
        session = replace(heard.session, pending=heard.message).asking(task.name if task else "", name)
        text = asked or say("underspecified", heard.language)
        return Reply(CLARIFY, text, session, reason="slot_required", rule=str(fired))
    return None
