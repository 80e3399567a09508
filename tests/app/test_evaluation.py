"""The measures on rankings whose values are known by hand, and the reading of folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.evaluation import corpus_tenant, ndcg, read_queries, recall, reciprocal_rank, score
from retrieval.errors import RejectedError


def test_recall_is_the_share_of_the_wanted() -> None:
    assert recall(["a", "x", "b"], {"a": 1, "b": 1, "c": 1, "d": 1}, 3) == 0.5
    assert recall(["a", "x", "b"], {"b": 1}, 2) == 0.0


def test_ndcg_discounts_by_place() -> None:
    assert ndcg(["a", "b"], {"a": 1, "b": 1}, 10) == pytest.approx(1.0)
    assert ndcg(["x", "a"], {"a": 1}, 10) == pytest.approx(1 / 1.5849625)


def test_reciprocal_rank_looks_at_the_first_wanted() -> None:
    assert reciprocal_rank(["x", "y", "a"], {"a": 1}, 10) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x", "y", "a"], {"a": 1}, 2) == 0.0


def test_scores_are_means() -> None:
    scores = score([["a"], ["x"]], [{"a": 1}, {"a": 1}], [0.01, 0.03])
    assert (scores.questions, scores.recall_at_1, scores.hit_at_5, scores.mrr_at_10) == (2, 0.5, 0.5, 0.5)
    assert scores.as_json()["R@5"] == 0.5


def test_no_question_is_said_plainly() -> None:
    with pytest.raises(RejectedError, match="no question"):
        score([], [], [])


def test_questions_are_narrowed_and_those_without_judgement_left_out(tmp_path: Path) -> None:
    rows = [
        {"_id": "1", "text": "A?", "kind": "k"},
        {"_id": "2", "text": "B?", "kind": "other"},
        {"_id": "3", "text": "C?"},
    ]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\td1\t1\n2\td2\t2\n2\td3\t0\n")
    found = read_queries(tmp_path / "queries.jsonl", tmp_path / "qrels.tsv", "text", {})
    assert [(query.id, dict(query.relevant)) for query in found] == [("1", {"d1": 1.0}), ("2", {"d2": 2.0})]
    narrowed = read_queries(tmp_path / "queries.jsonl", tmp_path / "qrels.tsv", "text", {"kind": "k"})
    assert [query.id for query in narrowed] == ["1"]


def test_a_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "queries.jsonl").write_text('{"_id": "1", "text": "A?"}\nnonsense\n')
    (tmp_path / "qrels.tsv").write_text("1\td\t1\n")
    with pytest.raises(RejectedError, match="line 2"):
        read_queries(tmp_path / "queries.jsonl", tmp_path / "qrels.tsv", "text", {})


def test_the_tenant_follows_the_corpus(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text("{}")
    first = corpus_tenant(tmp_path)
    (tmp_path / "corpus.jsonl").write_text("{ }")
    assert corpus_tenant(tmp_path) != first
