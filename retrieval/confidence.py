"""Whether what was found supports an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about a question: answer, refuse, or ask back.

    `confidence` is the calibrated probability, 0..1, that the passages support an answer. `reason` is one of
    "supported", "not_found", "weak_evidence", "ambiguous", "underspecified". `options`: for a question back, the
    distinct meanings, in the user's language.
    """

    kind: Literal["answer", "refuse", "clarify"]
    confidence: float
    reason: str
    options: tuple[str, ...] = ()
