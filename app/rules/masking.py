"""A text with everything masked that a verdict says."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from app.rules.model import Verdict
from app.rules.personal_data import masked
from ingestion.cleaning.patterns import compile_pattern


def masked_by(verdict: Verdict, text: str, language: str = "en") -> str:
    """`text` with what the `mask` actions of `verdict` name replaced: personal data first, then patterns in order.

    Of a pattern with a group only the first group is replaced, by the pattern's name in brackets.
    """
    text = masked(text, verdict.names("mask"), language)
    for fired in verdict.of("mask"):
        for name, pattern in fired.action.patterns.items():
            text = _without(text, name, pattern)
    return text


def _without(text: str, name: str, pattern: str) -> str:
    compiled = _compiled(pattern)
    group = 1 if compiled.groups else 0
    pieces, at = [], 0
    for match in compiled.finditer(text):
        start, end = match.span(group)
        if at <= start < end:
            pieces += [text[at:start], f"[{name}]"]
            at = end
    return "".join([*pieces, text[at:]])


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    return compile_pattern(pattern)
