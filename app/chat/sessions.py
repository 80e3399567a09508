"""The session that a transcript leads to, for when Redis has lost it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from app.dialog.session import Session, Turn
from retrieval.model import Citation


def session_of(conversation_id: str, rows: Sequence[Row[Any]]) -> Session:
    """The session after the turns of `rows`, oldest first; turns that did not end normally are left out."""
    session = Session(conversation_id)
    for row in rows:
        state: Mapping[str, Any] = row.details.get("dialog") or {}
        if not state:
            continue
        if state["act"] == "started_over":
            session = session.started_over()
        citations = tuple(Citation(**one) for one in row.details["done"].get("citations") or ())
        session = session.said(Turn("user", row.message, question=row.question, language=row.language))
        said = Turn("assistant", row.answer, decision=row.decision, citations=citations, language=row.language)
        session = replace(
            session.said(said),
            slots=state["slots"],
            task=state["task"],
            waiting_for=state["waiting_for"],
            pending=state["pending"],
            options=tuple(state["options"]),
        )
    return session
