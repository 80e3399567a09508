from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingestion.cleaning.phrases import Phrases


def found(text: str, *phrases: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in Phrases((phrase, phrase) for phrase in phrases).find(text)]


def test_whole_words_are_found_in_any_case() -> None:
    assert found("Qty QTY qty quantity qtys 3qty", "qty") == ["Qty", "QTY", "qty"]


def test_parts_of_identifiers_are_not_found() -> None:
    for text in ("PM-2040", "A-PM", "PM_1", "RPM", "PM2", "#PM", "x.PM", "PM.x", "PM/CM", "a@PM", "PM:8"):
        assert found(text, "PM") == [], text


def test_sentence_signs_and_chinese_do_not_hide_a_word() -> None:
    for text in ("PM.", "(PM)", "PM计划", "做PM。", "the PM, then", "“PM”", "PM: due", "- PM"):
        assert found(text, "PM") == ["PM"], text


def test_the_longest_phrase_wins() -> None:
    assert found("客户服务中心", "客户", "客户服务") == ["客户服务"]


def test_a_shorter_phrase_is_found_where_the_longer_is_no_word() -> None:
    assert found("group head2", "group head", "group") == ["group"]


def test_no_phrases_find_nothing() -> None:
    assert found("anything") == []


def test_letters_whose_small_form_is_longer_do_not_shift_places() -> None:
    assert found("İİ qty", "qty") == ["qty"]


@given(st.text(max_size=80))
def test_rewriting_with_the_same_words_changes_nothing(text: str) -> None:
    phrases = Phrases([("a", 1), ("ab", 2), ("售后", 3)])
    assert phrases.rewrite(text, lambda text, hit: text[hit.start : hit.end]) == text
