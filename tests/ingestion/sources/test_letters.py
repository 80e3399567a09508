from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingestion.sources.letters import read_letter


def test_a_letter_and_its_settling() -> None:
    key = b"default/erp/product/42"
    where = {"tenant": "default", "source": "erp", "key": "product/42"}
    assert read_letter(key, b'{"reason": "too long", "payload": "text"}') == {
        **where,
        "reason": "too long",
        "payload": b"text",
    }
    assert read_letter(key, None) == where


@given(st.none() | st.binary(max_size=40), st.none() | st.binary(max_size=40))
def test_anything_else_is_no_letter(key: bytes | None, value: bytes | None) -> None:
    found = read_letter(key, value)
    assert found is None or {"tenant", "source", "key"} <= set(found)
