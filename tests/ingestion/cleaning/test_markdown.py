from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingestion.cleaning.markdown import outside_code, protected


def test_code_addresses_and_tags_are_protected() -> None:
    text = "a `qty` b https://x.org/qty c [qty](qty.md) d <b>qty</b> e qty@x.org f\n```\nqty\n```\nqty"
    shield = protected(text)
    places = [place for place in range(len(text)) if text.startswith("qty", place)]
    assert [shield.touch(place, place + 3) for place in places] == [True, True, False, True, False, True, True, False]


def test_a_chinese_sentence_ends_an_address() -> None:
    text = "见https://x.org/a，qty"
    assert not protected(text).touch(len(text) - 3, len(text))


def test_a_fence_that_is_never_closed_ends_with_its_page() -> None:
    assert outside_code("a\n```\nb\fc", str.upper) == "A\n```\nb\fC"


def test_a_fence_is_closed_by_the_same_mark_only() -> None:
    assert outside_code("~~~\na\n```\nb\n~~~\nc", str.upper) == "~~~\na\n```\nb\n~~~\nC"


@given(st.text(alphabet="ab`~\n\f -", max_size=60))
def test_changing_nothing_outside_code_gives_the_same_text(text: str) -> None:
    assert outside_code(text, lambda part: part) == text
