"""The stand-alone question without a language model: what a message asks when nothing before it is known.

Retrieval is the judge twice. It says which names the conversation used (`app.dialog.mentions`), and it decides
between a short message as it stands and the same message with its topic: the better question is the one on whose best
passage the search by meaning and the search by words agree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from app.dialog.chinese import Chinese
from app.dialog.english import English
from app.dialog.grammar import Grammar, Reference
from app.dialog.mentions import Mention, find_mentions, focus, is_a, is_person, listed
from app.dialog.session import Session, Turn
from app.dialog.unresolved import unresolved
from retrieval.model import Passage, Question
from retrieval.terms import has_chinese


class Judge(Protocol):
    """Searches a candidate question."""

    async def __call__(self, text: str, *, in_words: bool = False) -> Sequence[Passage]:
        """Some twenty passages, best first, scores from 0 to 1; found by words only where `in_words`."""


JUDGED_PASSAGES = 20
"""How many passages a judge is asked for."""

_SEARCHED_CHARACTERS = 800
_LONGEST_LEANING = 400
"""A longer message says itself what it is about."""
_CONTEXT_TURNS = 3
_BETTER = 0.05
"""By how much a question with its topic must be agreed on more than the message as it stands."""

_ENGLISH, _CHINESE = English(), Chinese()


@dataclass(frozen=True, slots=True)
class _Known:
    """What a message may lean on.

    `mentions` are the names of the conversation, the latest turn's first; `own` those of the message itself, in its
    order; `before` is the question before it, "" for none.
    """

    mentions: list[Mention]
    own: list[Mention]
    before: str


async def standalone(session: Session, asked: str, judge: Judge) -> Question:
    """The question that `asked` is after the turns of `session`; itself where it needs nothing from them.

    At most four searches: three side by side, a fourth to decide about a short message. `Question.context` holds
    what the user asked before, for the search to weigh.

    Raises:
        UnavailableError: what `judge` asks does not answer.
    """
    turns = session.current
    before = asked_before(session)
    if len(asked) > _LONGEST_LEANING:
        return Question(asked, context=before)
    if not before or not asked.strip():
        return Question(asked, unresolved=unresolved(asked, _said(turns)))
    alone, *around = await _searched(asked, _around(turns), judge)
    passages = [passage for found in (*around, alone) for passage in found]
    latest = next(turn for turn in reversed(turns) if turn.role == "user" and turn.text.strip())
    known = _Known(
        find_mentions(turns, passages), find_mentions([Turn("user", asked)], alone), latest.question or latest.text
    )
    grammar: Grammar = _CHINESE if has_chinese(asked) else _ENGLISH
    resolved = _resolved(asked, known, grammar) or await _with_topic(asked, known, grammar, alone, judge)
    if resolved and resolved != asked:
        return Question(resolved, context=before)
    return Question(asked, context=_about(known.own, before), unresolved=unresolved(asked, _said(turns)))


def _about(own: Sequence[Mention], before: Sequence[str]) -> tuple[str, ...]:
    """Of what was asked before, what is about a thing that the message names itself; all where it names none."""
    names = [one.name.casefold() for one in own]
    return tuple(said for said in before if not names or any(name in said.casefold() for name in names))


def _said(turns: Sequence[Turn]) -> str:
    """Everything that was said before."""
    return "\n".join(turn.text for turn in turns)


def asked_before(session: Session) -> tuple[str, ...]:
    """The user's last messages, oldest first; () where the conversation has just begun."""
    said = (turn.text for turn in session.current if turn.role == "user" and turn.text.strip())
    return tuple(said)[-_CONTEXT_TURNS:]


async def _searched(asked: str, around: Sequence[str], judge: Judge) -> list[Sequence[Passage]]:
    """What `judge` finds for each text, side by side; where one fails, the others are not left running.

    What was said before is searched by its words, for the names in it: to embed a reply takes as long as all else.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(judge(asked))]
            tasks += [group.create_task(judge(text, in_words=True)) for text in around]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


def _around(turns: Sequence[Turn]) -> list[str]:
    """What is searched to learn the names: the last reply, and the exchange before it."""
    replies = [turn.text for turn in turns if turn.role in {"assistant", "agent"} and turn.text.strip()]
    asked = [turn.text for turn in turns if turn.role == "user"]
    before = [*replies[-2:-1], asked[-1]] if replies else asked[-_CONTEXT_TURNS:]
    texts = [*replies[-1:], " ".join(before)]
    return [text[:_SEARCHED_CHARACTERS] for text in texts if text.strip()]


def _resolved(asked: str, known: _Known, grammar: Grammar) -> str:
    """`asked` with names for the words that stand for them; "" where no rule fits."""
    referring = grammar.references(asked)
    if known.own:
        referring = [one for one in referring if one.start < known.own[0].start]
        return _substituted(asked, known, grammar) or _named(asked, referring, known, grammar) or asked
    among = listed(known.mentions) if grammar.asks_which(asked) else []
    if among and not any(one.number == "many" for one in referring):
        return grammar.about(grammar.joined([one.name for one in among]), asked)
    return _named(asked, referring, known, grammar) or _definite(asked, known, grammar)


def _substituted(asked: str, known: _Known, grammar: Grammar) -> str:
    """The question before with another name in it ("What does the X-200 weigh?" "And the X-300?"); "" for none."""
    if not (part := grammar.fragment(asked)) or len(known.own) != 1:
        return ""
    own = known.own[0]
    if len(part) > len(own.article + own.name) + 1:
        return ""
    for one in _standing(known):
        start = one.start - len(one.article)
        return f"{known.before[:start]}{part}{known.before[one.end :]}"
    return ""


def _standing(known: _Known) -> list[Mention]:
    """The names that stand in the question before, with their places in it."""
    before = known.before.casefold()
    names = {one.name: one for one in known.mentions}
    places = {name: before.find(name.casefold()) for name in names}
    return [
        replace(names[name], start=at, end=at + len(name), article="the " if before[:at].endswith("the ") else "")
        for name, at in places.items()
        if at >= 0
    ]


def _named(asked: str, referring: Sequence[Reference], known: _Known, grammar: Grammar) -> str:
    for reference in referring:
        if (name := _meant(reference, known, grammar)) and (question := grammar.put(asked, reference, name)):
            return question
    return ""


def _meant(reference: Reference, known: _Known, grammar: Grammar) -> str:
    """The name of what a reference stands for; "" when nothing fits."""
    if reference.ordinal:
        entries = listed(known.mentions)
        at = reference.ordinal - 1 if reference.ordinal > 0 else len(entries) - 1
        return entries[at].name if 0 <= at < len(entries) else ""
    if reference.number == "many" and (several := listed(known.mentions, reference.noun)):
        return grammar.joined([one.name for one in several])
    fitting = focus(known.mentions, reference.noun)
    if fitting is None or (reference.person and not is_person(fitting)):
        return ""
    return fitting.article + fitting.name


def _definite(asked: str, known: _Known, grammar: Grammar) -> str:
    """`asked` with the name of the thing that a bare noun of it means ("酒店有早餐吗"); "" where none does."""
    for start, noun in grammar.bare_nouns(asked):
        meant = focus([one for one in known.mentions if is_a(noun, one)])
        if meant is not None:
            return grammar.put(asked, Reference(start, start + len(noun)), meant.name)
    return ""


async def _with_topic(asked: str, known: _Known, grammar: Grammar, alone: Sequence[Passage], judge: Judge) -> str:
    """`asked` as a question about what was talked about, where retrieval likes it better; "" where it does not."""
    topic = focus(known.mentions)
    if topic is None or not grammar.is_elliptic(asked):
        return ""
    question = grammar.about(topic.name, asked)
    return question if _agreed(await judge(question)) > _agreed(alone) + _BETTER else ""


def _agreed(passages: Sequence[Passage]) -> float:
    """The score of the best passage: 1 where both searches put it first."""
    return passages[0].score if passages else 0.0
