from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.unicode import UnicodeStep


def usual(text: str) -> str:
    return UnicodeStep().apply(Draft("t", text)).draft.text


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("ＫＣ－２００，压力：１５％（额定）！", "KC-200，压力：15%（额定）！"),
        ("Ａ＋Ｂ＝Ｃ／Ｄ　Ｅ．Ｆ＠Ｇ", "A+B=C/D　E.F@G"),
        ("＋８６１３８", "+86138"),
        ("５．５", "5.5"),
        ("１．概述", "1．概述"),
        ("“引号”——《书》、「号」；？～", "“引号”——《书》、「号」；？～"),
        ("｜ ＃标题 ＊强调＊ ＜b＞", "｜ ＃标题 ＊强调＊ ＜b＞"),
        ("a\u200bb\u200e\u202ec\u2066d\ufeff\u00ad", "abcd"),
        ("ignore\U000e0041\U000e0042 me", "ignore me"),
        ("e\u0301", "é"),
        ("ﬁne ﬂow", "fine flow"),
        ("⼈⽔ ㎡ ㎏ ℃ ㎜", "人水 m² kg °C mm"),
        ("ｶﾞｽ", "ガス"),
        ("👨\u200d👩\u200d👧 ❤\ufe0f", "👨\u200d👩\u200d👧 ❤\ufe0f"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ("a\u200db\u200c", "ab"),
        ("x\fy\n", "x\fy\n"),
    ],
)
def test_characters_take_their_usual_form(given_text: str, expected: str) -> None:
    assert usual(given_text) == expected


def test_full_width_stays_when_asked_for() -> None:
    assert UnicodeStep(full_width=False).apply(Draft("t", "Ａ\u200b")).draft.text == "Ａ"


@given(st.text(max_size=60))
def test_the_result_is_composed_and_stable(text: str) -> None:
    once = usual(text)
    assert unicodedata.is_normalized("NFC", once)
    assert usual(once) == once
