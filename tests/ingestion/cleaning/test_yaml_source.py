from __future__ import annotations

import pytest

from ingestion.cleaning.yaml_source import Located
from retrieval.errors import RejectedError


def test_lines_are_those_of_the_deepest_known_part() -> None:
    source = Located("a:\n  - b: 1\n  - c:\n      d: 2\n", "file")
    assert source.value == {"a": [{"b": 1}, {"c": {"d": 2}}]}
    assert source.line(("a", 1, "c", "d")) == 4
    assert source.line(("a", 1, "c", "x")) == 4
    assert source.line(("a", 0, "b")) == 2
    assert source.error(("a", 0, "b"), "wrong").message == "file, line 2: wrong"


def test_only_plain_json_scalars_are_converted() -> None:
    source = Located("[yes, no, on, true, 12:30, 2024-01-01, 007, 1_000, 3, 2.5, ~, '5']", "file")
    assert source.value == ["yes", "no", "on", True, "12:30", "2024-01-01", "007", "1_000", 3, 2.5, None, "5"]


def test_keys_are_always_text() -> None:
    assert Located("{1: a, true: b, ~: c}", "file").value == {"1": "a", "true": "b", "~": "c"}


def test_a_key_that_is_no_word_is_refused() -> None:
    with pytest.raises(RejectedError, match="line 1: a key must be a plain word"):
        Located("? [a]\n: b\n", "file")
