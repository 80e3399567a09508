"""Evidence: how far each sentence of the passages carries the question. What quoting and confidence are built on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from retrieval.errors import RetryLaterError, UnavailableError
from retrieval.evidence_features import features_of
from retrieval.model import Passage, Question
from retrieval.question_words import asked_kind, content_terms, holds_kind, term_set
from retrieval.sentences import sentences
from retrieval.store import Vectors

READ_PASSAGES = 6
"""Passages whose sentences are looked at; the others count by their scores."""
EMBEDDED_SENTENCES = 28
_SENTENCE_CHARACTERS = 400
_REMEMBERED = 20_000
_LOW, _HIGH = 0.80, 0.95
"""Cosines of e5 between unrelated and nearly equal sentences."""
_MOST_TERMS = 10
_log = structlog.get_logger(__name__)


class SentenceEmbedder(Protocol):
    """Embeds the question and sentences alike."""

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length 1, shape (n, dimensions)."""


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """passages[passage].text[start:end] (`passage` counts from 0), and how far it carries the question, 0..1.

    `similarity` is its cosine with the question, 0 where it was not embedded; `coverage` the share of the question's
    terms that it holds together with its title and heading; `own` the share that it holds itself.
    """

    passage: int
    start: int
    end: int
    score: float
    similarity: float
    coverage: float
    own: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Every sentence of the first passages, and the features that confidence is judged by.

    `embedded`: the embedding server answered. Without passages both are empty.
    """

    sentences: tuple[ScoredSentence, ...]
    features: Mapping[str, float]
    embedded: bool


class Gatherer:
    """Gathers evidence; remembers the vectors of sentences seen before."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self._embedder = embedder
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    async def gather(self, question: Question, passages: Sequence[Passage]) -> Evidence:
        """The evidence for `question` in `passages`, best first; without embeddings while their server is away."""
        if not passages:
            return Evidence((), {}, embedded=False)
        read = list(passages[:READ_PASSAGES])
        found = _read(question.text, read)
        chosen = sorted(range(len(found)), key=lambda at: (-found[at].coverage, found[at].passage))[:EMBEDDED_SENTENCES]
        texts = [_text(read, found[at])[:_SENTENCE_CHARACTERS] for at in chosen]
        similar = await self._similarities(question.text, texts)
        if similar is not None:
            for at, value in zip(chosen, similar, strict=True):
                found[at] = _with(found[at], float(value), question.text, read)
        features = features_of(question, passages, [(one, _text(read, one)) for one in found])
        return Evidence(tuple(found), features, embedded=similar is not None)

    async def _similarities(self, question: str, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """Cosines of the texts with the question, shape (n,); None while the embedding server is away."""
        missing = [text for text in dict.fromkeys([question, *texts]) if text not in self._vectors]
        try:
            if missing:
                vectors = await self._embedder.embed_queries(missing)
                self._vectors.update(zip(missing, vectors, strict=True))
        except (UnavailableError, RetryLaterError) as error:
            _log.warning("evidence_without_embeddings", reason=error.message)
            return None
        wanted = self._vectors[question]
        similar = np.array([self._vectors[text] @ wanted for text in texts], dtype=np.float32)
        while len(self._vectors) > _REMEMBERED:
            self._vectors.popitem(last=False)
        return similar


def _read(question: str, passages: Sequence[Passage]) -> list[ScoredSentence]:
    """The sentences with what words alone say of them."""
    wanted = frozenset(content_terms(question))
    most = min(len(wanted), _MOST_TERMS) or 1
    found = []
    for number, passage in enumerate(passages):
        context = term_set(f"{passage.title}\n{passage.heading}") & wanted
        for one in sentences(passage.text):
            own = term_set(passage.text[one.start : one.end]) & wanted
            coverage = min(1.0, len(own | context) / most)
            share = min(1.0, len(own) / most)
            found.append(ScoredSentence(number, one.start, one.end, 0.0, 0.0, coverage, share))
    return [_with(one, 0.0, question, passages) for one in found]


def _with(one: ScoredSentence, similarity: float, question: str, passages: Sequence[Passage]) -> ScoredSentence:
    """The sentence with its score, now that its similarity is known (0: it is not)."""
    passage = passages[one.passage]
    near = min(1.0, max(0.0, (similarity - _LOW) / (_HIGH - _LOW)))
    words = 0.6 * one.coverage + 0.4 * one.own
    kind = asked_kind(question)
    fits = holds_kind(kind, passage.text[one.start : one.end])
    weight = (0.55 + 0.45 * passage.score) * (1.0 if fits else 0.75)
    return ScoredSentence(
        one.passage, one.start, one.end, weight * (0.5 * near + 0.5 * words), similarity, one.coverage, one.own
    )


def _text(passages: Sequence[Passage], one: ScoredSentence) -> str:
    return passages[one.passage].text[one.start : one.end]
