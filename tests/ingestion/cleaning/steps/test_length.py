from __future__ import annotations

import pytest

from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.length import LengthOptions


def test_spaces_do_not_count_and_limits_belong_to_the_range() -> None:
    step = LengthOptions(min=3, max=5).build()
    actions = [step.apply(Draft("t", text)).action for text in ("a b", "a b\f c", "abcde", "abcdef")]
    assert actions == ["drop", "keep", "keep", "reject"]


def test_what_happens_can_be_chosen() -> None:
    step = LengthOptions(min=3, max=5, too_short="reject", too_long="drop").build()
    assert step.apply(Draft("t", "")).reason == "too short: 0 characters, at least 3 are wanted"
    assert step.apply(Draft("t", "abcdef")).action == "drop"


def test_limits_that_exclude_every_text_are_refused() -> None:
    with pytest.raises(ValueError, match="max 2 is less than min 3"):
        LengthOptions(min=3, max=2).build()
