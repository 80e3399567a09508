"""`Searcher`: dense and lexical search side by side, fused, each hit re-checked before it is shown."""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from retrieval.access import Access
from retrieval.errors import RetryLaterError, UnavailableError
from retrieval.fusion import NOTHING, Ranking, fuse
from retrieval.model import Candidate, Passage, Question
from retrieval.spans import span
from retrieval.store import PassageReader, Vectors
from retrieval.terms import identifiers

_POOLS = (100, 1000)
"""Candidates per search; the second only when so many of the first may not be shown that too few are left."""
_POOLS_IN_WORDS = (40, 1000)
"""The same where scores do not depend on how many candidates there are: BM25 counts in shares of its best."""
_DENSE_WEIGHT = 0.55
_WHOLE_WEIGHT_WORDS = 50
"""A longer question says less per word to an embedding, which also reads its beginning only."""
_CONTEXT_TURNS, _CONTEXT_CHARACTERS = 3, 2000
_IDENTIFIER_BONUS = 0.5
_MAX_IDENTIFIERS = 8
_WORDS = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")

_log = structlog.get_logger(__name__)


class Keep(Protocol):
    """Drops what may not be shown: not current, or not readable for `access`."""

    def __call__(self, candidates: Sequence[Candidate], access: Access) -> Awaitable[list[Passage]]:
        """The rest as passages, in the same order."""


class QueryEmbedder(Protocol):
    """Embeds questions."""

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length 1, shape (n, dimensions)."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What both searches gave for one text; `full` when either may have had more."""

    text: str
    dense: list[Candidate]
    lexical: list[Candidate]
    full: bool


class Searcher:
    """Hybrid search over one index; at most `per_document` passages of one document are shown."""

    def __init__(self, embedder: QueryEmbedder, reader: PassageReader, per_document: int = 3) -> None:
        self._embedder = embedder
        self._reader = reader
        self._per_document = per_document

    async def search(self, question: Question, access: Access, keep: Keep) -> list[Passage]:
        """At most `question.limit` passages that `access` may read, best first, scores from 0 to 1.

        While the embedding server is away, lexical search answers alone.

        Raises:
            UnavailableError: the vector store, or what `keep` asks, does not answer.
        """
        texts = _texts(question)
        embedding = asyncio.create_task(self._embedded(() if question.in_words else texts))
        shown: list[Passage] = []
        try:
            for pool in _POOLS_IN_WORDS if question.in_words else _POOLS:
                found = await asyncio.gather(
                    *(self._found(at, text, embedding, question, access, pool) for at, text in enumerate(texts))
                )
                shown = await self._shown(_ranked(found, question.text), question, access, keep)
                if len(shown) >= question.limit or not any(one.full for one in found):
                    break
        finally:
            embedding.cancel()
        return shown

    async def _embedded(self, texts: Sequence[str]) -> Vectors | None:
        if not texts:
            return None
        try:
            with span("embed", texts=len(texts)):
                return await self._embedder.embed_queries(texts)
        except (UnavailableError, RetryLaterError) as error:
            _log.warning("searching_without_embeddings", reason=error.message)
            return None

    async def _found(
        self, at: int, text: str, embedding: asyncio.Task[Vectors | None], question: Question, access: Access, pool: int
    ) -> _Found:
        async def dense() -> list[Candidate]:
            vectors = await asyncio.shield(embedding)
            if vectors is None:
                return []
            with span("dense", pool=pool) as reading:
                found = await self._reader.dense(vectors[at], access, question.sources, pool)
                reading.set_attribute("freshet.found", len(found))
                return found

        async def in_words() -> list[Candidate]:
            with span("lexical", pool=pool) as reading:
                found = await self._reader.lexical(text, access, question.sources, pool)
                reading.set_attribute("freshet.found", len(found))
                return found

        lexical = asyncio.create_task(in_words())
        try:
            near = await dense()
        except BaseException:
            lexical.cancel()
            raise
        worded = await lexical
        return _Found(text, near, worded, full=max(len(near), len(worded)) == pool)

    async def _shown(self, ranked: Ranking, question: Question, access: Access, keep: Keep) -> list[Passage]:
        """The first `limit` that may be shown: asks about twice as many, and about the rest when too few are left."""
        limit, since = question.limit, question.since
        shown: list[Passage] = []
        per_document: Counter[str] = Counter()
        enough = max(2 * limit, 20)
        for start, end in ((0, enough), (enough, len(ranked))):
            part = ranked.part(start, end)
            for passage in await self._kept(part, access, keep) if part else ():
                if since and passage.updated_at < since:
                    continue
                per_document[passage.document_id] += 1
                if per_document[passage.document_id] <= self._per_document:
                    shown.append(passage)
            if len(shown) >= limit:
                break
        return shown[:limit]

    @staticmethod
    async def _kept(part: Sequence[Candidate], access: Access, keep: Keep) -> list[Passage]:
        with span("keep", candidates=len(part)) as asking:
            kept = await keep(part, access)
            asking.set_attribute("freshet.kept", len(kept))
            return kept


def _texts(question: Question) -> list[str]:
    """What is searched: the question, and where there is a conversation, the question after its last turns."""
    before = [turn for turn in question.context if turn.strip()][-_CONTEXT_TURNS:]
    if not before:
        return [question.text]
    return [question.text, " ".join([*before, question.text])[-_CONTEXT_CHARACTERS:]]


def _ranked(found: Sequence[_Found], question: str) -> Ranking:
    """Every candidate once, best first: of the question alone and of the question in its context."""
    alone, *within = [fuse(one.dense, one.lexical, dense_weight(one.text)) for one in found]
    bonus = _IDENTIFIER_BONUS * min(1.0, _WHOLE_WEIGHT_WORDS / _words(question))
    named = identifiers(question)[:_MAX_IDENTIFIERS]
    return Ranking(alone, within[0] if within else NOTHING, named=named, named_bonus=bonus)


def dense_weight(text: str) -> float:
    """How much the dense score counts in a search for `text`, 0..1; the lexical score counts for the rest."""
    return _DENSE_WEIGHT * min(1.0, math.sqrt(_WHOLE_WEIGHT_WORDS / _words(text)))


def _words(text: str) -> int:
    """Words of `text`, a Chinese character counting as one; at least 1."""
    return max(1, sum(1 for _ in _WORDS.finditer(text)))
