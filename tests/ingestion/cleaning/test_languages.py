from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingestion.cleaning.languages import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The boiler pressure is too low; check the pump.", "en"),
        ("Espresso machine error codes", "en"),
        ("锅炉压力过低，请检查水泵。", "zh"),
        ("KC-200 Pro 咖啡机 E41 故障代码说明", "zh"),
        ("Der Kesseldruck ist zu niedrig und die Pumpe muss geprüft werden.", "other"),
        ("La pression de la chaudière est trop basse, vérifiez la pompe.", "other"),
        ("コーヒーマシンの圧力が低すぎます。ポンプを確認してください。", "other"),
        ("압력이 너무 낮습니다. 펌프를 확인하십시오.", "other"),
        ("Давление в котле слишком низкое.", "other"),
        ("", ""),
        ("12345 -- 678", ""),
        ("```\nfor the and of in\n```", ""),
        ("https://example.org/the/of/and", ""),
    ],
)
def test_languages_are_told_apart(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_real_passages_are_recognised(shared_data: Path) -> None:
    for folder, language in (("cmrc2018_zh", "zh"), ("tau2_banking_kb", "en")):
        lines = (shared_data / folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()[:500]
        found = [detect_language(json.loads(line)["text"]) for line in lines]
        assert sum(one == language for one in found) >= 0.99 * len(found)
