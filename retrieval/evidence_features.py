"""The numbers by which confidence is judged, from the scores of a search and from the sentences found."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

from retrieval.model import Passage, Question
from retrieval.question_words import (
    asked_kind,
    content_terms,
    holds_kind,
    is_yes_no,
    kind_terms,
    labels_kind,
)
from retrieval.terms import term_set

FEATURES = (
    "fused_best",
    "lexical_per_term",
    "weighted_coverage",
    "best_sentence",
    "documents",
    "context_drop",
    "yes_no",
)
"""Their names, in the order of the weights.

`fused_best`: the best passage's score (1 where both searches agree on it). `lexical_per_term`: the best BM25 score per
term of the question. `weighted_coverage`: share of the question's terms in the first three passages, rare ones counting
more. `best_sentence`: the best sentence's score. `documents`: share of different documents among the first five.
`context_drop`: how far the cosine falls from the nearest of the passages to the farthest. `yes_no`: the question asks
whether something is so.
"""
_FIRST, _SHOWN = 3, 10
_MOST_TERMS = 10
_USUAL_DROP = 0.047


class Scored(Protocol):
    """What is used of a scored sentence."""

    @property
    def score(self) -> float:
        """How far it carries the question."""


def features_of(
    question: Question, passages: Sequence[Passage], found: Sequence[tuple[Scored, str]]
) -> dict[str, float]:
    """The features of at least one passage; `found` are the sentences read with their texts."""
    shown = passages[:_SHOWN]
    wanted = content_terms(question.text)
    kind = asked_kind(question.text)
    answered = kind_terms(question.text)
    others = frozenset(wanted) - answered
    called = (text for _, text in found if holds_kind(kind, text) and labels_kind(kind, text))
    if not (others and any(others & term_set(f"{shown[0].title}\n{text}") for text in called)):
        answered = frozenset()
    within = _known([passage.context_similarity or passage.similarity for passage in shown])
    first = [term_set(f"{passage.title}\n{passage.heading}\n{passage.text}") for passage in shown[:_FIRST]]
    best_lexical = max(passage.lexical for passage in shown)
    return {
        "fused_best": shown[0].score,
        "lexical_per_term": best_lexical / max(1, min(len(wanted), _MOST_TERMS)),
        "weighted_coverage": _weighted(wanted, answered.union(*first), [term_set(text) for _, text in found]),
        "best_sentence": max((one.score for one, _ in found), default=0.0),
        "documents": len({passage.document_id for passage in shown[:5]}) / len(shown[:5]),
        "context_drop": _drop(within),
        "yes_no": float(is_yes_no(question.text)),
    }


def _drop(cosines: Sequence[float]) -> float:
    """How far cosines fall over all places; the usual where there are too few passages to fall."""
    fallen = max(cosines) - min(cosines)
    return fallen if len(cosines) == _SHOWN else max(fallen, _USUAL_DROP)


def _known(cosines: Sequence[float]) -> list[float]:
    """Cosines with those unknown (0) as low as the lowest known."""
    lowest = min((value for value in cosines if value > 0), default=0.0)
    return [value if value > 0 else lowest for value in cosines]


def _weighted(wanted: Iterable[str], held: frozenset[str], around: Sequence[frozenset[str]]) -> float:
    """Share of the terms that are held, each weighing more the fewer of the sentences around have it."""
    total = kept = 0.0
    for term in wanted:
        weight = math.log((len(around) + 2) / (1 + sum(term in one for one in around)))
        total += weight
        kept += weight * (term in held)
    return kept / total if total else 0.0
