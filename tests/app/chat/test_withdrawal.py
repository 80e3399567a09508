"""Earlier answers lose what their reader may no longer read."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.chat.withdrawal import WITHDRAWN, cited_documents, withdrawn


def answer(text: str, *documents: str, language: str = "en") -> dict[str, Any]:
    citations = [{"marker": at, "document_id": one, "quote": f"quote of {one}"} for at, one in enumerate(documents, 1)]
    return {"answer": text, "citations": citations, "language": language}


def test_nothing_changes_while_everything_may_be_read() -> None:
    done = answer("It costs 20 EUR [1]. It ships today [2].", "a", "b")
    assert withdrawn(done, cited_documents(done)) == done


def test_the_sentences_and_quotes_of_a_lost_document_go() -> None:
    done = answer("It costs 20 EUR [1]. It ships today [2]. Ask us.", "a", "b")
    left = withdrawn(done, {"b"})
    assert left["answer"] == f"{WITHDRAWN['en']} It ships today [2]. Ask us."
    assert ([one["document_id"] for one in left["citations"]], left["withdrawn"]) == (["b"], True)


def test_a_claim_with_two_sources_goes_when_one_is_lost() -> None:
    left = withdrawn(answer("价格为20欧元。[1][2] 今天发货。[3]", "a", "b", "c", language="zh"), {"a", "c"})
    assert left["answer"] == f"{WITHDRAWN['zh']} 今天发货。[3]"


@given(
    st.lists(st.tuples(st.text("abc 。.", min_size=1, max_size=12), st.integers(1, 4)), max_size=8),
    st.sets(st.integers(1, 4)),
)
def test_no_claim_on_a_lost_document_is_left(claims: list[tuple[str, int]], lost: set[int]) -> None:
    said = [(f"S{number}{text}", marker) for number, (text, marker) in enumerate(claims)]
    done = answer(" ".join(f"{text} [{marker}]" for text, marker in said), "d1", "d2", "d3", "d4")
    left = withdrawn(done, {f"d{marker}" for marker in range(1, 5) if marker not in lost})
    for text, marker in said:
        assert (text.strip() in left["answer"]) == (marker not in lost)
