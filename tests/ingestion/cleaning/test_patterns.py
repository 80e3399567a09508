from __future__ import annotations

import pytest

from ingestion.cleaning.patterns import compile_pattern


def test_a_pattern_that_hangs_other_engines_does_not_hang_here() -> None:
    assert compile_pattern("(a+)+$").search("a" * 100_000 + "b") is None


@pytest.mark.parametrize("pattern", ["(?=x)x", r"(x)\1", "(", "x*", "y" * 2000])
def test_what_re2_cannot_do_safely_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        compile_pattern(pattern)
