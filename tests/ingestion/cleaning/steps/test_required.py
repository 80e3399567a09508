from __future__ import annotations

from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.required import RequiredStep


def test_missing_fields_are_named() -> None:
    verdict = RequiredStep(("title", "text", "price", "maker")).apply(Draft("  ", "Price: 5"))
    assert (verdict.action, verdict.reason) == ("reject", "missing: title, maker")


def test_a_field_may_stand_in_metadata_or_in_the_text() -> None:
    draft = Draft("t", "价格：5", metadata={"maker": "x", "empty": " "})
    assert RequiredStep(("价格", "maker")).apply(draft).action == "keep"
    assert RequiredStep(("empty",), "drop").apply(draft).action == "drop"
