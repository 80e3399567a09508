"""Fits `retrieval/confidence.json` on the development sets, through a running product, and prints how well it does.

    FRESHET_HOME=… .venv/bin/python -m benchmarks.calibrate_confidence ../shared/data

English: mtrag_un's answerable and unanswerable questions with their conversations, figures cross-validated with
conversations kept together. Chinese: the same weights, which refuse more there than weights of its own do; only scale,
shift and threshold are from cmrc2018_zh, for half of whose questions the passages that answer them are left out.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.api_client import ApiClient
from app.callers import EDITOR, make_caller
from app.evaluation import Choice, Entry, Query, read_corpus, read_queries, tenant_of
from app.evaluation_answers import ANSWERABLE, UNANSWERABLE, without_relevant
from app.evaluation_run import ensure_indexed, patiently
from app.settings import load_settings
from retrieval.errors import UnavailableError
from retrieval.evidence import Gatherer
from retrieval.evidence_features import FEATURES
from retrieval.model import Passage, Question

WITHOUT_VECTORS = ("lexical_per_term", "weighted_coverage", "documents", "yes_no")
WRONGLY_REFUSED = 0.08
"""Share of answerable questions that the threshold may turn away."""
_PENALTY = 20.0
_FOLDS, _ROUNDS = 10, 20
_CHINESE_QUESTIONS = 400
_TARGET = Path(__file__).parent.parent / "retrieval" / "confidence.json"
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """The features of many questions, shape (n, features), whether each is answerable, and its conversation."""

    features: Numbers
    answerable: Numbers
    groups: list[str]


class ApiEmbedder:
    """Embeds as the product does: its model, with the prefix of a question."""

    def __init__(self, api: ApiClient, model: str, prefix: str) -> None:
        self._api, self._model, self._prefix = api, model, prefix

    async def embed_queries(self, texts: Sequence[str]) -> Any:
        """Vectors, shape (n, dimensions)."""
        body = {"model": self._model, "input": [self._prefix + text for text in texts]}
        found = patiently(partial(self._api.post, "/v1/embeddings", body))
        return np.array([one["embedding"] for one in found["data"]], dtype=np.float32)


class NoEmbedder:
    """An embedding server that is away."""

    async def embed_queries(self, texts: Sequence[str]) -> Any:
        """Never answers."""
        raise UnavailableError("embedding server", f"away, with {len(texts)} texts")


def _quiet(_done: int, _total: int) -> None:
    """Progress is not shown."""


def sample(corpus: Sequence[Entry], queries: Sequence[Query]) -> Sample:
    """Ask the running product for the passages of every question and gather its evidence."""
    settings = load_settings()
    tenant = tenant_of(corpus)
    rows, labels, groups = [], [], []
    with ApiClient(settings, make_caller(tenant, "eval", [], [EDITOR])) as api:
        ensure_indexed(api, corpus, _quiet)
        embedder = ApiEmbedder(api, settings.embeddings_model, settings.embeddings_query_prefix)
        gatherer = Gatherer(embedder)
        for query in queries:
            if query.answerability not in {ANSWERABLE, UNANSWERABLE}:
                continue
            question, passages = _searched(api, query)
            evidence = asyncio.run(gatherer.gather(question, passages))
            rows.append([evidence.features[name] for name in FEATURES])
            labels.append(float(query.answerability == ANSWERABLE))
            groups.append(query.id.split("<")[0])
    return Sample(np.array(rows), np.array(labels), groups)


def _searched(api: ApiClient, query: Query) -> tuple[Question, list[Passage]]:
    history = [{"role": turn.role, "text": turn.text} for turn in query.history]
    found = patiently(partial(api.post, "/v1/search", {"query": query.text, "history": history, "limit": 10}))
    passages = [
        Passage(**{**one, "updated_at": datetime.fromisoformat(one["updated_at"])}) for one in found["passages"]
    ]
    return Question(found["question"]), passages


def fit(features: Numbers, answerable: Numbers) -> Numbers:
    """Weights of a logistic regression with an L2 penalty, the bias last; Newton's method."""
    rows = np.c_[features, np.ones(len(features))]
    weights = np.zeros(rows.shape[1])
    penalty = np.diag([_PENALTY] * features.shape[1] + [1e-6])
    for _ in range(40):
        guessed = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (guessed - answerable) + penalty @ weights
        curve = (rows * (guessed * (1 - guessed))[:, None]).T @ rows + penalty
        weights -= np.linalg.solve(curve, slope)
    return weights


def cross_validated(standard: Numbers, of: Sample) -> Numbers:
    """The mean score of each question by models that have not seen its conversation, shape (n,)."""
    names = sorted(set(of.groups))
    total = np.zeros(len(of.answerable))
    for seed in range(_ROUNDS):
        order = random.Random(seed).sample(range(len(names)), len(names))
        fold = {name: order[at] % _FOLDS for at, name in enumerate(names)}
        at = np.array([fold[name] for name in of.groups])
        for number in range(_FOLDS):
            weights = fit(standard[at != number], of.answerable[at != number])
            total[at == number] += np.c_[standard[at == number], np.ones((at == number).sum())] @ weights
    return total / _ROUNDS


def calibrate(of: Sample, taught: Sample, names: Sequence[str]) -> tuple[dict[str, Any], dict[str, float], list[str]]:
    """The model for the language of `of` as `confidence.json` has it, its measures, and its reliability table.

    The weights come from `taught`; scale, shift and threshold from `of`.
    """
    columns = [FEATURES.index(name) for name in names]
    learnt = Sample(taught.features[:, columns], taught.answerable, taught.groups)
    mean, scale = learnt.features.mean(0), learnt.features.std(0) + 1e-9
    weights = fit((learnt.features - mean) / scale, learnt.answerable)
    standard = (of.features[:, columns] - mean) / scale
    unseen = (
        cross_validated(standard, Sample(standard, of.answerable, of.groups))
        if of is taught
        else np.c_[standard, np.ones(len(standard))] @ weights
    )
    stretch = _stretch(unseen, of.answerable)
    probabilities = 1 / (1 + np.exp(-(stretch[0] * unseen + stretch[1])))
    threshold = float(np.quantile(probabilities[of.answerable == 1], WRONGLY_REFUSED))
    model = {
        "bias": round(float(stretch[0] * weights[-1] + stretch[1]), 5),
        "threshold": round(threshold, 4),
        "weights": {
            name: [round(float(mean[at]), 6), round(float(stretch[0] * weights[at] / scale[at]), 5)]
            for at, name in enumerate(names)
        },
    }
    unanswerable, answerable = probabilities[of.answerable == 0], probabilities[of.answerable == 1]
    measures = {
        "questions": float(len(unseen)),
        "AUC": float((answerable[:, None] > unanswerable[None]).mean()),
        "unanswerable refused": float((unanswerable < threshold).mean()),
        "answerable refused": float((answerable < threshold).mean()),
    }
    return model, measures, _reliability(probabilities, of.answerable)


def _stretch(scores: Numbers, answerable: Numbers) -> Numbers:
    """Scale and shift that make scores probabilities (Platt, 1999)."""
    weights = np.zeros(2)
    rows = np.c_[scores, np.ones(len(scores))]
    for _ in range(40):
        guessed = 1 / (1 + np.exp(-rows @ weights))
        curve = (rows * (guessed * (1 - guessed))[:, None]).T @ rows + np.eye(2) * 1e-3
        weights -= np.linalg.solve(curve, rows.T @ (guessed - answerable))
    return weights


def _reliability(probabilities: Numbers, answerable: Numbers) -> list[str]:
    """Rows of a reliability table: what was promised against what came true, in six equal parts."""
    order = np.argsort(probabilities)
    lines = ["| confidence | questions | mean confidence | answerable | |", "|---|---|---|---|---|"]
    for part in np.array_split(order, 6):
        low, high = probabilities[part].min(), probabilities[part].max()
        said, true = probabilities[part].mean(), answerable[part].mean()
        bar = "█" * round(20 * true) + "·" * (20 - round(20 * true))
        lines.append(f"| {low:.2f} to {high:.2f} | {len(part)} | {said:.2f} | {true:.2f} | {bar} |")
    return lines


def main() -> None:
    """Fit both languages, write the file, print what docs/confidence.md shows."""
    data = Path(sys.argv[1])
    english = data / "mtrag_un"
    spoken = sample(read_corpus(english), read_queries(english, Choice(), only_judged=False))
    chinese = data / "cmrc2018_zh"
    asked = read_queries(chinese, Choice())
    asked = random.Random(1).sample(asked, min(_CHINESE_QUESTIONS, len(asked)))
    read = sample(*without_relevant(read_corpus(chinese), asked, 0.5))
    models: dict[str, Any] = {}
    for name, of in (("en", spoken), ("zh", read)):
        for ending, features in (("", FEATURES), ("-words", WITHOUT_VECTORS)):
            models[name + ending], measures, table = calibrate(of, spoken, features)
            print(f"\n{name}{ending}: " + ", ".join(f"{key} {value:.3f}" for key, value in measures.items()))
            print("\n".join(table))
    _TARGET.write_text(json.dumps({"version": 1, "models": models}, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten to {_TARGET}")


if __name__ == "__main__":
    main()
