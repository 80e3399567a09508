"""How an answer came to be: everything that is kept of a turn, as one of the tenant's editors may read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from app.callers import Caller
from app.chat.model import judged_message
from app.chat.withdrawal import cited_documents, withdrawn
from ingestion.ledger_reader import LedgerReader
from retrieval.model import Passage
from retrieval.prompt_sources import show, source_of, without_control
from retrieval.prompt_templates import load_template

_WITHHELD = {"en": "[withheld: you may not read this document]", "zh": "【已隐去：您无权阅读该文档】"}
_STAGES = ("search", "confidence", "first_token", "answer")
_PLACE = ("document_id", "version", "start", "end", "source", "key", "title", "heading", "page", "updated_at")
_ENGINE = ("model", "instead_of", "cut_short", "prompt_tokens", "cached_tokens", "completion_tokens", "finish_reason")


async def summaries(rows: Sequence[Row[Any]], ledger: LedgerReader | None, caller: Caller) -> list[dict[str, Any]]:
    """Turns in short, without what rests on documents that the caller may not read."""
    documents = {document for row in rows for document in cited_documents(row.done or {})}
    readable = await ledger.readable(documents, caller.access) if ledger else set()
    return [_summary(row, withdrawn(row.done or {}, readable)) for row in rows]


async def replayed(row: Row[Any], ledger: LedgerReader | None, caller: Caller) -> dict[str, Any]:
    """One turn in full: what was searched and found, what rules said, the prompt, the answer, the feedback."""
    details: Mapping[str, Any] = row.details
    found = [*(details.get("passages") or ()), *(details.get("prompted") or ())]
    documents = cited_documents(row.done or {}) | {str(one["document_id"]) for one in found}
    readable = await ledger.readable(documents, caller.access) if ledger else set()
    texts = await _texts(found, ledger, caller)
    done = withdrawn(row.done or {}, readable)
    return {
        **_summary(row, done),
        "previous_turn_id": row.previous,
        "next_turn_id": row.following,
        "searched": details.get("searched"),
        "confidence_reason": details.get("confidence_reason", ""),
        "as_of": done.get("as_of") or {},
        "options": list(done.get("options") or ()),
        "facts": details.get("facts") or {},
        "slots": (details.get("dialog") or {}).get("slots") or {},
        "rules": _rules(details, str(done.get("rule") or "")),
        "passages": _passages(details, done, texts),
        "prompt": _prompt(row, details, texts),
        "engine": {name: details[name] for name in _ENGINE if name in details},
        "unsupported": list(details.get("unsupported") or ()),
        "citations": list(done.get("citations") or ()),
        "withdrawn": bool(done.get("withdrawn")),
        "timings": _timings(row, details),
    }


def _summary(row: Row[Any], done: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "turn_id": row.id,
        "conversation_id": row.conversation_id,
        "number": row.number,
        "owner": row.owner,
        "channel": row.channel,
        "message": judged_message(row.state, row.message),
        "question": row.question,
        "state": row.state,
        "decision": row.decision,
        "reason": str(done.get("reason") or ""),
        "rule": str(done.get("rule") or ""),
        "answer": str(done.get("answer") or ""),
        "confidence": row.confidence,
        "language": row.language,
        "created_at": row.created_at,
        "feedback": feedback_of(row),
    }


def feedback_of(row: Row[Any]) -> dict[str, Any] | None:
    """What was thought of the answer, and what became of that; None where nobody said."""
    if row.rating is None:
        return None
    return {
        "rating": row.rating,
        "reason": row.reason,
        "comment": row.comment,
        "author": row.rated_by,
        "created_at": row.rated_at,
        "state": row.feedback_state,
        "note": row.note,
        "assignee": row.assignee,
        "handled_by": row.handled_by,
        "handled_at": row.handled_at,
    }


Texts = Mapping[tuple[str, int], str]
"""Document and version → its text; what the viewer may not read, or is no longer kept, is not there."""


async def _texts(found: Sequence[Mapping[str, Any]], ledger: LedgerReader | None, caller: Caller) -> Texts:
    wanted = dict.fromkeys((str(one["document_id"]), int(one["version"])) for one in found)
    texts: dict[tuple[str, int], str] = {}
    for document_id, version in wanted if ledger else ():
        kept = await ledger.text(document_id, version, caller.access) if ledger else None
        if kept is not None and kept.version == version:
            texts[document_id, version] = kept.text
    return texts


def _text(place: Mapping[str, Any], texts: Texts) -> str | None:
    whole = texts.get((str(place["document_id"]), int(place["version"])))
    return None if whole is None else whole[place["start"] : place["end"]]


def _passages(details: Mapping[str, Any], done: Mapping[str, Any], texts: Texts) -> list[dict[str, Any]]:
    """Passages as they were found, best first; of withheld ones only that there was one, and its score."""
    prompted = {(one["document_id"], one["start"]): at for at, one in enumerate(details.get("prompted") or (), 1)}
    cited = {(one["document_id"], one["version"]) for one in done.get("citations") or ()}
    views = []
    for number, place in enumerate(details.get("passages") or (), 1):
        text = _text(place, texts)
        view = {"number": number, "score": place["score"], "withheld": text is None, "text": text}
        view["in_prompt"] = prompted.get((place["document_id"], place["start"]))
        if text is not None:
            known = (
                "document_id",
                "version",
                "start",
                "end",
                "source",
                "key",
                "title",
                "heading",
                "page",
                "updated_at",
            )
            view |= {name: place.get(name) for name in known}
            view["cited"] = (place["document_id"], place["version"]) in cited
        views.append(view)
    return views


def _prompt(row: Row[Any], details: Mapping[str, Any], texts: Texts) -> dict[str, Any] | None:
    """The prompt, made again from its template and the versions that were shown; None where no model was asked."""
    name = str(details.get("template") or "")
    if not name:
        return None
    task, language, version = name.split("/")
    places = details.get("prompted")
    view: dict[str, Any] = {"template": name, "messages": [], "withheld": 0}
    if places is None:
        return view
    shown = [_passage(place, _text(place, texts), language) for place in places]
    view["withheld"] = sum(_text(place, texts) is None for place in places)
    try:
        template = load_template(task, language, int(version))
    except ValueError:
        return view
    sources = show([source_of(passage, language) for passage in shown])
    messages = template.fill({"sources": sources, "question": without_control(row.question)})
    return view | {"messages": [{"role": one.role, "content": one.text} for one in messages]}


def _passage(place: Mapping[str, Any], text: str | None, language: str) -> Passage:
    """A passage as it was shown; where its text may not be read, words that say so."""
    readable = text is not None
    updated = datetime.fromisoformat(str(place["updated_at"])) if place.get("updated_at") else datetime.now(UTC)
    return Passage(
        document_id=str(place["document_id"]),
        source=str(place.get("source") or ""),
        key=str(place.get("key") or "") if readable else "",
        kind="",
        title=str(place.get("title") or "") if readable else "…",
        text=text if text is not None else _WITHHELD["zh" if language == "zh" else "en"],
        score=0.0,
        version=int(place["version"]),
        url="",
        language=language,
        updated_at=updated,
        start=int(place["start"]),
        end=int(place["end"]),
        heading=str(place.get("heading") or "") if readable else "",
        page=int(place.get("page") or 0) if readable else 0,
    )


def _rules(details: Mapping[str, Any], decisive: str) -> list[dict[str, Any]]:
    """Every rule that acted, in order; `decided` marks the one that made the decision."""
    said = [("before", one) for one in details.get("rules_before") or ()]
    said += [("after", one) for one in details.get("rules_after") or ()]
    if decisive and decisive not in {one for _, one in said}:
        said.append(("after" if "searched" in details else "before", decisive))
    views = []
    for stage, one in dict.fromkeys(said):
        place, _, rule = one.partition(" ")
        name, _, version = place.rpartition("/")
        known = int(version) if version.isdecimal() else 0
        views.append(
            {"stage": stage, "ruleset": name, "version": known, "rule": rule, "decided": one == decisive},
        )
    return views


def _timings(row: Row[Any], details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Seconds since the turn began, stage by stage; `total` is when it was written down."""
    taken = {one: details[f"{one}_seconds"] for one in _STAGES if details.get(f"{one}_seconds")}
    if "first_token" in taken:  # counted from where the model was asked
        taken["first_token"] = round(taken["first_token"] + taken.get("confidence", 0.0), 4)
    known = [{"stage": one, "seconds": seconds} for one, seconds in taken.items()]
    total = round((row.updated_at - row.created_at).total_seconds(), 4)
    return [*known, {"stage": "total", "seconds": total}]
