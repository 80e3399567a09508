"""Evidence: how far each sentence of the passages carries the question. What quoting and confidence are built on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from retrieval.errors import RetryLaterError, UnavailableError
from retrieval.evidence_features import features_of
from retrieval.lines import header_of, line_around, line_kind, plain, row_as_fields
from retrieval.model import Passage, Question
from retrieval.question_words import asked_kind, content_terms, holds_kind, kind_terms, labels_kind, names_in
from retrieval.sentences import sentences
from retrieval.steps import TOLD_ELSEWHERE, Steps
from retrieval.store import Vectors
from retrieval.terms import folded, term_set

READ_PASSAGES = 8
"""Passages whose sentences are looked at; the others count by their scores."""
EMBEDDED_SENTENCES = 28
_REMEMBERED = 2_000
_SENTENCE_CHARACTERS = 400
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
    least: float = 0.0
    """What it scores whatever its words: a step of what the question wants to do."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Every sentence of the first passages, and the features that confidence is judged by.

    `embedded`: the embedding server answered. Without passages both are empty.
    """

    sentences: tuple[ScoredSentence, ...]
    features: Mapping[str, float]
    embedded: bool


Gather = Callable[[Question, Sequence[Passage]], Awaitable[Evidence]]
"""Gathers the evidence for a question in passages (`Gatherer.gather`)."""


class Gatherer:
    """Gathers evidence."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self._embedder = embedder

    async def gather(self, question: Question, passages: Sequence[Passage]) -> Evidence:
        """The evidence for `question` in the best of `passages`; without embeddings while their server is away."""
        if not passages:
            return Evidence((), {}, embedded=False)
        best = sorted(sorted(range(len(passages)), key=lambda at: -passages[at].score)[:READ_PASSAGES])
        asked = _Asked(question.text, [passages[at] for at in best])
        found = [one for at in best for one in asked.read(at, passages[at])]
        chosen = sorted(range(len(found)), key=lambda at: (-found[at].coverage, found[at].passage))[:EMBEDDED_SENTENCES]
        texts = [_in_context(passages[found[at].passage], found[at])[:_SENTENCE_CHARACTERS] for at in chosen]
        similar = await self._similarities(question.text, texts)
        if similar is not None:
            for at, value in zip(chosen, similar, strict=True):
                found[at] = _near(found[at], float(value))
        found = [replace(one, score=max(one.score, one.least)) for one in found]
        features = features_of(question, passages, [(one, _text(passages, one)) for one in found])
        return Evidence(tuple(found), features, embedded=similar is not None)

    async def _similarities(self, question: str, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """Cosines of the texts with the question, shape (n,); None while the embedding server is away."""
        try:
            asked, *vectors = await self._embedder.embed_queries([question, *texts])
        except (UnavailableError, RetryLaterError) as error:
            _log.warning("evidence_without_embeddings", reason=error.message)
            return None
        return np.array([vector @ asked for vector in vectors], dtype=np.float32)


class _Asked:
    """What the question asks for, read once."""

    def __init__(self, question: str, passages: Sequence[Passage]) -> None:
        self.terms = frozenset(content_terms(question))
        self.most = min(len(self.terms), _MOST_TERMS) or 1
        self.kind = asked_kind(question)
        self.kind_terms = kind_terms(question) & self.terms
        self.names = names_in(question)
        self._steps = Steps(question, passages) if self.kind == "way" else None

    def read(self, number: int, passage: Passage) -> Iterator[ScoredSentence]:
        """The sentences of a passage with what words alone say of them."""
        title = term_set(passage.title)
        context = (title | term_set(passage.heading)) & self.terms
        about = 0.8 + 0.2 * (len(title & self.terms) / len(title) if title else 0.5)
        place = folded(f"{passage.title}\n{passage.heading}\n")
        steps = self._steps.worth(passage) if self._steps else {}
        for one in _sentences(passage.text):
            own = one.said & self.terms
            called = bool((own | context) - self.kind_terms) and self._calls(one.words)
            if called:
                own |= self.kind_terms
            coverage = min(1.0, len(own | context) / self.most)
            share = min(1.0, len(own) / self.most)
            if called and not self.kind_terms:  # the words for the kind are too common to be terms: 多少钱
                share = min(1.0, share + 0.5)
            weight = (0.55 + 0.45 * passage.score) * about * self._fitness(one, place, called=called)
            step = steps.get(line_around(passage.text, one.start, one.end)[0])
            least = (step or 0.0) * (0.55 + 0.45 * passage.score)
            score = weight * 0.5 * _words(coverage, share) * (TOLD_ELSEWHERE if step == 0.0 else 1.0)
            yield ScoredSentence(number, one.start, one.end, score, 0.0, coverage, share, least)

    def _calls(self, text: str) -> bool:
        """Whether a sentence holds a thing of the kind asked for, and calls it so."""
        return holds_kind(self.kind, text) and labels_kind(self.kind, text)

    def _fitness(self, one: _Sentence, place: str, *, called: bool) -> float:
        """Less for a sentence without the kind of thing asked for, about something else, or that says nothing new."""
        fits = 0.5 if self.kind == "way" else 0.65
        if holds_kind(self.kind, one.words):
            fits = 1.0 if called or not self.kind_terms or self.kind == "way" else 0.85
        named = 1.0 if all(name in place or name in one.folded for name in self.names) else 0.75
        if self.names and named == 1.0 and not any(name in one.folded for name in self.names):
            named = 0.92
        return fits * named * min(1.0, 0.55 + 0.15 * len(one.said - self.terms))


@dataclass(frozen=True, slots=True)
class _Sentence:
    """text[start:end] of a passage, read: its words (a row's with the names of its columns), also folded, and terms."""

    start: int
    end: int
    words: str
    folded: str
    said: frozenset[str]


@lru_cache(maxsize=_REMEMBERED)
def _sentences(text: str) -> tuple[_Sentence, ...]:
    """The sentences of a passage, in order; remembered, since the same passages are read again and again."""
    read = []
    for one in sentences(text):
        words = _as_words(text, one.start, one.end)
        read.append(_Sentence(one.start, one.end, words, folded(words), term_set(words)))
    return tuple(read)


def _as_words(text: str, start: int, end: int) -> str:
    """The sentence text[start:end]; a row of a table with the names of its columns."""
    first, last = line_around(text, start, end)
    if line_kind(text[first:last]) != "row":
        return text[start:end]
    return row_as_fields(text[start:end], header_of(text, first))


def _words(coverage: float, own: float) -> float:
    return 0.6 * coverage + 0.4 * own


def _near(one: ScoredSentence, similarity: float) -> ScoredSentence:
    """The sentence with its score, now that its similarity is known."""
    words = 0.5 * _words(one.coverage, one.own)
    near = min(1.0, max(0.0, (similarity - _LOW) / (_HIGH - _LOW)))
    weight = one.score / words if words else 0.5
    return replace(one, score=min(1.0, weight * (words + 0.5 * near)), similarity=similarity)


def _in_context(passage: Passage, one: ScoredSentence) -> str:
    """The sentence as it is embedded: a field, a row or an item says what it is about only together with its title."""
    first, last = line_around(passage.text, one.start, one.end)
    kind = line_kind(passage.text[first:last])
    text = passage.text[one.start : one.end]
    if kind == "row":
        return f"{passage.title}: {row_as_fields(text, header_of(passage.text, first))}"
    return f"{passage.title}: {plain(text)}" if kind in {"field", "bullet", "step"} else plain(text)


def _text(passages: Sequence[Passage], one: ScoredSentence) -> str:
    return passages[one.passage].text[one.start : one.end]
