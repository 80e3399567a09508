"""Retrieval measured: evaluation folders as they lie on disk, and the measures of a ranking. Pure but for reading."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import RejectedError

MAX_QUESTION_CHARACTERS = 10_000
_USER_ROLES = frozenset({"user", "usr", "customer", "human"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of a corpus."""

    key: str
    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier turn; `role` is "user" or "assistant"."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question with its earlier turns, oldest first, and the keys of the documents that answer it.

    `answerability` says whether the corpus answers it, in the words of its folder ("ANSWERABLE"); "" where that is
    not said.
    """

    id: str
    text: str
    history: tuple[Turn, ...]
    relevant: frozenset[str]
    answerability: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which queries of a folder are asked, and with which field of theirs."""

    split: str = "dev"
    queries: str = "queries.jsonl"
    qrels: str = "qrels.tsv"
    field: str = "text"
    where: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    """Means over all queries, each from 0 to 1: recall and hit rate at a rank, nDCG and MRR with binary relevance."""

    queries: int
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    hit_at_5: float
    ndcg_at_10: float
    mrr_at_10: float


def read_corpus(folder: Path) -> list[Entry]:
    """The documents of `folder`/corpus.jsonl that have a title or a text.

    Raises:
        RejectedError: the file is missing, or a line of it is not a document.
    """
    entries = [
        Entry(str(row["_id"]), str(row.get("title") or ""), str(row.get("text") or ""), str(row.get("lang") or ""))
        for row in _json_lines(folder / "corpus.jsonl", "_id")
    ]
    return [entry for entry in entries if entry.title.strip() or entry.text.strip()]


def read_queries(folder: Path, choice: Choice, *, only_judged: bool = True) -> list[Query]:
    """The chosen queries that have a text and, unless `only_judged` is False, at least one relevant document.

    Raises:
        RejectedError: a file is missing or cannot be read, or no query is left.
    """
    relevant = _read_qrels(_beside(folder / choice.split, choice.qrels))
    queries = []
    for row in _json_lines(_beside(folder / choice.split, choice.queries), "_id"):
        text, answers = row.get(choice.field), relevant.get(str(row["_id"]), set())
        if not text or (only_judged and not answers):
            continue
        if choice.where and str(row.get(choice.where[0])) != choice.where[1]:
            continue
        history = _history(row)
        said = str(row.get("answerability") or "")
        asked = str(text)[:MAX_QUESTION_CHARACTERS]
        queries.append(Query(str(row["_id"]), asked, history, frozenset(answers), said))
    if not queries:
        raise RejectedError("no query has this text, this condition and a relevant document")
    return queries


def _history(row: Mapping[str, Any]) -> tuple[Turn, ...]:
    """Earlier turns: `history`, or where only `user_turns` are kept, those before the last."""
    if row.get("history") is None:
        return tuple(Turn("user", str(text)[:MAX_QUESTION_CHARACTERS]) for text in (row.get("user_turns") or ())[:-1])
    return tuple(_turn(turn) for turn in row["history"] if turn.get("text"))


def _turn(turn: Mapping[str, Any]) -> Turn:
    asked = str(turn.get("role", "")).lower() in _USER_ROLES
    return Turn("user" if asked else "assistant", str(turn["text"])[:MAX_QUESTION_CHARACTERS])


def _beside(folder: Path, name: str) -> Path:
    """`name` inside `folder`, or as a path of its own."""
    return folder / name if (folder / name).exists() else Path(name)


def _json_lines(path: Path, needed: str) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(_lines(path), 1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise RejectedError(f"{path.name}, line {number}: {error}") from None
        if not isinstance(row, dict) or needed not in row:
            raise RejectedError(f"{path.name}, line {number}: there is no {needed}")
        rows.append(row)
    return rows


def _read_qrels(path: Path) -> dict[str, set[str]]:
    """Query → keys of the documents judged relevant, from tab-separated lines under one header line."""
    relevant: dict[str, set[str]] = {}
    for number, line in enumerate(_lines(path)[1:], 2):
        parts = line.split("\t")
        try:
            query, key, score = parts
            judged = float(score)
        except ValueError:
            raise RejectedError(f"{path.name}, line {number}: not a query, a document and a score") from None
        if judged > 0:
            relevant.setdefault(query, set()).add(key)
    return relevant


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise RejectedError(f"{path} cannot be read: {error}") from None


def tenant_of(corpus: Iterable[Entry]) -> str:
    """The scratch tenant of a corpus: the same for the same documents, so that an index is used again."""
    digest = hashlib.blake2b(digest_size=8)
    for entry in corpus:
        digest.update(json.dumps([entry.key, entry.title, entry.text, entry.language]).encode())
    return f"eval-{digest.hexdigest()}"


def ranked_keys(passage_keys: Iterable[str]) -> list[str]:
    """Documents in the order of their best passages."""
    return list(dict.fromkeys(passage_keys))


def measure(rankings: Sequence[tuple[Sequence[str], Collection[str]]]) -> Measures:
    """The measures of at least one (ranked keys, relevant keys)."""
    count = len(rankings)

    def mean(values: Iterable[float]) -> float:
        return sum(values) / count

    return Measures(
        queries=count,
        recall_at_1=mean(recall_at(1, *one) for one in rankings),
        recall_at_5=mean(recall_at(5, *one) for one in rankings),
        recall_at_10=mean(recall_at(10, *one) for one in rankings),
        hit_at_5=mean(float(recall_at(5, *one) > 0) for one in rankings),
        ndcg_at_10=mean(ndcg_at(10, *one) for one in rankings),
        mrr_at_10=mean(reciprocal_rank_at(10, *one) for one in rankings),
    )


def recall_at(rank: int, ranked: Sequence[str], relevant: Collection[str]) -> float:
    """Share of the relevant keys among the first `rank`."""
    return len(set(ranked[:rank]) & set(relevant)) / len(relevant)


def ndcg_at(rank: int, ranked: Sequence[str], relevant: Collection[str]) -> float:
    """Normalised discounted cumulative gain with binary relevance (Järvelin and Kekäläinen, 2002)."""
    gained = sum(1 / math.log2(at + 2) for at, key in enumerate(ranked[:rank]) if key in relevant)
    return gained / sum(1 / math.log2(at + 2) for at in range(min(rank, len(relevant))))


def reciprocal_rank_at(rank: int, ranked: Sequence[str], relevant: Collection[str]) -> float:
    """One over the rank of the first relevant key; 0 where it is not among the first `rank`."""
    return next((1 / (at + 1) for at, key in enumerate(ranked[:rank]) if key in relevant), 0.0)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
