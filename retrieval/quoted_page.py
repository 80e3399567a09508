"""A passage as the quoting model reads it: its sentences, what must be read together, and how it is said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from retrieval.citations import is_chinese
from retrieval.evidence import ScoredSentence
from retrieval.lines import LineKind, header_of, line_around, line_kind, plain, row_as_fields, speaker_of
from retrieval.model import Passage
from retrieval.terms import identifiers, term_set

_MOST_ITEMS = 10
_PROSE = frozenset({"text", "message"})
_ITEMS = frozenset({"step", "bullet", "field"})
_SHORT_LINE = 120
"""A longer field or row says itself what it is about."""
_LEANS_BACK = re.compile(
    r"\W*(?:it|its|this|these|that|those|they|their|he|she|however|otherwise|therefore|then|but|instead|if so|for this|"
    r"in (?:this|that) case|after that|the same)\b"
    r"|\W*(?:它|该|此|这|那|其|但|否则|因此|所以|同时|另外|届时|如需|之后|然后|不过)",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?。！？；…][\"'”’)\]」』）】]*\Z")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage with the line on which it stands."""

    scored: ScoredSentence
    text: str
    kind: LineKind
    line: tuple[int, int]


class QuotedPage:
    """One passage as its sentences, in order; `number` counts from 1."""

    def __init__(self, number: int, passage: Passage, scored: Sequence[ScoredSentence]) -> None:
        self.number, self.passage = number, passage
        self.sentences = [self._read(one) for one in sorted(scored, key=lambda one: one.start)]

    def _read(self, one: ScoredSentence) -> Sentence:
        text = self.passage.text
        first, last = line_around(text, one.start, one.end)
        return Sentence(one, text[one.start : one.end], line_kind(text[first:last]), (first, last))

    @cached_property
    def subject(self) -> str:
        """What the passage is about, for lines that do not say it themselves."""
        return plain(self.passage.title or self.passage.heading.rpartition(" > ")[2])

    @cached_property
    def _opened_by(self) -> str:
        """Who wrote the first message of a thread; "" where the passage holds none."""
        return next((speaker for line in self.passage.text.splitlines() if (speaker := speaker_of(line))), "")

    def echoes(self, at: int, asked: frozenset[str]) -> bool:
        """Whether a sentence of prose says no more than the terms `asked`: it answers nothing ("ERROR E14")."""
        said = term_set(self.sentences[at].text)
        return self.sentences[at].kind == "text" and bool(said) and said <= asked

    def answers(self, at: int, asked: frozenset[str]) -> int:
        """The sentence behind an echo, where there is one; else `at`."""
        return at + 1 if self.echoes(at, asked) and at + 1 < len(self.sentences) else at

    def asks(self, at: int) -> bool:
        """Whether a sentence stands in a message of the one who opened the thread."""
        one = self.sentences[at]
        return one.kind == "message" and speaker_of(self.passage.text[slice(*one.line)]) == self._opened_by

    def _reply_to(self, at: int) -> int:
        """Where a message asks, the first sentence of the next message by somebody else; else `at`."""
        if not self.asks(at):
            return at
        replies = (
            number
            for number in range(at + 1, len(self.sentences))
            if self.sentences[number].kind == "message" and not self.asks(number)
        )
        return next(replies, at)

    def run(self, at: int, *, whole_list: bool, explains: bool, most: int) -> tuple[int, int]:
        """First and last of the sentences that must be read together with number `at`.

        Where the answer `explains` something, prose goes on behind it as long as `most` characters allow.
        """
        at = self._reply_to(at)
        first = last = at
        if self.sentences[at].kind == "heading":
            first, last = self._below(at)
        elif self.sentences[at].kind in {"step", "bullet"} and whole_list:
            first, last = self._list(at)
        elif self.sentences[at].text.rstrip().endswith((":", "：")):
            last = self._list(at + 1)[1] if at + 1 < len(self.sentences) else at
        elif self._leans_back(at):
            first = at - 1
        if explains and self.sentences[last].kind in _PROSE:
            first -= int(first == at and self._goes_back(at))
            last = self._going_on(first, last, most)
        return first, last

    def _leans_back(self, at: int) -> bool:
        """Whether a sentence of prose is understood only after the one before it."""
        both_prose = at and self.sentences[at].kind == self.sentences[at - 1].kind == "text"
        return bool(both_prose) and _LEANS_BACK.match(self.sentences[at].text) is not None

    def _goes_back(self, at: int) -> bool:
        """Whether the sentence before is about the same thing, by its number."""
        if not at or self.sentences[at].kind != "text" or self.sentences[at - 1].kind != "text":
            return False
        return bool(set(identifiers(self.sentences[at].text)) & set(identifiers(self.sentences[at - 1].text)))

    def _changes_subject(self, first: int, at: int) -> bool:
        """Whether a sentence names things by their numbers, and none that the first one names."""
        names = set(identifiers(self.sentences[first].text))
        others = set(identifiers(self.sentences[at].text))
        return bool(names and others and not names & others)

    def _going_on(self, first: int, last: int, most: int) -> int:
        """The last sentence of the paragraph that still fits."""
        begin = self.sentences[first].scored.start
        while last + 1 < len(self.sentences):
            following = self.sentences[last + 1]
            gap = self.passage.text[self.sentences[last].scored.end : following.scored.start]
            if following.kind != self.sentences[last].kind or following.scored.end - begin > most:
                break
            if "\n\n" in gap or self._changes_subject(first, last + 1):
                break
            last += 1
        return last

    def _below(self, at: int) -> tuple[int, int]:
        """What stands under a heading: a paragraph's first sentences, or a list."""
        first = at + 1
        if first >= len(self.sentences) or self.sentences[first].kind == "heading":
            return at, at
        if self.sentences[first].kind in {"step", "bullet", "field", "row"}:
            return first, self._list(first)[1]
        return first, min(first + 1, len(self.sentences) - 1)

    def _list(self, at: int) -> tuple[int, int]:
        """The items around `at`, with the line that leads to them."""
        kind = self.sentences[at].kind
        kinds = _ITEMS if kind in _ITEMS else {"row", "rule"} if kind == "row" else {kind}
        first = last = at
        while first and self.sentences[first - 1].kind in kinds and at - first < _MOST_ITEMS:
            first -= 1
        while last + 1 < len(self.sentences) and self.sentences[last + 1].kind in kinds and last - first < _MOST_ITEMS:
            last += 1
        leads = first and self.sentences[first - 1].text.rstrip().endswith((":", "："))
        return first - 1 if leads else first, last

    def words(self, first: int, last: int) -> str:
        """The sentences from `first` to `last` with what they stand under."""
        texts = [one.text for one in self.sentences[first : last + 1]]
        return "\n".join([self.passage.title, self.passage.heading, *texts])

    def told(self, first: int, last: int) -> list[str]:
        """The sentences from `first` to `last` as they are said, each with its marker."""
        said: list[str] = []
        names_subject = any(one.kind in {"field", "row"} for one in self.sentences[first : last + 1])
        if names_subject and self.subject and last > first:
            said.append(f"{self.subject}{'：' if is_chinese(self.subject) else ':'}\n")
        alone = first == last
        told = [
            self.sentences[at]
            for at in range(first, last + 1)
            if alone or not (self.sentences[at].kind in {"rule", "heading"} or self.is_header(at))
        ]
        return [*said, *(self._said(one, alone=alone) for one in told)]

    def is_header(self, at: int) -> bool:
        """Whether a row holds the names of a table's columns."""
        return (
            self.sentences[at].kind == "row" and at + 1 < len(self.sentences) and self.sentences[at + 1].kind == "rule"
        )

    def _said(self, one: Sentence, *, alone: bool) -> str:
        marker = f"[{self.number}]"
        if one.kind == "row":
            words = row_as_fields(one.text, header_of(self.passage.text, one.line[0]))
        else:
            words = plain(one.text)
        chinese = is_chinese(words)
        if one.kind in {"field", "row"}:
            short = len(words) <= _SHORT_LINE
            if alone and short and self.subject and self.subject.casefold() not in words.casefold():
                words = f"{self.subject}{'：' if chinese else ' – '}{words}"
            return f"{words if alone else f'- {words}'}{'' if chinese else ' '}{marker}\n"
        if one.kind in {"step", "bullet"} and not alone:
            mark = "" if one.kind == "step" else "- "
            return f"{mark}{words}{'' if chinese else ' '}{marker}\n"
        if one.text.rstrip().endswith((":", "：")):
            return f"{words}\n"
        if one.kind == "message":
            return f"{words}{'' if chinese else ' '}{marker}\n"
        if not _ENDS.search(words):
            return f"{words} {marker}\n"
        return f"{words}{marker}" if chinese else f"{words} {marker} "
