"""Facts that follow from the texts: found out with lists and patterns of the rules where they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.rules.facts import BY_NAME, Facts
from app.rules.model import Rules
from app.rules.numbers import unsupported_numbers
from app.rules.personal_data import kinds_in, unsupported_kinds
from app.rules.words import WordLists
from ingestion.cleaning.languages import detect_language
from ingestion.cleaning.patterns import compile_pattern


@dataclass(frozen=True, slots=True)
class Features:
    """The compiled word lists and patterns of one set of rules."""

    words: WordLists
    patterns: Mapping[str, Any]

    @classmethod
    def of(cls, rules: Rules) -> Features:
        """Those of `rules`.

        Raises:
            ValueError: a pattern is not valid RE2.
        """
        compiled = {name: compile_pattern(pattern) for name, pattern in rules.patterns.items()}
        return cls(WordLists(rules.lists), compiled)

    def derive(self, wanted: frozenset[str], facts: Facts) -> dict[str, Any]:
        """`facts` with those derived ones of `wanted` that nobody gave."""
        complete = dict(facts)
        for name in sorted(wanted):
            if name not in complete and BY_NAME[name].derived:
                complete[name] = _DERIVE[name](self, facts)
        return complete

    def fitting(self, text: str) -> list[str]:
        """Names of the patterns that fit somewhere in `text`, in order."""
        return sorted(name for name, pattern in self.patterns.items() if pattern.search(text) is not None)


def _sources(facts: Facts) -> list[str]:
    """What an answer may take its words and numbers from: the passages, and what was asked."""
    return [*facts["passages"], facts["text"]]


def _unsupported_words(features: Features, facts: Facts) -> list[str]:
    return sorted(features.words.named_in(facts["answer"], facts["passages"]))


def _unsupported_prices(_: Features, facts: Facts) -> int:
    return sum(number.price for number in unsupported_numbers(facts["answer"], _sources(facts)))


_DERIVE: Mapping[str, Callable[[Features, Facts], Any]] = {
    "language": lambda _, facts: detect_language(facts["text"]),
    "length": lambda _, facts: len(facts["text"]),
    "words": lambda features, facts: sorted(features.words.named_in(facts["text"])),
    "patterns": lambda features, facts: features.fitting(facts["text"]),
    "personal_data": lambda _, facts: sorted(kinds_in(facts["text"])),
    "answer_language": lambda _, facts: detect_language(facts["answer"]),
    "answer_length": lambda _, facts: len(facts["answer"]),
    "answer_words": lambda features, facts: sorted(features.words.named_in(facts["answer"])),
    "answer_patterns": lambda features, facts: features.fitting(facts["answer"]),
    "answer_personal_data": lambda _, facts: sorted(kinds_in(facts["answer"])),
    "unsupported_words": _unsupported_words,
    "unsupported_personal_data": lambda _, facts: sorted(unsupported_kinds(facts["answer"], _sources(facts))),
    "unsupported_numbers": lambda _, facts: len(unsupported_numbers(facts["answer"], _sources(facts))),
    "unsupported_prices": _unsupported_prices,
}
