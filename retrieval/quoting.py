"""The quoting model: answers with the sentences that carry the answer, without any language model.

It takes the best sentences across the passages, with what they need to be understood (the sentence before a pronoun,
the list behind a colon, the names of a table's columns), leaves out what says the same again, and cites each.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from retrieval.citations import is_chinese
from retrieval.claims import markers_of, without_markers
from retrieval.evidence import Evidence, Gather, ScoredSentence
from retrieval.lines import LineKind, header_of, line_around, line_kind, plain, row_as_fields
from retrieval.llm import Generation, Piece, TextPiece, Usage
from retrieval.model import Passage, Question
from retrieval.prompt import Prompt
from retrieval.question_words import asked_kind, content_terms, is_yes_no
from retrieval.terms import folded, identifiers, term_set

_ALSO, _ALSO_A_FACT = 0.8, 0.93
"""How near to the best sentence a further one must come, in general and where one fact is asked for."""
_MOST_STATEMENTS = 3
_MOST_CHARACTERS = {"en": 520, "zh": 220}
_EXPLANATION = {"en": 380, "zh": 150}
_SAME = 0.6
_OTHER_LANGUAGE = 0.75
_MOST_ITEMS = 10
_ITEMS = frozenset({"step", "bullet", "field"})
_SHORT_LINE = 120
"""A longer field or row says itself what it is about."""
_WHOLE_RECORD = frozenset({"", "place", "way"})
"""Kinds of questions that a whole record answers: where an order is, what is known of a ticket."""
_FEWEST_FIELDS, _FEW_TERMS = 2, 4
_LEANS_BACK = re.compile(
    r"\W*(?:it|its|this|these|that|those|they|their|he|she|however|otherwise|therefore|then|but|instead|if so|for this|"
    r"in (?:this|that) case|after that|the same)\b"
    r"|\W*(?:它|该|此|这|那|其|但|否则|因此|所以|同时|另外|届时|如需|之后|然后|不过)",
    re.IGNORECASE,
)
_ONE_THING = re.compile(
    r"\bwhich\b|\bwhat(?:'s| is| are) the (?:name|title|colou?r)\b|哪|叫什么|什么(?:名字|颜色|类型)", re.IGNORECASE
)
_PARTS = re.compile(
    r",?\s+and\s+(?=(?:what|how|when|where|who|which)\b)|[，；;]\s*"
    r"(?=(?:怎么|多少|什么|如何|哪|价格|是否|有没有)|.{0,12}(?:怎么|多少|什么时候))",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?。！？；…][\"'”’)\]」』）】]*\Z")
_LISTS = re.compile(r"\b(?:which|what|list|all)\b|哪些|哪几|有什么|包括|清单|列出", re.IGNORECASE)


class QuotingModel:
    """Answers from the passages of the prompt alone; `gather` scores their sentences."""

    name = "quoting"

    def __init__(self, gather: Gather) -> None:
        self._gather = gather

    async def stream(self, prompt: Prompt, options: Generation) -> AsyncGenerator[Piece]:
        """The answer in pieces of one statement; nothing of `options` matters here."""
        del options
        first, *further = question_parts(prompt.question)
        evidence = await self._gather(Question(first), prompt.passages)
        said = compose(first, prompt.language, prompt.passages, evidence)
        for part in further:
            said += await self._also(part, said, prompt)
        for statement in said:
            yield TextPiece(statement)
        yield Usage(0, 0, 0, "stop")

    async def _also(self, part: str, said: Sequence[str], prompt: Prompt) -> list[str]:
        """What answers a further part of the question, of the documents that the answer so far rests on."""
        numbers = markers_of("".join(said))
        documents = {prompt.passages[number - 1].document_id for number in numbers[:1]}
        subject = next((one.title for one in prompt.passages if one.document_id in documents), "")
        question = f"{subject}: {part}"
        evidence = await self._gather(Question(question), prompt.passages)
        own = [one for one in evidence.sentences if prompt.passages[one.passage].document_id in documents]
        found = compose(question, prompt.language, prompt.passages, replace(evidence, sentences=tuple(own)))
        if not found or any(without_markers(one).strip() in "".join(said) for one in found[:1]):
            return []
        return found if not said or said[-1].endswith("\n") else ["\n", *found]


def question_parts(question: str) -> list[str]:
    """The questions that stand in one ("Which fits, and what does it cost?"), in order; at least one."""
    return [part for part in _PARTS.split(question) if part.strip()] or [question]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of a passage with the line on which it stands."""

    scored: ScoredSentence
    text: str
    kind: LineKind
    line: tuple[int, int]


class _Page:
    """One passage as its sentences, in order; `number` counts from 1."""

    def __init__(self, number: int, passage: Passage, scored: Sequence[ScoredSentence]) -> None:
        self.number, self.passage = number, passage
        self.sentences = [self._read(one) for one in sorted(scored, key=lambda one: one.start)]

    def _read(self, one: ScoredSentence) -> _Sentence:
        text = self.passage.text
        first, last = line_around(text, one.start, one.end)
        return _Sentence(one, text[one.start : one.end], line_kind(text[first:last]), (first, last))

    @cached_property
    def subject(self) -> str:
        """What the passage is about, for lines that do not say it themselves."""
        return plain(self.passage.title or self.passage.heading.rpartition(" > ")[2])

    def run(self, at: int, *, whole_list: bool, explains: bool, most: int) -> tuple[int, int]:
        """First and last of the sentences that must be read together with number `at`.

        Where the answer `explains` something, prose goes on behind it as long as `most` characters allow.
        """
        first = last = at
        if self.sentences[at].kind == "heading":
            first, last = self._below(at)
        elif self.sentences[at].kind in {"step", "bullet"} and whole_list:
            first, last = self._list(at)
        elif self.sentences[at].text.rstrip().endswith((":", "：")):
            last = self._list(at + 1)[1] if at + 1 < len(self.sentences) else at
        elif self._leans_back(at):
            first = at - 1
        if explains and self.sentences[last].kind == "text":
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

    def _going_on(self, first: int, last: int, most: int) -> int:
        """The last sentence of the paragraph that still fits."""
        begin = self.sentences[first].scored.start
        while last + 1 < len(self.sentences):
            following = self.sentences[last + 1]
            gap = self.passage.text[self.sentences[last].scored.end : following.scored.start]
            if following.kind != "text" or "\n\n" in gap or following.scored.end - begin > most:
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
            if alone or not (self.sentences[at].kind in {"rule", "heading"} or self._is_header(at))
        ]
        return [*said, *(self._said(one, alone=alone) for one in told)]

    def _is_header(self, at: int) -> bool:
        """Whether a row holds the names of a table's columns."""
        return (
            self.sentences[at].kind == "row" and at + 1 < len(self.sentences) and self.sentences[at + 1].kind == "rule"
        )

    def _said(self, one: _Sentence, *, alone: bool) -> str:
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
        if not _ENDS.search(words):
            return f"{words} {marker}\n"
        return f"{words}{marker}" if chinese else f"{words} {marker} "


def compose(question: str, language: str, passages: Sequence[Passage], evidence: Evidence) -> list[str]:
    """The statements of the answer, best first, in the form of an answer to be bound; [] where there is no sentence."""
    pages = [
        _Page(number, passage, [one for one in evidence.sentences if one.passage == number - 1])
        for number, passage in enumerate(passages, 1)
    ]
    chosen = "zh" if language == "zh" else "en"
    kind = asked_kind(question)
    explains = kind == "way" or not (kind or is_yes_no(question) or _ONE_THING.search(question))
    ranked = _ranked(pages, language, 1.0 if explains else 0.5)
    if not ranked:
        return []
    if kind in _WHOLE_RECORD and (record := _record(question, pages[ranked[0][1].number - 1])):
        return record
    whole_list = kind == "way" or _LISTS.search(question) is not None
    best = ranked[0][0]
    also = _ALSO if explains or not kind else _ALSO_A_FACT
    said: list[str] = []
    known: list[frozenset[str]] = []
    for score, page, at in ranked:
        if score < also * best or len(known) == _MOST_STATEMENTS:
            break
        first, last = page.run(at, whole_list=whole_list, explains=explains, most=_EXPLANATION[chosen])
        told = page.told(first, last)
        own = term_set(" ".join(told))
        long = sum(map(len, said)) + sum(map(len, told)) > _MOST_CHARACTERS[chosen]
        if not own or any(_likeness(own, other) > _SAME for other in known) or (said and long):
            continue
        known.append(own)
        said += _parted(said, told)
    return said


def _record(question: str, page: _Page) -> list[str]:
    """All fields of the record that the question names by its number and asks nothing special of; [] for none."""
    title = folded(page.passage.title)
    named = [name for name in identifiers(question) if name in title]
    fields = [at for at, one in enumerate(page.sentences) if one.kind == "field"]
    if not named or len(fields) < _FEWEST_FIELDS or len(content_terms(question)) > _FEW_TERMS + len(named):
        return []
    return page.told(fields[0], fields[-1])


def _parted(before: Sequence[str], told: list[str]) -> list[str]:
    """A list begins on a line of its own."""
    begins_list = told[0].endswith("\n") and before and not before[-1].endswith("\n")
    return ["\n", *told] if begins_list else told


def _ranked(pages: Sequence[_Page], language: str, heading: float) -> list[tuple[float, _Page, int]]:
    """Every sentence that says something, best first; one in the asker's language before its like in another.

    `heading` is how much a heading counts, which stands for what is under it.
    """
    found = []
    for page in pages:
        for at, one in enumerate(page.sentences):
            if one.kind != "rule" and any(character.isalnum() for character in one.text):
                same = is_chinese(one.text) == (language == "zh")
                weight = (1.0 if same else _OTHER_LANGUAGE) * (heading if one.kind == "heading" else 1.0)
                found.append((weight * one.scored.score, page, at))
    return sorted(found, key=lambda one: (-one[0], one[1].number, one[2]))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of the smaller set's terms that the other holds too."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0
