"""Whether what was found supports an answer: a logistic model per language, calibrated on questions with known answers.

Weights and thresholds lie in `confidence.json`; `benchmarks/calibrate_confidence.py` makes them, docs/confidence.md
says how well they do.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from retrieval.evidence import Evidence
from retrieval.lines import line_around, line_kind
from retrieval.model import Passage, Question
from retrieval.question_words import asked_kind, holds_kind, names_in
from retrieval.terms import has_chinese, term_set

_MOST_OPTIONS = 4
_OPTION_CHARACTERS = 80
_SEVERAL, _AS_GOOD = 3, 0.85
_NEAR_WITHOUT_WORDS = 0.3
"""How good a sentence must be that shares no word with the question, as those in another language."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about a question: answer, refuse, or ask back.

    `confidence` is the calibrated probability, 0..1, that the passages support an answer. `reason` is one of
    "supported", "not_found", "weak_evidence", "ambiguous", "underspecified". `options`: for a question back, the
    distinct meanings, in the words of the sources.
    """

    kind: Literal["answer", "refuse", "clarify"]
    confidence: float
    reason: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model: feature → (mean, weight per unit), and from which probability on an answer is given."""

    bias: float
    weights: Mapping[str, tuple[float, float]]
    threshold: float

    def probability(self, features: Mapping[str, float]) -> float:
        """That the passages support an answer, 0..1."""
        total = self.bias + sum(weight * (features[name] - mean) for name, (mean, weight) in self.weights.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def confident(question: Question, passages: Sequence[Passage], evidence: Evidence) -> Decision:
    """What to do about `question` with what was found for it."""
    if not evidence.sentences:
        return Decision("refuse", 0.0, "not_found")
    calibration = calibrations()[_model_for(question.text, evidence)]
    probability = calibration.probability(evidence.features)
    if question.unresolved:
        options = _options(question.unresolved, passages)
        return Decision("clarify", probability, "ambiguous" if options else "underspecified", options)
    if meant := _meant(question, passages, evidence):
        return Decision("clarify", probability, "ambiguous", meant)
    found = evidence.features["weighted_coverage"] > 0
    foreign = evidence.features["best_sentence"] >= _NEAR_WITHOUT_WORDS
    if not evidence.embedded and any(one.own == 1.0 for one in evidence.sentences):
        return Decision("answer", max(probability, calibration.threshold), "supported")  # a sentence has all its words
    if probability >= calibration.threshold and (found or foreign):
        return Decision("answer", probability, "supported")
    return Decision("refuse", probability, "weak_evidence" if found else "not_found")


def _model_for(text: str, evidence: Evidence) -> str:
    language = "zh" if has_chinese(text) else "en"
    return language if evidence.embedded else f"{language}-words"


def _meant(question: Question, passages: Sequence[Passage], evidence: Evidence) -> tuple[str, ...]:
    """The titles of several things whose records answer a question that names none of them equally well; else ()."""
    kind = asked_kind(question.text)
    if not kind or question.context or names_in(question.text):
        return ()
    best = max(one.score for one in evidence.sentences)
    titles: dict[str, None] = {}
    for one in sorted(evidence.sentences, key=lambda one: -one.score):
        passage = passages[one.passage]
        first, last = line_around(passage.text, one.start, one.end)
        text = passage.text[first:last]
        if one.score >= _AS_GOOD * best and line_kind(text) in {"field", "row"} and holds_kind(kind, text):
            titles[_option(passage)] = None
    titles.pop("", None)
    return tuple(titles)[:_MOST_OPTIONS] if len(titles) >= _SEVERAL else ()


def _options(words: str, passages: Sequence[Passage]) -> tuple[str, ...]:
    """The titles that call something by those words, each once; () where there are not several."""
    called = term_set(words)
    found = [title for title in dict.fromkeys(map(_option, passages)) if called & term_set(title)]
    return tuple(found[:_MOST_OPTIONS]) if len(found) > 1 else ()


def _option(passage: Passage) -> str:
    return " ".join(passage.title.split())[:_OPTION_CHARACTERS]


@cache
def calibrations() -> Mapping[str, Calibration]:
    """Model by name: "en", "zh", and each with "-words" for when nothing could be embedded."""
    read = json.loads(files("retrieval").joinpath("confidence.json").read_text(encoding="utf-8"))
    return {
        name: Calibration(one["bias"], {key: tuple(pair) for key, pair in one["weights"].items()}, one["threshold"])
        for name, one in read["models"].items()
    }
