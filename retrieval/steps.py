"""Numbered steps as evidence: alone they share few words with the question, together they are the way to do it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retrieval.lines import line_kind
from retrieval.model import Passage
from retrieval.question_words import action_terms, names_in
from retrieval.terms import folded, term_set

_WORTH, _WORTH_FOR_OTHERS = 0.6, 0.45
"""What a step scores at least, where its passage holds the names of the question and where it does not."""
TOLD_ELSEWHERE = 0.3
"""What is left of the score of a step that is not about the thing in question."""


class Steps:
    """The steps in `passages` that tell how to do what the question asks."""

    def __init__(self, question: str, passages: Sequence[Passage]) -> None:
        self._action = action_terms(question)
        self._names = names_in(question)
        headed = (one.document_id for one in passages if any(map(self._is_about, _headings(one.text))))
        self._told_apart = frozenset(headed) if self._names else frozenset()

    def worth(self, passage: Passage) -> dict[int, float]:
        """Where the line of each such step begins in the passage → what it scores at least, 0..1.

        The title or heading must name what is to be done. Where a heading of the document names the things that the
        question names, they are told of there and nowhere else: 0 for steps elsewhere.
        """
        if not self._action & term_set(f"{passage.title}\n{passage.heading}"):
            return {}
        whole = folded(f"{passage.title}\n{passage.heading}\n{passage.text}")
        worth = _WORTH if all(name in whole for name in self._names) else _WORTH_FOR_OTHERS
        apart = passage.document_id in self._told_apart
        return {at: 0.0 if apart and not self._is_about(section) else worth for at, section in _sections(passage.text)}

    def _is_about(self, heading: str) -> bool:
        return all(name in heading for name in self._names)


def _sections(text: str) -> Iterator[tuple[int, str]]:
    """Where each step begins, and the heading that it stands under, folded."""
    at, section = 0, ""
    for line in text.splitlines(keepends=True):
        kind = line_kind(line.rstrip("\n"))
        section = folded(line) if kind == "heading" else section
        if kind == "step":
            yield at, section
        at += len(line)


def _headings(text: str) -> Iterator[str]:
    """The headings of a passage, folded."""
    return (folded(line) for line in text.splitlines() if line_kind(line) == "heading")
