"""Answers measured: what the product answers, refuses and asks back, and whether every quotation is what it says."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Protocol

from app.evaluation import Entry, Query, percentile
from app.evaluation_run import Api, patiently

ANSWERABLE, UNANSWERABLE, PARTIAL = "ANSWERABLE", "UNANSWERABLE", "PARTIAL"
_MESSAGE_CHARACTERS = 8000


class AnswersApi(Api, Protocol):
    """The part of `app.api_client.ApiClient` that is used here."""

    def text(self, path: str, **query: str | int) -> str:
        """The plain text of a GET."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one question. `invalid` counts citations whose quotation is not in the text of their version."""

    answerability: str
    decision: str
    confidence: float
    citations: int
    invalid: int
    cites_relevant: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Group:
    """The questions of one answerability: shares from 0 to 1. `cites_relevant` is among those answered and judged."""

    questions: int
    answered: float
    refused: float
    clarify: float
    other: float
    citations: int
    invalid_citations: int
    cites_relevant: float


def without_relevant(
    corpus: Sequence[Entry], queries: Sequence[Query], share: float
) -> tuple[list[Entry], list[Query]]:
    """The corpus without the documents that answer some `share` of the questions, and what each question is then."""
    removed: set[str] = set()
    for query in queries:
        if _chance(query.id) < share:
            removed |= query.relevant
    left = [replace(query, answerability=_answerability(query, removed)) for query in queries]
    return [entry for entry in corpus if entry.key not in removed], left


def _chance(name: str) -> float:
    """A number from 0 to 1 that is the same for the same name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "big") / 2**32


def _answerability(query: Query, removed: set[str]) -> str:
    if query.relevant <= removed:
        return UNANSWERABLE
    return PARTIAL if query.relevant & removed else ANSWERABLE


def answer(api: AnswersApi, query: Query) -> Result:
    """Ask one question after its earlier turns, as a client of the OpenAI-compatible route does; check the answer."""
    history = [{"role": turn.role, "content": turn.text[:_MESSAGE_CHARACTERS]} for turn in query.history]
    asked = {"role": "user", "content": query.text[:_MESSAGE_CHARACTERS]}
    body = {"model": "freshet", "messages": [*history, asked]}
    began = time.perf_counter()
    done = patiently(partial(api.post, "/v1/chat/completions", body))["freshet"]
    took = time.perf_counter() - began
    citations = done["citations"]
    return Result(
        query.answerability or (ANSWERABLE if query.relevant else "not said"),
        done["decision"],
        done["confidence"],
        len(citations),
        sum(not _is_valid(api, one) for one in citations),
        any(one["key"] in query.relevant for one in citations),
        took,
    )


def _is_valid(api: AnswersApi, citation: Mapping[str, Any]) -> bool:
    path = f"/v1/documents/{citation['document_id']}/text"
    text = patiently(partial(api.text, path, version=citation["version"]))
    return bool(text[citation["start"] : citation["end"]] == citation["quote"])


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """Every group by its name, and the time that a turn takes."""
    names = sorted({one.answerability for one in results})
    groups = {name: asdict(_group([one for one in results if one.answerability == name])) for name in names}
    seconds = [one.seconds for one in results]
    latency = {"p50": percentile(seconds, 0.5) * 1000, "p99": percentile(seconds, 0.99) * 1000}
    return {
        "questions": len(results),
        "by_answerability": groups,
        "latency_ms": {name: round(value, 1) for name, value in latency.items()},
    }


def _group(results: Sequence[Result]) -> Group:
    count = len(results)
    decisions = Counter(one.decision for one in results)
    answered = [one for one in results if one.decision == "answered"]
    known = ("answered", "refused", "clarify")
    return Group(
        questions=count,
        answered=decisions["answered"] / count,
        refused=decisions["refused"] / count,
        clarify=decisions["clarify"] / count,
        other=sum(number for name, number in decisions.items() if name not in known) / count,
        citations=sum(one.citations for one in results),
        invalid_citations=sum(one.invalid for one in results),
        cites_relevant=sum(one.cites_relevant for one in answered) / len(answered) if answered else 0.0,
    )
