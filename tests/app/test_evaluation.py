"""Reading of evaluation folders, the measures, and the run against an API that indexes step by step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import evaluation_run
from app.evaluation import (
    Choice,
    Entry,
    Query,
    Turn,
    measure,
    ndcg_at,
    percentile,
    ranked_keys,
    read_corpus,
    read_queries,
    recall_at,
    reciprocal_rank_at,
    tenant_of,
)
from app.evaluation_run import ask, ensure_indexed
from retrieval.access import check_slug
from retrieval.errors import RejectedError, RetryLaterError, UnavailableError

CORPUS = [Entry(f"d{at}", "", f"text {at}", "en") for at in range(5)]


def test_recall_counts_what_is_among_the_first() -> None:
    assert recall_at(1, ["a", "x", "b"], {"a", "b"}) == 0.5
    assert recall_at(3, ["a", "x", "b"], {"a", "b"}) == 1.0
    assert recall_at(5, [], {"a"}) == 0.0


def test_reciprocal_rank_is_of_the_first_relevant_one() -> None:
    assert reciprocal_rank_at(10, ["x", "a", "b"], {"a", "b"}) == 0.5
    assert reciprocal_rank_at(1, ["x", "a"], {"a"}) == 0.0


def test_ndcg_discounts_by_rank() -> None:
    assert ndcg_at(10, ["a", "b"], {"a", "b"}) == pytest.approx(1)
    assert ndcg_at(10, ["x", "a"], {"a"}) == pytest.approx(0.6309, abs=1e-4)


def test_measures_are_means_over_queries() -> None:
    found = measure([(["a"], {"a", "b"}), (["x", "y"], {"z"})])
    assert (found.queries, found.recall_at_5, found.hit_at_5, found.mrr_at_10) == (2, 0.25, 0.5, 0.5)


@given(
    ranked=st.lists(st.sampled_from("abcdefghij"), unique=True),
    relevant=st.sets(st.sampled_from("abcdefghij"), min_size=1),
)
def test_measures_stay_between_0_and_1_and_recall_rises_with_the_rank(ranked: list[str], relevant: set[str]) -> None:
    found = measure([(ranked, relevant)])
    values = (found.recall_at_1, found.recall_at_5, found.recall_at_10, found.ndcg_at_10, found.mrr_at_10)
    assert all(0 <= value <= 1 + 1e-12 for value in values)
    assert found.recall_at_1 <= found.recall_at_5 <= found.recall_at_10
    assert (found.recall_at_5 > 0) == (found.hit_at_5 == 1)


def test_documents_are_ranked_by_their_best_passage() -> None:
    assert ranked_keys(["b", "a", "b", "c", "a"]) == ["b", "a", "c"]


def test_percentile_is_one_of_the_values() -> None:
    assert [percentile([3, 1, 2, 4], share) for share in (0.0, 0.5, 0.99, 1.0)] == [1, 2, 4, 4]


def test_the_tenant_is_a_slug_that_depends_on_the_corpus_alone() -> None:
    assert check_slug("tenant", tenant_of(CORPUS)) == tenant_of(list(CORPUS))
    assert tenant_of(CORPUS) != tenant_of(CORPUS[1:])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    queries = [
        {"_id": "q1", "text": "why?", "scenario": "long", "kind": "x",
         "history": [{"role": "usr", "text": "hello"}, {"role": "sys", "text": "hi"}]},
        {"_id": "q2", "text": "when?", "kind": "y"},
        {"_id": "q3", "text": "unjudged", "kind": "x"},
        {"_id": "q4", "text": None, "kind": "x"},
    ]  # fmt: skip
    (tmp_path / "dev").mkdir()
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d1", "text": "one\u2028two"}\n{"_id": "d2", "text": " "}\n')
    (tmp_path / "dev" / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    (tmp_path / "dev" / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td9\t0\nq2\td2\t2\nq4\td1\t1\n"
    )
    return tmp_path


def test_queries_without_text_or_answer_are_left_out(folder: Path) -> None:
    first, second = read_queries(folder, Choice())
    history = (Turn("user", "hello"), Turn("assistant", "hi"))
    assert first == Query("q1", "why?", history, frozenset({"d1"}))
    assert (second.id, second.history) == ("q2", ())


def test_a_history_may_hold_the_turns_of_the_user_alone(folder: Path) -> None:
    row = {"_id": "q1", "text": "why?", "user_turns": ["hello", "why?"]}
    (folder / "dev" / "queries.jsonl").write_text(json.dumps(row))
    assert read_queries(folder, Choice())[0].history == (Turn("user", "hello"),)


def test_queries_can_be_chosen_by_field_and_condition(folder: Path) -> None:
    assert [query.text for query in read_queries(folder, Choice(field="scenario"))] == ["long"]
    assert [query.id for query in read_queries(folder, Choice(where=("kind", "y")))] == ["q2"]
    with pytest.raises(RejectedError, match="no query"):
        read_queries(folder, Choice(where=("kind", "z")))


def test_a_document_without_anything_to_read_is_left_out(folder: Path) -> None:
    assert read_corpus(folder) == [Entry("d1", "", "one\u2028two", "")]


def test_what_cannot_be_read_is_said_with_its_line(folder: Path) -> None:
    with pytest.raises(RejectedError, match=r"corpus\.jsonl"):
        read_corpus(folder / "dev")
    (folder / "corpus.jsonl").write_text('{"_id": "a"}\n{"id": "b"}\n')
    with pytest.raises(RejectedError, match="line 2: there is no _id"):
        read_corpus(folder)
    (folder / "dev" / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1 d1 1\n")
    with pytest.raises(RejectedError, match="line 2"):
        read_queries(folder, Choice())


class SlowApi:
    """Indexes `pace` documents per look at the list, and is too busy for the first batch."""

    def __init__(self, pace: int) -> None:
        self.pace = pace
        self.states: dict[str, str] = {}
        self.pushed: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.busy = True

    def get(self, path: str, **query: str | int) -> Any:
        assert path == "/v1/documents"
        if not query.get("cursor"):
            for key in [key for key, state in self.states.items() if state == "indexing"][: self.pace]:
                self.states[key] = "ready"
        half = len(self.states) // 2
        keys = list(self.states)[half:] if query.get("cursor") else list(self.states)[:half]
        documents = [{"key": key, "state": self.states[key]} for key in keys]
        return {"documents": documents, "next_cursor": None if query.get("cursor") else "second half"}

    def post(self, path: str, body: Any = None) -> Any:
        if path == "/v1/search":
            self.asked.append(body)
            return {"passages": [{"key": "d2"}, {"key": "d1"}, {"key": "d2"}]}
        if self.busy:
            self.busy = False
            raise RetryLaterError("too much", 0)
        for record in body["records"]:
            self.pushed.append(record["key"])
            self.states[record["key"]] = "indexing"
        return {"accepted": len(body["records"])}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation_run, "_POLL_SECONDS", 0)
    monkeypatch.setattr(evaluation_run, "_BATCH_RECORDS", 2)


def test_a_corpus_is_pushed_once_and_waited_for() -> None:
    api, seen = SlowApi(pace=2), list[int]()
    assert ensure_indexed(api, CORPUS, lambda indexed, _: seen.append(indexed)) == {"ready": 5}
    assert seen == sorted(seen)
    assert seen[-1] == 5
    assert ensure_indexed(api, CORPUS, lambda *_: None) == {"ready": 5}
    assert api.pushed == [entry.key for entry in CORPUS]


def test_only_what_is_missing_is_pushed() -> None:
    api = SlowApi(pace=9)
    ensure_indexed(api, CORPUS[:3], lambda *_: None)
    api.states["d0"] = "dropped"
    assert ensure_indexed(api, CORPUS, lambda *_: None) == {"dropped": 1, "ready": 4}
    assert api.pushed == [entry.key for entry in CORPUS]


def test_an_index_that_stands_still_ends_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation_run, "_PATIENCE_SECONDS", 0)
    with pytest.raises(UnavailableError, match="5 documents were not indexed"):
        ensure_indexed(SlowApi(pace=0), CORPUS, lambda *_: None)


@pytest.mark.parametrize(("with_history", "turns"), [(True, 1), (False, 0)])
def test_questions_go_with_or_without_their_history(with_history: bool, turns: int) -> None:
    api = SlowApi(pace=1)
    found, seconds = ask(api, Query("q", "why?", (Turn("user", "hi"),), frozenset({"d1"})), with_history=with_history)
    assert found == ["d2", "d1"]
    assert seconds >= 0
    assert len(api.asked[0]["history"]) == turns
