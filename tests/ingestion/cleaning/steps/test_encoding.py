from __future__ import annotations

import pytest

from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.encoding import EncodingStep

ENTITIES = EncodingStep(html_entities=True)


def text(step: EncodingStep, given: str) -> str:
    return step.apply(Draft("t", given)).draft.text


def test_controls_go_and_page_breaks_stay() -> None:
    assert text(EncodingStep(), "a\x07b\x1b[0m\tc\n\f\rd\x81") == "ab[0m\tc\n\f\rd"


def test_mojibake_is_repaired_in_title_text_and_metadata() -> None:
    verdict = EncodingStep().apply(Draft("CafÃ©", "fÃ¼r", metadata={"maker": "MÃ¼ller"}))
    assert (verdict.draft.title, verdict.draft.text, verdict.draft.metadata["maker"]) == ("Café", "für", "Müller")


def test_mojibake_stays_when_not_asked_for() -> None:
    assert text(EncodingStep(mojibake=False), "fÃ¼r") == "fÃ¼r"


def test_lost_characters_are_counted_and_runs_shortened() -> None:
    verdict = EncodingStep().apply(Draft("t", "many words here and \ufffd\ufffd\ufffd there"))
    assert verdict.draft.text == "many words here and \ufffd there"
    assert any("3 characters were lost" in note.message for note in verdict.notes)


def test_a_text_that_is_mostly_lost_is_rejected() -> None:
    verdict = EncodingStep().apply(Draft("t", "ab\ufffd\ufffd\ufffd"))
    assert verdict.action == "reject"
    assert verdict.reason.startswith("60% of the text was lost")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Caf&eacute; &amp; bar &#8211; &#x4F60;", "Café & bar – 你"),
        ("&amp;amp;eacute;", "é"),
        ("a &lt;script&gt; b", "a &lt;script&gt; b"),
        ("`&eacute;` https://x.org/?a=1&copy;=2", "`&eacute;` https://x.org/?a=1&copy;=2"),
        ("AT&T, R&D; &unknown;", "AT&T, R&D; &unknown;"),
        ("a&#0;b&#12;c&#124;d", "a&#0;b&#12;c&#124;d".replace("&#0;", "\ufffd")),
    ],
)
def test_entities_are_decoded_where_they_make_no_markup(given: str, expected: str) -> None:
    assert text(ENTITIES, given) == expected


def test_entities_stay_when_not_asked_for() -> None:
    assert text(EncodingStep(), "caf&eacute;") == "caf&eacute;"
