"""The stand-alone question without a language model: what a message asks when nothing before it is known.

Retrieval is the judge twice. It says which names the conversation used (`app.dialog.mentions`), and it decides
between a short message as it stands and the same message with its topic: the better question is the one on whose best
passage the search by meaning and the search by words agree.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from app.dialog.mentions import Mention, find_mentions, focus, is_a, listed, names_in
from app.dialog.references import Reference, asks_which, references
from app.dialog.session import Session, Turn
from app.dialog.unresolved import unresolved
from app.dialog.words import content_words, has_chinese, without_courtesies
from retrieval.model import Passage, Question
from retrieval.terms import identifiers

Judge = Callable[[str], Awaitable[Sequence[Passage]]]
"""Searches a candidate question: some twenty passages, best first, scores from 0 to 1."""

JUDGED_PASSAGES = 20
"""How many passages a judge is asked for."""
_SEARCHED_CHARACTERS = 800
_CONTEXT_TURNS = 3
_PLAIN_WORDS = 3
"""A question of more content words than this, which refers to nothing, is taken as it stands."""
_BETTER = 0.05
_THING = re.compile(r"[A-Za-z]{1,6}[-_.]?\d[\w-]*|\d{5,}")
"""Identifiers that stand for one thing; not measures ("6ft"), ordinals ("17th") or addresses."""
_BARE_NOUN = re.compile(
    r"(?P<noun>[\u3400-\u9fff]{2,4}?)(?=(?:的)?(?:周边|附近|旁边|地址|电话|评分|价格|营业|门票|位置|联系|人均|里面|设施|服务)|是否|有没有|提供|在哪|怎么|几点|多少钱)"
)
_ASKED_FOR = re.compile(r"(?:什么|哪些|哪个|哪家|其他|其它|别的|一个|一家|几个|几家|有|些|的)\Z")
_NEW_WISH = re.compile(
    r"(?:找|推荐|介绍|选|安排|订|换|想去|想要|想吃|要去)[^，。？！,]{0,8}(?:一|1|个|家|下一)|(?:再|重新|另外)[^，。？！,]{0,6}(?:找|推荐|换)|想[^，。？！,]{0,6}(?:找|去|吃)"
)
_FOLLOWS_UP = re.compile(r"\A\W*(?:and|or|but|so|also|then|what about|how about|why not|any|what if)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the conversation gives: names, identifiers (both latest first), and what the user asked before."""

    mentions: list[Mention]
    identifiers: list[str]
    asked_before: tuple[str, ...]


async def standalone(session: Session, asked: str, judge: Judge) -> Question:
    """The question that `asked` is after the turns of `session`; itself where it needs nothing from them.

    At most four searches: three side by side, a fourth to decide about a short message. `Question.context` holds
    what the user asked before, for the search to weigh.
    """
    turns = session.current
    text = " ".join(asked.split())
    said = "\n".join(turn.text for turn in turns)
    if not any(turn.role == "user" for turn in turns):
        return Question(text or asked, unresolved=unresolved(text, said))
    alone, *around = await asyncio.gather(judge(text), *(judge(one) for one in _around(turns)))
    known = _Known(
        find_mentions(turns, [passage for found in (*around, alone) for passage in found]),
        _identifiers(turns),
        tuple(turn.text for turn in turns if turn.role == "user" and turn.text.strip())[-_CONTEXT_TURNS:],
    )
    resolved = await _resolved(text, known, alone, judge)
    return Question(resolved, context=known.asked_before, unresolved=unresolved(text, said) if resolved == text else "")


def _around(turns: Sequence[Turn]) -> list[str]:
    """What is searched to learn the names: the last reply, and the exchange before it."""
    replies = [turn.text for turn in turns if turn.role in {"assistant", "agent"} and turn.text.strip()]
    asked = [turn.text for turn in turns if turn.role == "user"]
    before = [*replies[-2:-1], asked[-1]] if replies else asked[-_CONTEXT_TURNS:]
    texts = [*replies[-1:], " ".join(before)]
    return [one[:_SEARCHED_CHARACTERS] for one in texts if one.strip()]


def _identifiers(turns: Sequence[Turn]) -> list[str]:
    """The identifiers of the latest turns that name a thing ("SO-1042", "E14"), as they were written, latest first."""
    found: list[str] = []
    for turn in list(reversed(turns))[:6]:
        for folded in identifiers(turn.text):
            match = re.search(re.escape(folded), turn.text, re.IGNORECASE)
            if match and _THING.fullmatch(match[0]):
                found.append(match[0])
    return list(dict.fromkeys(found))


async def _resolved(text: str, known: _Known, alone: Sequence[Passage], judge: Judge) -> str:
    if names_in(text, alone) or identifiers(text):
        return text
    referring = references(text)
    if asks_which(text) and (among := listed(known.mentions, _noun(referring))):
        return _about(
            "、".join(one.name for one in among) if has_chinese(text) else ", ".join(one.name for one in among), text
        )
    for reference in referring:
        name = _meant(reference, known)
        if name:
            return _replaced(text, reference, name)
    if has_chinese(text):
        return _chinese_ellipsis(text, known)
    topic = _topic(known)
    if topic and _may_be_elliptic(text):
        candidate = _about(topic, text)
        if _agreed(await judge(candidate)) > _agreed(alone) + _BETTER:
            return candidate
    return text


def _noun(referring: Sequence[Reference]) -> str:
    return next((one.noun for one in referring if one.noun), "")


def _meant(reference: Reference, known: _Known) -> str:
    """The name of what a reference stands for; "" when nothing fits."""
    if reference.number == "many":
        several = listed(known.mentions, reference.noun)
        if several:
            return (
                "、".join(one.name for one in several)
                if has_chinese(several[0].name)
                else ", ".join(one.name for one in several)
            )
    fitting = focus(known.mentions, reference.noun)
    if fitting is None and reference.noun and not has_chinese(reference.noun):
        fitting = focus(known.mentions)
    if fitting is not None:
        return fitting.name
    return known.identifiers[0] if known.identifiers and not reference.person else ""


def _topic(known: _Known) -> str:
    mention = focus(known.mentions)
    if mention is not None:
        return mention.name
    return known.identifiers[0] if known.identifiers else ""


def _replaced(text: str, reference: Reference, name: str) -> str:
    """`text` with the name where the reference stood."""
    before, behind = text[: reference.start], text[reference.end :]
    if has_chinese(text):
        return without_courtesies(before) + name + ("的" if reference.owner else "") + behind
    return f"{before}{name}{'’s' if reference.owner else ''}{behind}"


def _about(topic: str, text: str) -> str:
    return f"{topic}：{without_courtesies(text)}" if has_chinese(text) else f"{topic}: {text}"


def _chinese_ellipsis(text: str, known: _Known) -> str:
    """A Chinese message without a reference: a bare noun that the focus is ("酒店的电话"), or nothing at all."""
    if _NEW_WISH.search(text):
        return text
    for match in _BARE_NOUN.finditer(text):
        for length in range(len(match["noun"]), 1, -1):
            noun = match["noun"][-length:]
            start = match.end() - length
            meant = focus([one for one in known.mentions if is_a(noun, one)])
            if meant is not None and not _ASKED_FOR.search(text[:start]):
                return without_courtesies(text[:start]) + meant.name + text[match.end() :]
    topic = _topic(known)
    return _about(topic, text) if topic else text


def _may_be_elliptic(text: str) -> bool:
    return len(content_words(text)) <= _PLAIN_WORDS or _FOLLOWS_UP.match(text) is not None


def _agreed(passages: Sequence[Passage]) -> float:
    """The score of the best passage: 1 where both searches put it first."""
    return passages[0].score if passages else 0.0
