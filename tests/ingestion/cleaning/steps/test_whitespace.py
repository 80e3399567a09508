from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.whitespace import WhitespaceStep


def regular(text: str, step: WhitespaceStep | None = None) -> str:
    return (step or WhitespaceStep()).apply(Draft("t", text)).draft.text


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("a\r\nb\rc\u2028d\x85e\x0bf", "a\nb\nc\nd\ne\nf"),
        ("a  b\t\tc\u00a0\u2003d", "a b c d"),
        ("a \nb\t\n", "a\nb"),
        ("line  \nbreak   \n\nend  ", "line  \nbreak\n\nend"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("a\n   \n \t \nb", "a\n\nb"),
        ("- a\n  - b\n    - c", "- a\n  - b\n    - c"),
        ("\u3000\u3000段落一\n\u3000\u3000段落二", "段落一\n段落二"),
        ("中文\u3000空格", "中文 空格"),
        ("\n\na\n\n\f\n\nb\f\f", "a\fb\f\f"),
        ("```\na   b\n\n\n\nc\t\n```\nd   e", "```\na   b\n\n\n\nc\t\n```\nd e"),
        ("| a   | b |\n|-----|---|", "| a | b |\n|-----|---|"),
        ("", ""),
        (" \n\t", ""),
    ],
)
def test_whitespace_becomes_regular_and_structure_stays(given_text: str, expected: str) -> None:
    assert regular(given_text) == expected


def test_a_title_is_one_line() -> None:
    assert WhitespaceStep().apply(Draft(" a\n\tb\f ", "")).draft.title == "a b"


def test_spaced_chinese_is_joined_when_asked_for() -> None:
    joining = WhitespaceStep(join_spaced_chinese=True)
    assert regular("维 修 手 册 KC 200", joining) == "维修手册 KC 200"
    assert regular("红色 蓝色 绿色", joining) == "红色 蓝色 绿色"
    assert regular("维 修 手 册") == "维 修 手 册"


@given(st.text(alphabet="ab \t\n\r\f\u00a0\u3000`~#|中文", max_size=80))
def test_regular_text_stays_and_loses_nothing_but_whitespace(text: str) -> None:
    once = regular(text)
    assert regular(once) == once
    assert once.count("\f") == text.count("\f")
    assert "".join(once.split()) == "".join(text.split())
