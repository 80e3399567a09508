"""Retrieval measured through the running product: a folder's corpus is pushed, its questions asked over HTTP."""

from __future__ import annotations

import hashlib
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.api_client import ApiClient
from retrieval.errors import RejectedError, UnavailableError

SOURCE = "corpus"
ASKED_PASSAGES = 50
_BATCH = 200
_PATIENCE_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Query:
    """One question with its relevant documents (id → score above 0)."""

    id: str
    text: str
    history: tuple[dict[str, str], ...]
    relevant: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over the questions that have relevant documents; R@k is the share of these among the first k."""

    questions: int
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    hit_at_5: float
    ndcg_at_10: float
    mrr_at_10: float
    latency_p50_ms: float
    latency_p99_ms: float

    def as_json(self) -> dict[str, float]:
        """Under the names that the field uses."""
        names = ("questions", "R@1", "R@5", "R@10", "hit@5", "nDCG@10", "MRR@10", "latency_p50_ms", "latency_p99_ms")
        return dict(zip(names, asdict(self).values(), strict=True))


def corpus_tenant(folder: Path) -> str:
    """The scratch tenant of a corpus: the same for the same bytes, so that a second run finds it indexed."""
    return "eval-" + hashlib.blake2b((folder / "corpus.jsonl").read_bytes(), digest_size=8).hexdigest()


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file.

    Raises:
        RejectedError: there is no such file, or a line is not a JSON object.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RejectedError(f"{path} cannot be read: {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found = json.loads(line)
            except ValueError:
                raise RejectedError(f"{path}, line {number}: not JSON") from None
            yield found


def read_queries(queries: Path, qrels: Path, field: str, where: Mapping[str, str]) -> list[Query]:
    """Questions with a relevant document, their words from `field`, narrowed to those that match `where`."""
    relevant: dict[str, dict[str, float]] = {}
    for line in qrels.read_text(encoding="utf-8").splitlines():
        parts = line.split("\t")
        if len(parts) >= 3 and parts[2].replace(".", "", 1).isdigit() and float(parts[2]) > 0:
            relevant.setdefault(parts[0], {})[parts[1]] = float(parts[2])
    return [
        Query(row["_id"], str(row[field]), tuple(row.get("history") or ()), relevant[row["_id"]])
        for row in read_lines(queries)
        if row.get(field)
        and row["_id"] in relevant
        and all(str(row.get(name)) == value for name, value in where.items())
    ]


def index_corpus(api: ApiClient, folder: Path, say: Callable[[str], None]) -> int:
    """Push what is not there yet and wait until every document is indexed; how many there are.

    Raises:
        UnavailableError: it took longer than half an hour.
    """
    rows = list(read_lines(folder / "corpus.jsonl"))
    there = _ready(api)
    missing = [row for row in rows if str(row["_id"]) not in there]
    for start in range(0, len(missing), _BATCH):
        records = [
            {
                "key": str(row["_id"]),
                "title": row.get("title") or "",
                "text": row.get("text") or "",
                "language": row.get("lang") or "",
                "readers": ["public"],
            }
            for row in missing[start : start + _BATCH]
        ]
        api.post(f"/v1/records/{SOURCE}:batch", {"records": records})
        say(f"pushed {start + len(records)} of {len(missing)}")
    end = time.monotonic() + _PATIENCE_SECONDS
    while missing and len(there) < len(rows):
        if time.monotonic() > end:
            raise UnavailableError("indexing", f"{len(rows) - len(there)} documents are not indexed after half an hour")
        time.sleep(3)
        there = _ready(api)
        say(f"indexed {len(there)} of {len(rows)}")
    return len(rows)


def _ready(api: ApiClient) -> set[str]:
    """Keys of the documents that are final."""
    found: set[str] = set()
    cursor = ""
    while True:
        page = api.get("/v1/documents", source=SOURCE, limit=200, **({"cursor": cursor} if cursor else {}))
        found |= {row["key"] for row in page["documents"] if row["state"] in {"ready", "failed", "dropped"}}
        cursor = page["next_cursor"] or ""
        if not cursor:
            return found


def ask(api: ApiClient, queries: Sequence[Query], *, with_history: bool) -> Scores:
    """Ask every question and score the documents found, each at the place of its best passage."""
    rankings: list[list[str]] = []
    seconds: list[float] = []
    for query in queries:
        body: dict[str, Any] = {"query": query.text[:10_000], "limit": ASKED_PASSAGES, "sources": [SOURCE]}
        if with_history and query.history:
            body["history"] = [{"role": turn["role"], "text": turn["text"]} for turn in query.history]
        began = time.perf_counter()
        passages = api.post("/v1/search", body)["passages"]
        seconds.append(time.perf_counter() - began)
        rankings.append(list(dict.fromkeys(passage["key"] for passage in passages)))
    return score(rankings, [query.relevant for query in queries], seconds)


def score(
    rankings: Sequence[Sequence[str]], relevant: Sequence[Mapping[str, float]], seconds: Sequence[float]
) -> Scores:
    """Every measure, as means over the questions; binary gain.

    Raises:
        RejectedError: there is no question.
    """
    if not rankings:
        raise RejectedError("no question with a relevant document is left to ask")
    pairs = list(zip(rankings, relevant, strict=True))
    cuts = statistics.quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else [seconds[0]] * 99

    def mean(measure: Callable[[Sequence[str], Mapping[str, float]], float]) -> float:
        return round(statistics.fmean(measure(ranking, wanted) for ranking, wanted in pairs), 4)

    return Scores(
        questions=len(pairs),
        recall_at_1=mean(lambda ranking, wanted: recall(ranking, wanted, 1)),
        recall_at_5=mean(lambda ranking, wanted: recall(ranking, wanted, 5)),
        recall_at_10=mean(lambda ranking, wanted: recall(ranking, wanted, 10)),
        hit_at_5=mean(lambda ranking, wanted: float(any(one in wanted for one in ranking[:5]))),
        ndcg_at_10=mean(lambda ranking, wanted: ndcg(ranking, wanted, 10)),
        mrr_at_10=mean(lambda ranking, wanted: reciprocal_rank(ranking, wanted, 10)),
        latency_p50_ms=round(cuts[49] * 1000, 1),
        latency_p99_ms=round(cuts[98] * 1000, 1),
    )


def recall(ranking: Sequence[str], wanted: Mapping[str, float], count: int) -> float:
    """The share of `wanted` among the first `count`."""
    return len(set(ranking[:count]) & set(wanted)) / len(wanted)


def ndcg(ranking: Sequence[str], wanted: Mapping[str, float], count: int) -> float:
    """Discounted cumulative gain of the first `count` over the best there could be; every wanted one gains 1."""
    gained = sum(1 / math.log2(place + 2) for place, one in enumerate(ranking[:count]) if one in wanted)
    best = sum(1 / math.log2(place + 2) for place in range(min(count, len(wanted))))
    return gained / best


def reciprocal_rank(ranking: Sequence[str], wanted: Mapping[str, float], count: int) -> float:
    """One over the place of the first wanted one among the first `count`; 0 where there is none."""
    return next((1 / (place + 1) for place, one in enumerate(ranking[:count]) if one in wanted), 0.0)
