from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.sources.yaml_lines import MAX_CHARACTERS, read_yaml
from retrieval.errors import RejectedError


def test_every_value_knows_its_line() -> None:
    file = read_yaml("a: 1\nb:\n  - c: x\n  - d: |\n      first\n      second\n")
    assert file.value == {"a": 1, "b": [{"c": "x"}, {"d": "first\nsecond\n"}]}
    assert file.line(("b", 0, "c")) == 3
    assert file.line(("b", 1, "d")) == 4
    assert file.text_lines["b", 1, "d"] == 5


def test_what_is_not_in_the_file_has_the_line_of_what_is_above_it() -> None:
    assert read_yaml("a:\n  b: 1\n").line(("a", "nothing", "here")) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: [1", "line 2: this is not YAML"),
        ("a: 1\nb: 2\na: 3\n", "line 3: 'a' is there twice (first on line 1)"),
        ("a: &x [1]\nb: *x\n", "line 2: aliases"),
        ("a: !!python/object:os.system x", "this is not YAML"),
        ("[" * 5000 + "]" * 5000, "nested too deeply"),
        ("a" * (MAX_CHARACTERS + 1), "the limit is 262,144"),
        ("? [1]\n: 2\n", "line 1: a key must be a word"),
        ("a: \x00", "this is not YAML"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(text: str, words: str) -> None:
    with pytest.raises(RejectedError) as raised:
        read_yaml(text)
    assert words in raised.value.message


@given(st.text(max_size=200))
def test_any_text_is_read_or_rejected(text: str) -> None:
    try:
        file = read_yaml(text)
    except RejectedError:
        return
    assert file.line(()) >= 1
