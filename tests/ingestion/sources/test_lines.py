from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from ingestion.sources.lines import CUT_MARK, MAX_LINE_BYTES, LineReader, decode, record
from ingestion.sources.model import LineFormat


def test_json_lines() -> None:
    reader = LineReader(LineFormat("json", "", ()))
    assert reader.fields('{"code": "E14", "bar": 9.1}') == {"code": "E14", "bar": 9.1}
    assert reader.fields("not json") is None
    assert reader.fields("[1]") is None


def test_lines_by_pattern() -> None:
    reader = LineReader(LineFormat("regex", r"^(?P<level>[A-Z]+) (?P<rest>.*)$", ()))
    assert reader.fields("WARN 水温过高") == {"level": "WARN", "rest": "水温过高"}
    assert reader.fields("lower case") is None


def test_a_pattern_that_hangs_other_engines_is_answered() -> None:
    assert LineReader(LineFormat("regex", "^(a+)+$", ())).fields("a" * 50_000 + "b") is None


def test_plain_lines_have_no_fields() -> None:
    assert LineReader(LineFormat("plain", "", ())).fields("anything") == {}


def test_broken_bytes_are_replaced_and_long_lines_cut() -> None:
    assert decode(b"a\xffb\r\n") == "a\ufffdb"
    assert decode(b"a\x00b") == "a\ufffdb"
    long = decode(b"x" * (MAX_LINE_BYTES + 10))
    assert long == "x" * MAX_LINE_BYTES + CUT_MARK


@given(st.binary(max_size=300), st.integers(0, 2**60))
def test_any_line_becomes_a_json_record(raw: bytes, offset: int) -> None:
    line = decode(raw)
    read = json.loads(record(line, "a.log", offset, 5, None))
    assert read == {"line": line, "file": "a.log", "offset": offset, "at": 5}
