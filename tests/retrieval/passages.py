"""Passages for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from retrieval.model import Passage


def passage(text: str, title: str = "Piccola", number: int = 1, **more: Any) -> Passage:
    """A passage that stands at `start` of document `d<number>`."""
    start = int(more.pop("start", 0))
    fields: dict[str, Any] = {
        "document_id": f"d{number}",
        "source": "erp",
        "key": f"product/{number}",
        "kind": "product",
        "title": title,
        "text": text,
        "score": 0.9,
        "version": 7,
        "url": "",
        "language": "en",
        "updated_at": datetime(2026, 11, 24, tzinfo=UTC),
        "start": start,
        "end": start + len(text),
        "heading": "",
        "page": 0,
    }
    return Passage(**{**fields, **more})
