"""Fusion: scores of several searches as one ranking, and what a candidate of it says it was fused from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import Ranking, fuse
from retrieval.model import Candidate


def candidate(name: str, score: float, text: str = "") -> Candidate:
    return Candidate(name, f"d-{name}", 1, 0, text, 0, len(text), "", 0, score)


scored = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0.01, 30), max_size=8).map(
    lambda given: [candidate(name, score) for name, score in sorted(given.items(), key=lambda item: -item[1])]
)


@given(dense=scored, lexical=scored, weight=st.floats(0, 1))
def test_fusion_holds_each_candidate_once_in_order_with_scores_from_0_to_1(
    dense: list[Candidate], lexical: list[Candidate], weight: float
) -> None:
    ranking = Ranking(fuse(dense, lexical, weight))
    fused = ranking.part(0, len(ranking))
    names = [one.chunk_id for one in fused]
    assert set(names) == {one.chunk_id for one in [*dense, *lexical]}
    assert len(names) == len(set(names))
    scores = [one.score for one in fused]
    assert scores == sorted(scores, reverse=True)
    assert all(-1e-9 <= score <= 1 + 1e-9 for score in scores)


def test_fusion_adds_weighted_normalised_scores() -> None:
    fused = fuse([candidate("a", 0.9), candidate("b", 0.8), candidate("c", 0.7)], [candidate("b", 12.0)], 0.5)
    assert {chunk: round(score, 6) for chunk, score in fused.scores.items()} == {"a": 0.5, "b": 0.75, "c": 0.0}
    assert fused.best == fused.scores["b"]


def test_a_candidate_says_what_its_score_was_fused_from() -> None:
    alone = fuse([candidate("a", 0.9), candidate("b", 0.8)], [candidate("b", 12.0)], 0.5)
    within = fuse([candidate("c", 0.7), candidate("b", 0.6)], [], 0.5)
    ranking = Ranking(alone, within)
    parts = {one.chunk_id: (one.similarity, one.context_similarity, one.lexical) for one in ranking.part(0, 3)}
    assert parts == {"a": (0.9, 0.0, 0.0), "b": (0.8, 0.6, 12.0), "c": (0.0, 0.7, 0.0)}
    assert len(ranking) == 3
    assert [one.chunk_id for one in (*ranking.part(0, 1), *ranking.part(1, 3))] == list(
        dict.fromkeys(one.chunk_id for one in ranking.part(0, 3))
    )


def test_what_a_question_names_comes_first() -> None:
    found = fuse([candidate("a", 0.9, "E15 pump"), candidate("b", 0.8, "the code e14: flow meter")], [], 0.5)
    assert [one.chunk_id for one in Ranking(found, named=["e14"], named_bonus=3.0).part(0, 2)] == ["b", "a"]
