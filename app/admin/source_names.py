"""What a page needs before the first question: sources to filter by, and questions to begin with."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text

from app.admin.services import WithServices
from app.auth import CurrentCaller
from app.sample import SAMPLE_QUESTIONS, SOURCES
from ingestion.ledger_reader import VISIBLE

router = APIRouter(tags=["search"])

_NAMES = text(f"""
SELECT l.source AS name, count(*) AS documents, max(p.as_of) AS as_of
FROM ledger l LEFT JOIN source_progress p ON p.tenant = l.tenant AND p.source = l.source
WHERE l.index_name = :index AND l.state <> 'deleted' AND {VISIBLE} GROUP BY l.source ORDER BY l.source
""")  # noqa: S608 (constant text)
_OWN = text("""
SELECT message, max(created_at) AS at FROM turns
WHERE tenant = :tenant AND owner = :owner AND owner <> '' AND decision = 'answered' AND language = :language
  AND number = 1 AND length(message) <= 120
GROUP BY message ORDER BY count(*) DESC, at DESC LIMIT 4
""")


class SourceName(BaseModel):
    """A source, how many of its documents the caller may read, and up to when the index has followed it."""

    name: str
    documents: int
    as_of: datetime | None


class SourceNames(BaseModel):
    """The sources of everything that the caller may read, by name."""

    items: list[SourceName]


class Suggestions(BaseModel):
    """Questions to begin with: of the sample enterprise while it is loaded, and what the caller asked before."""

    items: list[str]


@router.get("/v1/source-names")
async def get_source_names(caller: CurrentCaller, services: WithServices) -> SourceNames:
    """The sources that the caller may narrow a question to."""
    who = {"index": await services.index.name(), "tenant": caller.tenant}
    async with services.reads.connect() as connection:
        rows = (await connection.execute(_NAMES, {**who, "principals": sorted(caller.access.principals)})).all()
    return SourceNames(items=[SourceName(**row._mapping) for row in rows])  # noqa: SLF001 (public in SQLAlchemy)


@router.get("/v1/suggestions")
async def get_suggestions(
    caller: CurrentCaller, services: WithServices, language: Literal["en", "zh"] = "en"
) -> Suggestions:
    """Questions that this caller may begin with, at most four."""
    names = {source.name for source in (await get_source_names(caller, services)).items}
    items = list(SAMPLE_QUESTIONS[language]) if names.issuperset(SOURCES[:1]) and "files" in names else []
    values = {"tenant": caller.tenant, "owner": caller.user, "language": language}
    async with services.reads.connect() as connection:
        asked = [row.message for row in (await connection.execute(_OWN, values)).all()]
    return Suggestions(items=list(dict.fromkeys([*items, *asked]))[:4])
