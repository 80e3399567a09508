"""The quoting model: answers with the sentences that carry the answer, without any language model.

It takes the best sentences across the passages, with what they need to be understood (the sentence before a pronoun,
the list behind a colon, the names of a table's columns), leaves out what says the same again, and cites each.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from retrieval.citations import is_chinese
from retrieval.claims import markers_of, without_markers
from retrieval.evidence import Evidence, Gather
from retrieval.llm import Generation, Piece, TextPiece, Usage
from retrieval.model import Passage, Question
from retrieval.prompt import Prompt
from retrieval.question_words import asked_kind, content_terms, is_yes_no, labels_kind
from retrieval.quoted_page import QuotedPage
from retrieval.terms import folded, identifiers, term_set

_ALSO, _ALSO_A_FACT = 0.8, 0.93
"""How near to the best sentence a further one must come, in general and where one fact is asked for."""
_MOST_STATEMENTS = 3
_MOST_CHARACTERS = {"en": 520, "zh": 220}
_EXPLANATION = {"en": 380, "zh": 150}
_SAME = 0.6
_OTHER_LANGUAGE = 0.75
_ECHO = 0.5
"""A sentence that says no more than the question."""
_WHO_ASKED = 0.6
"""Who opened a thread asks; the others answer."""
_WHOLE_RECORD = frozenset({"", "place", "way"})
"""Kinds of questions that a whole record answers: where an order is, what is known of a ticket."""
_FEWEST_FIELDS, _FEW_TERMS = 2, 4
_ONE_THING = re.compile(
    r"\bwhich\b|\bwhat(?:'s| is| are) the (?:name|title|colou?r)\b|哪|叫什么|什么(?:名字|颜色|类型)", re.IGNORECASE
)
_PARTS = re.compile(
    r",?\s+and\s+(?=(?:what|how|when|where|who|which)\b)|[，；;]\s*"
    r"(?=(?:怎么|多少|什么|如何|哪|价格|是否|有没有)|.{0,12}(?:怎么|多少|什么时候))",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:what|which|how|when|where|who|why|is|are|do|does|did|can|could|may|must|should|will)\b"
    r"|怎|多少|什么|如何|哪|是否|有没有|吗|几|谁|为何|多久|能不能|可不可以",
    re.IGNORECASE,
)
"""A condition before the question ("after the cut it shows E22, how do I go on") is no question of its own."""
_FORBIDS = re.compile(
    r"\W*(?:do not|don't|never|you (?:must|may|should) not)\b|\W*(?:请勿|切勿|不要|禁止|严禁|不得)", re.IGNORECASE
)
_TERMS_OF_A_QUESTION = 2
_LISTS = re.compile(r"\b(?:which \w+s|what (?:are|\w+s are)|list|all)\b|哪些|哪几|有什么|包括|清单|列出", re.IGNORECASE)


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
        if not (labels_kind(asked_kind(part), found[0]) or term_set(found[0]) & set(content_terms(part))):
            return []
        return found if not said or said[-1].endswith("\n") else ["\n", *found]


def question_parts(question: str) -> list[str]:
    """The questions that stand in one ("Which fits, and what does it cost?"), in order; at least one."""
    first, *further = [part for part in _PARTS.split(question) if part.strip()] or [question]
    alone = _ASKS.search(first) or all(len(content_terms(part)) >= _TERMS_OF_A_QUESTION for part in further)
    return [first, *further] if alone else [question]


def compose(question: str, language: str, passages: Sequence[Passage], evidence: Evidence) -> list[str]:
    """The statements of the answer, best first, in the form of an answer to be bound; [] where there is no sentence."""
    pages = [
        QuotedPage(number, passage, [one for one in evidence.sentences if one.passage == number - 1])
        for number, passage in enumerate(passages, 1)
    ]
    chosen = "zh" if language == "zh" else "en"
    kind = asked_kind(question)
    explains = kind == "way" or not (kind or is_yes_no(question) or _ONE_THING.search(question))
    asked = frozenset(content_terms(question))
    ranked = _ranked(pages, language, asked, 1.0 if explains else 0.5)
    if not ranked:
        return []
    if kind in _WHOLE_RECORD and (record := _record(question, pages[ranked[0][1].number - 1])):
        return record
    whole_list = kind == "way" or _LISTS.search(question) is not None
    best = ranked[0][0]
    also = _ALSO if explains or not kind else _ALSO_A_FACT
    said: list[str] = []
    known: list[frozenset[str]] = []
    shown: set[tuple[int, int]] = set()
    asked_for = _named_by(question, ranked[0])
    for score, page, found in ranked:
        if said and (score < also * best or len(known) == _MOST_STATEMENTS or (kind == "way" and forbids(said))):
            break
        first, last = page.run(
            page.answers(found, asked), whole_list=whole_list, explains=explains, most=_EXPLANATION[chosen]
        )
        places = {(page.number, number) for number in range(first, last + 1)}
        if places & shown or (said and not asked_for <= set(identifiers(page.words(first, last)))):
            continue
        told = page.told(first, last)
        own = term_set(" ".join(told))
        long = sum(map(len, said)) + sum(map(len, told)) > _MOST_CHARACTERS[chosen]
        if not own or any(_likeness(own, other) > _SAME for other in known) or (said and long):
            continue
        known.append(own)
        shown |= places
        said += _parted(said, told)
    return said


def forbids(said: Sequence[str]) -> bool:
    """Whether what was said first tells not to do it: then it is not told how."""
    return bool(said) and _FORBIDS.match(said[0]) is not None


def _named_by(question: str, found: tuple[float, QuotedPage, int]) -> set[str]:
    """The numbers of things that both the question and its best sentence name: what is said further is about them."""
    _, page, at = found
    return set(identifiers(question)) & set(identifiers(page.sentences[at].text))


def _record(question: str, page: QuotedPage) -> list[str]:
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


def _ranked(
    pages: Sequence[QuotedPage], language: str, asked: frozenset[str], heading: float
) -> list[tuple[float, QuotedPage, int]]:
    """Every sentence that says something, best first; one in the asker's language before its like in another.

    `heading` is how much a heading counts, which stands for what is under it, as an echo of what is `asked` does.
    """
    found = []
    for page in pages:
        for at, one in enumerate(page.sentences):
            if one.kind != "rule" and not page.is_header(at) and any(character.isalnum() for character in one.text):
                same = is_chinese(one.text) == (language == "zh")
                weight = (1.0 if same else _OTHER_LANGUAGE) * (heading if one.kind == "heading" else 1.0)
                weight *= _ECHO if page.echoes(at, asked) else 1.0
                weight *= _WHO_ASKED if page.asks(at) else 1.0
                found.append((weight * one.scored.score, page, at))
    return sorted(found, key=lambda one: (-one[0], one[1].number, one[2]))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of the smaller set's terms that the other holds too."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0
