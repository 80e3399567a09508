"""A small logistic regression over named features of each sentence; weights.yaml is written by benchmarks/injection."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import yaml

from retrieval.injection.features import TO_A_MODEL, features, may_address
from retrieval.injection.segments import Segment, segments
from retrieval.injection.surroundings import Surroundings

_MAX_CHARACTERS = 20_000
PLAIN_ATTACK = ("encoded", "special_token", "override_plain")
_PLAIN_ATTACK_SCORE = 0.98
"""What needs no weighing: text made unreadable on purpose, tokens that open another speaker's turn,
the plain call to ignore what the assistant was told."""


@dataclass(frozen=True, slots=True)
class Span:
    """An instruction aimed at the assistant: `text[start:end]`, and how probable that is, 0..1."""

    start: int
    end: int
    score: float


@lru_cache(2048)
def find_injections(text: str) -> tuple[Span, ...]:
    """Sentences of a passage that address the assistant rather than inform its reader, in order; () for a clean one.

    Scores at or above one half. At most the first 20,000 characters are read.
    """
    return tuple(span for span in judged(text) if span.score >= 0.5)


def injection_score(text: str) -> float:
    """How much a passage reads as if it held an instruction to the assistant: its most suspicious sentence, 0..1."""
    return max((span.score for span in judged(text)), default=0.0)


def message_injection_score(text: str) -> float:
    """The same for what a person writes to the assistant, where asking and ordering are no attack in themselves."""
    scores = [
        span.score
        for span, found in _scored(text)
        if sum(found.get(name, 0) > 0 for name in TO_A_MODEL) and span.score >= 0.5
    ]
    return max(scores, default=0.0)


def judged(text: str) -> Iterator[Span]:
    """The sentences that may address somebody, with their scores, in order."""
    for span, _ in _scored(text):
        yield span


def _scored(text: str) -> Iterator[tuple[Span, Mapping[str, float]]]:
    weights = load_weights()
    for segment, found in described(text[:_MAX_CHARACTERS]):
        total = sum(weights.get(name, 0.0) * value for name, value in found.items())
        score = 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
        if any(found.get(name) for name in PLAIN_ATTACK):
            score = max(score, _PLAIN_ATTACK_SCORE)
        yield Span(segment.start, segment.end, score), found


def described(text: str) -> Iterator[tuple[Segment, dict[str, float]]]:
    """The sentences that may address somebody, with their features."""
    found = list(segments(text))
    if not found:
        return
    around = Surroundings(found)
    for segment in found:
        if not may_address(segment):
            continue
        after = text[segment.end : segment.end + 8].lstrip()
        yield segment, features(segment, around, fence_follows=after.startswith("```"))


@cache
def load_weights() -> Mapping[str, float]:
    """The weight of each feature."""
    loaded: dict[str, float] = yaml.safe_load((Path(__file__).parent / "weights.yaml").read_text(encoding="utf-8"))
    return loaded
