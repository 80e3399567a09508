from __future__ import annotations

from ingestion.cleaning.detectors.custom import CustomDetector
from ingestion.cleaning.patterns import compile_pattern


def found(pattern: str, text: str) -> list[str]:
    return [text[one.start : one.end] for one in CustomDetector("badge", compile_pattern(pattern)).find(text)]


def test_the_whole_match_is_found_where_there_is_no_group() -> None:
    assert found(r"EMP-\d{4}", "工号EMP-1234 and EMP-99 EMP-5678") == ["EMP-1234", "EMP-5678"]


def test_only_the_first_group_is_found_where_there_is_one() -> None:
    assert found(r"(?i)pin:\s*(\d+)|nothing", "密码 PIN: 1234; nothing") == ["1234"]
