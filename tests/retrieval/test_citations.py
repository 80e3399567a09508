"""Claims are bound to the exact words of the version shown, or taken out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.citations import bind
from tests.retrieval.passages import passage

SPECS = (
    "# Piccola\n\nThe Piccola weighs 9 kg. It holds 1.5 litres of water.\n\n"
    "- Price: 1,290.00 EUR\n- Warranty: 24 months"
)
RETURNS = "Unused machines may be returned within 30 days. The buyer pays for shipping."
SHOWN = [passage(SPECS, start=100, title="Piccola", heading=""), passage(RETURNS, "d2", title="Returns", heading="")]
CHINESE = [passage("皮科拉重9公斤，水箱容量1.5升。整机质保24个月。", title="皮科拉", language="zh", heading="")]


def test_a_quoted_sentence_is_cited_at_its_place() -> None:
    bound = bind("The Piccola weighs 9 kg. [1]", SHOWN)
    [citation] = bound.citations
    assert bound.text == "The Piccola weighs 9 kg. [1]"
    assert citation.quote == "The Piccola weighs 9 kg."
    assert SPECS[citation.start - 100 : citation.end - 100] == citation.quote
    assert (citation.document_id, citation.version, citation.marker) == ("d1", 3, 1)


def test_markers_are_numbered_in_the_order_of_first_use() -> None:
    said = "Unused machines may be returned within 30 days. [2] The Piccola weighs 9 kg. [1] It holds 1.5 litres. [1]"
    bound = bind(said, SHOWN)
    assert [one.marker for one in bound.citations] == [1, 2, 3]
    assert [one.document_id for one in bound.citations] == ["d2", "d1", "d1"]
    assert "30 days. [1]" in bound.text


def test_the_same_words_are_cited_under_one_marker() -> None:
    bound = bind("The Piccola weighs 9 kg. [1]\nThe Piccola weighs 9 kg. [1]", SHOWN)
    assert len(bound.citations) == 1
    assert bound.text.count("[1]") == 2


def test_a_paraphrase_is_bound_to_the_sentences_that_support_it() -> None:
    bound = bind("You can return an unused machine within 30 days, and shipping is paid by the buyer. [2]", SHOWN)
    [citation] = bound.citations
    assert citation.quote == RETURNS


def test_a_claim_without_a_marker_finds_its_source() -> None:
    assert [one.document_id for one in bind("The Piccola weighs 9 kg.", SHOWN).citations] == ["d1"]


def test_a_wrong_marker_is_put_right() -> None:
    assert [one.document_id for one in bind("The Piccola weighs 9 kg. [2]", SHOWN).citations] == ["d1"]


@pytest.mark.parametrize(
    "claim",
    [
        "The Piccola weighs 12 kg. [1]",
        "It can be returned within 90 days. [2]",
        "The moon is made of cheese. [1]",
        "It costs 1,390 EUR. [9]",
    ],
)
def test_what_no_passage_supports_is_taken_out_and_listed(claim: str) -> None:
    bound = bind(f"The Piccola weighs 9 kg. [1] {claim}", SHOWN)
    assert bound.text == "The Piccola weighs 9 kg. [1]"
    assert bound.unsupported == (claim.rsplit(" [", 1)[0],)


def test_numbers_are_the_same_in_other_forms_and_may_be_the_askers() -> None:
    assert bind("The price is 1290 EUR. [1]", SHOWN).citations
    assert not bind("For 3 machines the price is 1290 EUR each. [1]", SHOWN).citations
    assert bind("For 3 machines the price is 1290 EUR each. [1]", SHOWN, "What do 3 machines cost?").citations


def test_what_leads_to_a_list_needs_no_source() -> None:
    bound = bind("Here is what I found:\n- Price: 1,290.00 EUR [1]\n- Warranty: 24 months [1]", SHOWN)
    assert bound.text.startswith("Here is what I found:\n- Price: 1,290.00 EUR [1]")
    assert [one.quote for one in bound.citations] == ["- Price: 1,290.00 EUR", "- Warranty: 24 months"]


def test_chinese_claims_are_bound_to_chinese_sentences() -> None:
    bound = bind("皮科拉的质保是24个月。[1]水箱容量为1.5升。[1]", CHINESE)
    assert [one.quote for one in bound.citations] == ["整机质保24个月。", "皮科拉重9公斤，水箱容量1.5升。"]
    assert bound.text == "皮科拉的质保是24个月。[1]水箱容量为1.5升。[2]"


def test_a_line_in_two_languages_is_bound_to_itself() -> None:
    """Its few Chinese characters do not make it a claim from another language."""
    text = "# Order SO-1\n\n- Status (订单状态): shipped\n- Total: 104.13 EUR"
    bound = bind("Status (订单状态): shipped [1]", [passage(text)])
    assert [one.quote for one in bound.citations] == ["- Status (订单状态): shipped"]


def test_across_languages_numbers_must_agree() -> None:
    assert bind("皮科拉重9公斤。[1]", SHOWN).citations
    assert bind("皮科拉重12公斤。[1]", SHOWN).citations == ()


@given(st.text(max_size=300), st.text(min_size=1, max_size=300))
def test_every_quotation_is_the_text_at_its_place(answer: str, text: str) -> None:
    bound = bind(f"{answer} {text[:40]} [1]", [passage(text, start=5)])
    for citation in bound.citations:
        assert citation.quote == text[citation.start - 5 : citation.end - 5]
        assert citation.quote
        assert f"[{citation.marker}]" in bound.text
