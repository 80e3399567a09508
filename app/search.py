"""`POST /v1/search`: the passages that answer a question, as far as the caller may read them."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

import orjson
from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator
from starlette.responses import Response

from app.auth import CurrentCaller
from app.dialog.answering import Standalone
from app.dialog.session import Session, Turn
from app.dialog.standalone import JUDGED_PASSAGES
from app.metrics import Metrics
from retrieval.access import Access, check_slug
from retrieval.model import Passage, Question

MAX_QUERY_CHARACTERS = 10_000
MAX_LIMIT = 100

router = APIRouter(tags=["search"])


class SearchIndex(Protocol):
    """The index that serves: searches it, and says up to when it had followed its sources."""

    async def search(self, question: Question, access: Access) -> list[Passage]:
        """Passages that `access` may read, best first."""

    async def as_of(self, tenant: str) -> dict[str, datetime]:
        """Per source: the index had followed it up to then."""


class PastTurn(BaseModel):
    """One turn of the conversation before the question."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["user", "assistant", "agent", "system"] = "user"
    text: str = Field(max_length=MAX_QUERY_CHARACTERS)


class SearchRequest(BaseModel):
    """What to search for; `history` lists earlier turns, oldest first."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, max_length=MAX_QUERY_CHARACTERS)
    history: list[PastTurn] = Field(default_factory=list, max_length=100)
    limit: int = Field(default=10, ge=1, le=MAX_LIMIT)
    sources: list[str] = Field(default_factory=list, max_length=50)
    since: AwareDatetime | None = Field(default=None, description="only in what changed since")

    @field_validator("query")
    @classmethod
    def _readable(cls, query: str) -> str:
        if not query.strip():
            raise ValueError("is blank")
        if any(ord(character) < 32 and character not in "\t\n\r\f\v" for character in query):
            raise ValueError("holds control characters: send text")
        return query


class FoundPassage(BaseModel):
    """A passage as it stands in the current version of its document; score from 0 to 1.

    The score was fused from `similarity` (cosine), `context_similarity` (cosine of the question after its history) and
    `lexical` (BM25); 0 where that search did not find it.
    """

    document_id: str
    source: str
    key: str
    kind: str
    title: str
    text: str
    score: float
    version: int
    url: str
    language: str
    updated_at: datetime
    start: int
    end: int
    heading: str
    page: int
    similarity: float
    context_similarity: float
    lexical: float


class SearchAnswer(BaseModel):
    """Best passages first; `as_of` says, per source, up to when the index had followed it.

    `question` is what was searched: with a history, the query as a stand-alone question.
    """

    question: str
    passages: list[FoundPassage]
    as_of: dict[str, datetime]


def _index(request: Request) -> SearchIndex:
    index: SearchIndex = request.app.state.search_index
    return index


def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


@router.post("/v1/search", response_model=SearchAnswer)
async def search(
    request: Request,
    asked: SearchRequest,
    caller: CurrentCaller,
    index: Annotated[SearchIndex, Depends(_index)],
    metrics: Annotated[Metrics, Depends(_metrics)],
) -> Response:
    """Search everything the caller may read."""
    began = time.perf_counter()
    sources = tuple(check_slug("source", source) for source in asked.sources)

    async def judge(text: str, *, in_words: bool = False) -> list[Passage]:
        candidate = Question(text, sources, JUDGED_PASSAGES, since=asked.since, in_words=in_words)
        return await index.search(candidate, caller.access)

    as_of = await index.as_of(caller.tenant)
    standing: Standalone = request.app.state.chat.standalone
    question = replace(await standing(_session(asked), asked.query, judge), sources=sources, limit=asked.limit)
    question = replace(question, since=asked.since)
    passages = await index.search(question, caller.access)
    metrics.search_seconds.observe(time.perf_counter() - began)
    metrics.search_passages.observe(len(passages))
    body: dict[str, Any] = {"question": question.text, "passages": passages, "as_of": as_of}
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), media_type="application/json")


def _session(asked: SearchRequest) -> Session:
    """The conversation before the query."""
    session = Session("")
    for turn in asked.history:
        if turn.text.strip():
            session = session.said(Turn(turn.role, turn.text))
    return session
