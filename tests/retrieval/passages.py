"""Passages for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from retrieval.model import Passage


def passage(
    text: str, document: str = "d1", start: int = 0, title: str = "Pump P-90", language: str = "en", **more: Any
) -> Passage:
    """A passage of a document, as a search returns it."""
    fields: dict[str, Any] = {
        "document_id": document,
        "source": "files",
        "key": document,
        "kind": "file",
        "title": title,
        "text": text,
        "score": 0.9,
        "version": 3,
        "url": "",
        "language": language,
        "updated_at": datetime(2026, 11, 25, tzinfo=UTC),
        "start": start,
        "end": start + len(text),
        "heading": "Warranty",
        "page": 2,
    }
    return Passage(**{**fields, **more})
