from __future__ import annotations

import pytest

from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.terms import TermsOptions


def spelled(text: str, **spellings: tuple[str, ...]) -> str:
    named = {key.replace("_", " "): value for key, value in spellings.items()}
    return TermsOptions(spellings=named).build().apply(Draft("t", text)).draft.text


def test_other_spellings_and_capitals_become_the_right_one() -> None:
    assert spelled("wifi, Wi Fi and WIFI", WiFi=("wi fi", "wifi")) == "WiFi, WiFi and WiFi"


def test_small_terms_keep_the_capital_of_a_sentence() -> None:
    assert (
        spelled("Porta filter. PORTAFILTER portafilter", portafilter=("porta filter",))
        == "Portafilter. PORTAFILTER portafilter"
    )


def test_chinese_terms_are_spelled_inside_sentences() -> None:
    assert spelled("您的帐户余额", 账户=("帐户",)) == "您的账户余额"


def test_identifiers_code_and_addresses_stay() -> None:
    text = "wifi-2 wifi_x `wifi` https://x.org/wifi wifi@x.org"
    assert spelled(text, WiFi=("wifi",)) == text


def test_a_right_term_that_holds_a_wrong_spelling_stays() -> None:
    assert spelled("Barista Pro Max", Barista_Pro_Max=("Barista Pro",)) == "Barista Pro Max"


def test_a_spelling_of_two_terms_is_refused() -> None:
    with pytest.raises(ValueError, match="'X' is a spelling of both 'a' and 'b'"):
        TermsOptions(spellings={"a": ("x",), "b": ("X",)}).build()
    with pytest.raises(ValueError, match="empty"):
        TermsOptions(spellings={"a": (" ",)}).build()
