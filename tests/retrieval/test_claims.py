"""An answer is cut into its claims, however it arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.claims import ClaimReader, markers_of, split_claims, with_markers, without_markers

ANSWERS = st.lists(
    st.sampled_from(
        [
            "It weighs 9.5 kg",
            ". ",
            " [1]",
            "[2]",
            "价格是100元",
            "。",
            "！",
            "\n- ",
            "e.g. ",
            "No. 5 ",
            "Yes",
            "!",
            " ",
            "\n\n",
            "x",
        ]
    ),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("answer", "claims"),
    [
        ("It weighs 9 kg. [1] It costs 3.5 EUR.[2]", ["It weighs 9 kg. [1] ", "It costs 3.5 EUR.[2]"]),
        ("价格是100元。[1]可以退货！[2]", ["价格是100元。[1]", "可以退货！[2]"]),
        ("Use e.g. No. 5 of Dr. Who. Then stop", ["Use e.g. No. 5 of Dr. Who. ", "Then stop"]),
        ("Do this:\n1. Open it.\n2. Close it.", ["Do this:\n", "1. Open it.\n", "2. Close it."]),
        ("", []),
    ],
)
def test_claims_end_where_a_sentence_or_a_line_ends(answer: str, claims: list[str]) -> None:
    assert split_claims(answer) == claims


@given(ANSWERS)
def test_the_claims_together_are_the_answer(answer: str) -> None:
    assert "".join(split_claims(answer)) == answer


@given(ANSWERS, st.lists(st.integers(1, 12), max_size=60))
def test_an_answer_in_pieces_has_the_same_claims(answer: str, sizes: list[int]) -> None:
    reader, claims, at = ClaimReader(), [], 0
    for size in sizes:
        claims += reader.feed(answer[at : at + size])
        at += size
    claims += reader.feed(answer[at:])
    rest = reader.rest()
    assert [*claims, *([rest] if rest else [])] == split_claims(answer)


def test_markers_are_read_removed_and_set() -> None:
    claim = "It weighs 9 kg. [1][3]\n"
    assert markers_of(claim) == [1, 3]
    assert without_markers(claim) == "It weighs 9 kg.\n"
    assert with_markers("It weighs 9 kg.\n", [2, 1]) == "It weighs 9 kg. [2][1]\n"
    assert with_markers("重 9 公斤。", [1]) == "重 9 公斤。[1]"
