from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.parsing.encoding import decode

CHINESE = "第一章 概述\n本手册说明意式咖啡机的安装、使用和保养。请在第一次使用之前阅读。\n"
TRADITIONAL = "第一章 概述\n本手冊說明義式咖啡機的安裝、使用和保養。請在第一次使用之前閱讀。\n"
GERMAN = "Die Mühle prüft größere Bohnen für schöne Getränke.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "gb18030"),
        (TRADITIONAL, "big5"),
        (CHINESE, "utf-16-le"),
        (CHINESE, "utf-16"),
        (GERMAN, "latin-1"),
        (GERMAN, "cp1252"),
        (GERMAN, "utf-8-sig"),
        ("plain\n", "utf-16-be"),
    ],
)
def test_text_is_read_in_its_encoding(text: str, encoding: str) -> None:
    if encoding == "utf-16-le":
        text = "Manual 手册: " + GERMAN
    assert decode(text.encode(encoding)) == text


@settings(deadline=None)
@given(st.text())
def test_utf8_is_always_read_as_it_is(text: str) -> None:
    if "\0" not in text and not text.startswith("\ufeff"):
        assert decode(text.encode("utf-8", "ignore")) == text.encode("utf-8", "ignore").decode()


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    assert isinstance(decode(data), str)
