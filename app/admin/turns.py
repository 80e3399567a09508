"""Triage: the turns of a tenant, how each answer came to be, and what becomes of the feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.admin.paging import Cursor, Limit, cursor_of, read_cursor
from app.admin.services import WithServices
from app.admin.turn_views import feedback_of, replayed, summaries
from app.auth import CurrentCaller
from app.chat.triage import Handling, Wanted, get_turn, handle_feedback, list_turns
from app.identity.auditing import WithAudit
from retrieval.errors import RejectedError

router = APIRouter(tags=["triage"])

TurnId = Annotated[str, Path(max_length=64)]
State = Literal["open", "done", "wont_fix"]
Decision = Literal["answered", "refused", "clarify", "blocked", "handed_over"]


class FeedbackView(BaseModel):
    """What somebody thought of an answer, and what became of that."""

    rating: int
    reason: str
    comment: str
    author: str
    created_at: datetime
    state: State
    note: str
    assignee: str
    handled_by: str
    handled_at: datetime | None


class TurnSummary(BaseModel):
    """A turn in a list: what was asked, what was decided, and by which rule."""

    turn_id: str
    conversation_id: str
    number: int
    owner: str
    channel: str
    message: str
    question: str
    state: str
    decision: str
    reason: str
    rule: str
    answer: str
    confidence: float
    language: str
    created_at: datetime
    feedback: FeedbackView | None


class TurnPage(BaseModel):
    """Newest first; `next_cursor` is null on the last page."""

    items: list[TurnSummary]
    next_cursor: str | None


class TurnReplay(TurnSummary):
    """A turn in full. Texts that the caller may not read are null (`withheld`), and answers are without them."""

    previous_turn_id: str | None
    next_turn_id: str | None
    searched: str | None
    confidence_reason: str
    as_of: dict[str, Any]
    options: list[str]
    facts: dict[str, Any]
    slots: dict[str, Any]
    rules: list[dict[str, Any]]
    passages: list[dict[str, Any]]
    prompt: dict[str, Any] | None
    engine: dict[str, Any]
    unsupported: list[str]
    citations: list[dict[str, Any]]
    withdrawn: bool
    timings: list[dict[str, Any]]


class FeedbackChange(BaseModel):
    """What becomes of the feedback; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = None
    note: str | None = Field(default=None, max_length=4000)
    assignee: str | None = Field(default=None, max_length=200)


class TurnFilter(BaseModel):
    """Which turns a list holds; what is left out does not narrow it."""

    decision: Decision | None = None
    rating: Literal["1", "-1"] | None = None
    reason: str = Field(default="", max_length=40)
    feedback: State | None = None
    assignee: str = Field(default="", max_length=200)
    rule: str = Field(default="", max_length=200, description="part of set, version and rule")
    confidence_below: float | None = Field(default=None, ge=0, le=1, description="of turns that searched")
    query: str = Field(default="", max_length=200, description="part of message, question or answer")
    since: AwareDatetime | None = None
    conversation: str = Field(default="", max_length=64)


@router.get("/v1/turns")
async def get_turns(
    caller: CurrentCaller,
    services: WithServices,
    wanted: Annotated[TurnFilter, Query()],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> TurnPage:
    """The turns of everybody in the tenant, newest first."""
    conditions = {name: _plain(value) for name, value in wanted.model_dump().items()}
    conditions["rating"] = int(wanted.rating) if wanted.rating else None
    after = read_cursor(cursor, 2)
    asked = Wanted(conditions, (_moment(after[0]), after[1]) if after else None, limit + 1)
    rows = await list_turns(services.reads, caller.tenant, asked)
    following = None
    if len(rows) > limit:
        rows, last = rows[:limit], rows[limit - 1]
        following = cursor_of([last.created_at.isoformat(), last.id])
    shown = await summaries(rows, await services.index.ledger(), caller)
    return TurnPage(items=[TurnSummary.model_validate(one) for one in shown], next_cursor=following)


@router.get("/v1/turns/{turn_id}")
async def get_one_turn(turn_id: TurnId, caller: CurrentCaller, services: WithServices) -> TurnReplay:
    """How an answer came to be: question searched, passages, rules, prompt, answer, timings, feedback."""
    row = await get_turn(services.reads, caller.tenant, turn_id.replace("\0", ""))
    return TurnReplay.model_validate(await replayed(row, await services.index.ledger(), caller))


@router.patch("/v1/feedback/{turn_id}")
async def patch_feedback(
    turn_id: TurnId, change: FeedbackChange, caller: CurrentCaller, services: WithServices, audit: WithAudit
) -> FeedbackView:
    """Say what becomes of the feedback on a turn."""
    turn = turn_id.replace("\0", "")
    handling = Handling(change.state, _plain(change.note), _plain(change.assignee))
    async with services.engine.begin() as connection:
        await handle_feedback(connection, (caller.tenant, caller.name), turn, handling)
        await audit.within(connection, "feedback.changed", f"turn:{turn}", **change.model_dump(exclude_none=True))
    return FeedbackView.model_validate(feedback_of(await get_turn(services.reads, caller.tenant, turn)))


def _plain(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value


def _moment(given: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise RejectedError("the cursor is not one that this list gave out") from None
    if moment.tzinfo is None:
        raise RejectedError("the cursor is not one that this list gave out")
    return moment
