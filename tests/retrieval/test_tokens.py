from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.tokens import estimate_message_tokens, estimate_tokens


@pytest.mark.parametrize(
    "text",
    [
        "The pump carries a warranty of 24 months from the day of delivery, frost excluded.",
        "水泵自交货之日起保修二十四个月，冻裂造成的损坏不在保修范围内。",
        "| Article | Price |\n| --- | --- |\n| P-90 | 1,249.00 |",
        "https://shop.example/orders/4711?lang=zh 😀 Größe",
    ],
)
def test_an_estimate_is_rather_too_high_than_too_low(text: str, model_folder: Path) -> None:
    from tokenizers import Tokenizer

    counted = len(Tokenizer.from_file(str(model_folder / "tokenizer.json")).encode(text, add_special_tokens=False).ids)
    assert counted * 0.9 <= estimate_tokens(text) <= 2.5 * counted


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("pump", 1),
        ("boilers", 2),
        ("Größe", 1),
        ("steam_wand", 1 + 1 + 1),
        ("P-90", 1 + 1 + 2),
        ("水泵，24", 3 + 2),
        ("a   b", 1 + 0 + 1),
        ("a\t   \t    b\n", 1 + 2 + 1 + 1),
        ("\U00020000😀", 2 + 2),
    ],
)
def test_words_count_by_letters_spaces_by_runs_and_all_else_by_itself(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_nothing_is_nothing_and_messages_have_a_frame() -> None:
    assert estimate_tokens("") == 0
    assert estimate_message_tokens([]) == 0
    assert estimate_message_tokens(["", ""]) > 0
