from __future__ import annotations

from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.language import LanguageOptions, LanguageStep

GERMAN = "Der Kesseldruck ist zu niedrig und die Pumpe muss geprüft werden."


def test_a_missing_language_is_set_and_a_given_one_stays() -> None:
    assert LanguageStep().apply(Draft("t", "锅炉压力过低")).draft.language == "zh"
    assert LanguageStep().apply(Draft("t", "锅炉压力过低", language="en")).draft.language == "en"
    assert LanguageStep(set="always").apply(Draft("t", "锅炉压力过低", language="en")).draft.language == "zh"
    assert LanguageStep(set="never").apply(Draft("t", "锅炉压力过低")).draft.language == ""


def test_a_language_that_is_not_wanted_is_dropped_with_its_name() -> None:
    step = LanguageOptions(keep=("en", "zh")).build()
    verdict = step.apply(Draft("t", GERMAN))
    assert (verdict.action, verdict.reason) == ("drop", "language is other, wanted is en, zh")
    assert LanguageOptions(keep=("en",), action="reject").build().apply(Draft("t", GERMAN)).action == "reject"


def test_a_text_too_short_to_tell_is_never_dropped() -> None:
    assert LanguageOptions(keep=("en",)).build().apply(Draft("", "42")).action == "keep"
