"""The nouns between a changed record and a cited answer: frozen, complete, one per stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

PAGE_BREAK = "\f"
"""Stands between two pages (slides, sheets) inside a document's text; page n follows n - 1 of them."""


@dataclass(frozen=True, slots=True)
class Document:
    """One unit of knowledge as it is indexed: cleaned text, who may read it, and its version.

    `version` rises strictly per document (see `ingestion.model.version_of`). `readers` holds principals:
    `public`, a group's name, or `user:<name>`. `text` is Markdown; pages are parted by `PAGE_BREAK`.
    """

    id: str
    tenant: str
    source: str
    key: str
    kind: str
    title: str
    text: str
    url: str
    language: str
    readers: tuple[str, ...]
    version: int
    updated_at: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one document: `text` is exactly `document.text[start:end]` (characters).

    `number` counts from 0. `heading` is the path of headings above it joined by " > " ("" when none).
    `page` counts from 1; 0 where the document has no pages.
    """

    number: int
    text: str
    start: int
    end: int
    heading: str
    page: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk as the vector store returned it, before the ledger was asked whether it may be shown.

    `index_version` is the document's version that wrote this chunk. After a search `score` is the fused one, and
    `similarity`, `context_similarity` and `lexical` are what it was fused from: cosines with the question alone and
    with the question after its conversation, and BM25; 0 where a search did not find it.
    """

    chunk_id: str
    document_id: str
    index_version: int
    number: int
    text: str
    start: int
    end: int
    heading: str
    page: int
    score: float
    similarity: float = 0.0
    context_similarity: float = 0.0
    lexical: float = 0.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that the caller may read, current at the moment of the search; best score first, 0..1.

    `similarity`, `context_similarity` and `lexical` as in `Candidate`.
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
    similarity: float = 0.0
    context_similarity: float = 0.0
    lexical: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched, and optionally the only sources to look in and since when a document must have changed.

    `context` holds what the same person asked before in this conversation, oldest first. `unresolved` are words of the
    question that stand for something which neither it nor the conversation names ("this machine"), "" for none.
    `in_words`: searched by its words only, not by its meaning.
    """

    text: str
    sources: tuple[str, ...] = ()
    limit: int = 10
    context: tuple[str, ...] = ()
    unresolved: str = ""
    since: datetime | None = None
    in_words: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """What one marker of an answer rests on: `quote` is exactly text[start:end] of that version of the document.

    `marker` is [1] and so on in the answer, counted in the order of first use; `start` and `end` count characters.
    `page` counts from 1; 0 where the document has no pages.
    """

    marker: int
    document_id: str
    title: str
    url: str
    version: int
    quote: str
    start: int
    end: int
    page: int
    heading: str
    source: str
    key: str


@dataclass(frozen=True, slots=True)
class BoundAnswer:
    """An answer whose claims were held against the passages shown: `text` bears the markers of `citations`.

    `unsupported` lists its sentences that no passage supports, in order.
    """

    text: str
    citations: tuple[Citation, ...]
    unsupported: tuple[str, ...]
