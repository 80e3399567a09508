from __future__ import annotations

from ingestion.cleaning.fields import field_values
from ingestion.cleaning.model import Draft


def values(text: str, *names: str, **metadata: str) -> list[str]:
    return [found.value for found in field_values(Draft("t", text, metadata=metadata), names)]


def test_a_field_is_read_from_metadata_and_lines_and_table_rows() -> None:
    text = "Price: 12.50\n- **Price**: 13\n| Price | 14 bar | x |\n价格：15 元\nprice = 16"
    assert values(text, "price", "价格", price="11") == ["11", "12.50", "13", "14 bar", "15 元", "16"]


def test_underscores_and_capitals_of_metadata_do_not_matter() -> None:
    assert values("", "unit price", Unit_Price="9") == ["9"]


def test_a_word_in_a_sentence_is_no_field() -> None:
    assert values("The price: see below. Our price is 5", "price") == []


def test_the_place_of_a_value_is_exact() -> None:
    text = "a\nPrice:  12 EUR  \nb"
    found = next(iter(field_values(Draft("t", text), ("price",))))
    assert text[found.start : found.end] == "12 EUR"
