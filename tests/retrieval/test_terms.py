from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.terms import _stem, identifiers, segmented, terms


def both(passage: str, question: str) -> set[str]:
    """Terms that a passage and a question share."""
    return set(terms(passage).split()) & set(terms(question).split())


@pytest.mark.parametrize(
    ("passage", "question"),
    [
        ("The boilers were leaking.", "does a boiler leak"),
        ("Replace gasket BR-9000/2", "br-9000/2"),
        ("Replace gasket BR-9000/2", "BR9000/2?"),
        ("order SO-2024-00017 shipped", "what about so-2024-00017"),
        ("order SO-2024-00017 shipped", "order 00017"),
        ("machine shows E14", "E14"),
        ("显示Ｅ１４错误", "e14"),
        ("firmware 2.10.3 is out", "2.10.3"),
        ("mail Anna.Bauer@Example.com now", "anna.bauer@example.com"),
        ("it costs 1,250 euros", "1250"),
        ("Müller GmbH", "muller"),
        ("10kg of beans", "10 kg"),
        ("written in C++ by us", "C++"),
        ("冷却水泵每年检查", "水泵"),
        ("咖啡机除垢指南", "除垢"),
        ("エスプレッソマシン", "マシン"),
        ("에스프레소 머신", "머신"),
    ],
)
def test_a_passage_and_its_question_share_a_term(passage: str, question: str) -> None:
    assert both(passage, question)


@pytest.mark.parametrize(
    ("passage", "question"),
    [
        ("machine shows E14", "E13"),
        ("firmware 1.2.3", "123"),
        ("order A-17", "A-18"),
        ("the and of", "the of"),
        ("的了吗", "请问是的吗"),
    ],
)
def test_what_is_not_the_same_shares_nothing(passage: str, question: str) -> None:
    assert not both(passage, question)


def test_a_whole_identifier_is_one_term() -> None:
    assert "so-2024-00017" in terms("Order SO-2024-00017.").split()


def test_no_terms_in_punctuation_and_blanks() -> None:
    assert terms("  … — ？！ \n\t ") == ""


@given(st.text(max_size=300))
def test_terms_are_joined_by_single_spaces_and_hold_no_other_blank(text: str) -> None:
    joined = terms(text)
    assert joined.split() == ([] if joined == "" else joined.split(" "))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("is SO-2024-00017 late? I mean so-2024-00017", ["so-2024-00017"]),
        ("what means E14", ["e14"]),
        ("报警E14怎么办", ["e14"]),
        ("write to a.b@c.de", ["a.b@c.de"]),
        ("ticket 4711234", ["4711234"]),
        ("what happened in 2019", []),
        ("how do I follow-up on 3 machines", []),
    ],
)
def test_identifiers_of_a_question(text: str, named: list[str]) -> None:
    assert identifiers(text) == named


def test_segmented_words_give_the_text_again() -> None:
    assert segmented("这款咖啡机X-200多重") == ["这", "款", "咖啡机", "X", "-", "200", "多重"]
    assert segmented("") == []


def test_threads_make_the_same_terms_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stemmer keeps the word it works on: two threads may not share one."""
    endings = ("ations", "ingly", "fulness", "ically", "ements", "ized", "ables", "ousness")
    texts = [" ".join(f"{chr(97 + n % 26)}{root}{ending}" for ending in endings)
             for n, root in enumerate(("relat", "hopp", "commun", "electr", "oper", "transl") * 40)]  # fmt: skip
    monkeypatch.setattr("retrieval.terms._stem", _stem.__wrapped__)
    alone = [terms(text) for text in texts]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(terms, texts)) == alone
    finally:
        sys.setswitchinterval(before)
