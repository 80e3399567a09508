"""Documents as the indexing job leaves them in the ledger, and waiting for what others do, for tests of the API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from ingestion.ledger import Applied, Ledger
from ingestion.model import KnowledgeChange, document_id
from retrieval.model import Candidate, Document


def put_document(  # one shown document, and the chunk a search finds
    engine: Engine,
    index: str,
    source: str,
    key: str,
    readers: Sequence[str],
    tenant: str = "default",
    version: int = 1,
    **more: Any,
) -> Candidate:
    """Show a document with `readers`; the candidate is its only chunk."""
    updated_at = more.get("updated_at", datetime.now(UTC))
    text = more.get("text", f"text of {key}")
    change = KnowledgeChange(
        tenant, source, key, version, deleted=False, source_time=updated_at, readers=tuple(readers), text=text
    )
    document = Document(
        id=document_id(tenant, source, key),
        tenant=tenant,
        source=source,
        key=key,
        kind="test",
        title=more.get("title", f"title of {key}"),
        text=text,
        url="",
        language="en",
        readers=tuple(readers),
        version=version,
        updated_at=updated_at,
    )
    ledger = Ledger(engine, index)
    ledger.receive([change])
    ledger.advance([Applied(document, 1, "hash", 0)])
    return Candidate(f"{document.id}/{version}/0", document.id, version, 0, text, 0, len(text), "", 0, 0.9)


async def until(condition: Callable[[], bool]) -> None:
    """Return when `condition` holds; the timeout of the test ends it otherwise."""
    never = asyncio.Event()
    while not condition():
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await never.wait()
