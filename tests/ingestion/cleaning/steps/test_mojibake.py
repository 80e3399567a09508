from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.cleaning.steps.mojibake import repair

COMMON = "中文说明书使用前请阅读维修服务电话产品型号压力温度质量检查"


@pytest.mark.parametrize(
    "right", ["für Öl und Größe", "café à la crème", "naïve – “quoted”", "压力过低，请检查", "Привет, мир"]
)
def test_utf8_read_as_windows_1252_is_repaired(right: str) -> None:
    wrong = right.encode().decode("latin-1")
    assert repair(wrong) == right
    assert repair(f"{right}\n{wrong}") == f"{right}\n{right}"


@given(st.text(alphabet=COMMON, min_size=3, max_size=20))
def test_gbk_read_as_latin_is_repaired(right: str) -> None:
    wrong = right.encode("gb2312").decode("latin-1")
    assert repair(f"See {wrong} here") == f"See {right} here"


def test_utf8_read_as_gbk_is_repaired() -> None:
    right = "咖啡机使用说明书"
    assert repair(right.encode().decode("gb18030")) == right


@pytest.mark.parametrize(
    "right",
    [
        "ÄÖÜäöüß",
        "ÀÉÎÕÜ",
        "Ångström",
        "中文",
        "联通移动电信",
        "¿Qué?",
        "£½ ±5 °C",
        "Ελληνικά",
        "Русский",
        "10 × 20 µm ≥ 5 √2",
    ],
)
def test_what_is_right_stays(right: str) -> None:
    assert repair(right) == right


def test_real_chinese_passages_stay(shared_data: Path) -> None:
    lines = (shared_data / "cmrc2018_zh" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    assert [text for text in texts if repair(text) != text] == []
