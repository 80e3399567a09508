"""Plain text in any encoding."""

from __future__ import annotations

from ingestion.parsing.encoding import decode
from ingestion.parsing.markdown import clean
from ingestion.parsing.model import Draft, Source
from retrieval.errors import RejectedError


def parse_text(source: Source) -> Draft:
    """Plain text as it is; form feeds in it part pages."""
    text = decode(source.path.read_bytes())
    if not text.strip():
        raise RejectedError(f"{source.filename} has no text")
    pages = [clean(page).strip("\n").rstrip() for page in text.split("\f")]
    while pages and not pages[-1]:
        pages.pop()
    return Draft("", tuple(pages), "text/plain", paged=len(pages) > 1)
