"""What a conversation named: identifiers, and titles of passages that stand in its turns.

No list of names is needed: searching with the turns themselves gives the passages they may be about, and a title (or
its main part) that stands in a turn word for word is a name the conversation used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.dialog.session import Turn
from retrieval.model import Passage
from retrieval.terms import has_chinese, segmented, term_set

_RECENT_TURNS = 8
_TURN_CHARACTERS = 2000
_MOST_NAMES = 5
_LONGEST_NAME = 40
_SHARE_OF_TERMS = 0.6
_ABOUT_CHARACTERS = 4000
_KIND_CHARACTERS = 1500

_PARTS = re.compile(r"\s+[|–—·-]\s+|\s*[|:：]\s*")
_BRACKETS = re.compile(r"\s*[(（\[【][^)）\]】]*[)）\]】]\s*\Z")
_ARTICLE = re.compile(r"\bthe\s+\Z", re.IGNORECASE)
_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Za-z]*[-_/.]?\d[A-Za-z0-9_/-]*")
"""An identifier as people write it: "X-200", "ORD-20391"."""
_NUMBER = re.compile(r"(?<![\w.,])\d{5,}(?![\w.,]\d)", re.ASCII)
"""A number that names one thing, "order 20391", when the user gives it."""
_NOUN_BEFORE = re.compile(r"\b[A-Za-z]+\s+\Z")
_PERSON = re.compile(r"\b(?:he|she|his|her|him)\b|(?<!其)他|她", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name used in a turn. `turn` counts back from the latest (0); `start` and `end` are its place in that turn.

    `about` is the text of its passages, "" where there is none; `listed` when its turn names several; `article` is
    "the " where the name was said with it.
    """

    name: str
    turn: int
    start: int
    end: int
    role: str
    about: str = ""
    listed: bool = False
    article: str = ""


def find_mentions(turns: Sequence[Turn], passages: Iterable[Passage]) -> list[Mention]:
    """The names in the latest turns, the latest turn's first and in the order of its text."""
    about: dict[str, str] = {}
    for passage in passages:
        if title := " ".join(passage.title.split()):
            about[title] = f"{about.get(title, '')}\n{passage.kind}\n{passage.text}"[:_ABOUT_CHARACTERS]
    found: list[Mention] = []
    for back, whole in enumerate(list(reversed(turns))[:_RECENT_TURNS]):
        turn = replace(whole, text=whole.text[:_TURN_CHARACTERS])
        kept = _without_inner([*_titles(turn, back, about), *_identifiers(turn, back, about)])
        found += [replace(one, listed=len(kept) > 1) for one in kept]
    return found


def is_a(noun: str, mention: Mention) -> bool:
    """Whether `noun` says what the mentioned thing is: in its name, or in its passage (Chinese: as a whole field)."""
    if has_chinese(noun):
        field = rf"(?:[：:；;\n]|\A)\s*{re.escape(noun)}\s*(?:[；;\n，。]|\Z)"
        return noun in mention.name or re.search(field, mention.about) is not None
    singular = noun.casefold().removesuffix("s")
    text = f"{mention.name}\n{mention.about[:_KIND_CHARACTERS]}".casefold()
    return re.search(rf"\b{re.escape(singular)}s?\b", text) is not None


def is_person(mention: Mention) -> bool:
    """Whether the passages about it speak of somebody."""
    return _PERSON.search(mention.about) is not None


def focus(mentions: Sequence[Mention], noun: str = "") -> Mention | None:
    """What the conversation is about now: the latest thing named on its own that `noun` fits ("" fits all).

    A list that a reply gave does not move the focus until the user takes something from it; with nothing else
    named, its first entry is meant.
    """
    fitting = [one for one in mentions if not noun or is_a(noun, one)]
    return next((one for one in fitting if not one.listed), None) or next(iter(fitting), None)


def listed(mentions: Sequence[Mention], noun: str = "") -> list[Mention]:
    """The latest several things named together that `noun` fits; at most five."""
    for turn in dict.fromkeys(one.turn for one in mentions):
        together = [one for one in mentions if one.turn == turn and one.listed and (not noun or is_a(noun, one))]
        if together:
            return together[:_MOST_NAMES]
    return []


def _titles(turn: Turn, back: int, about: Mapping[str, str]) -> list[Mention]:
    lowered = turn.text.lower()
    found = (_title(title, turn, lowered, back) for title in about)
    return [replace(one, about=text) for one, text in zip(found, about.values(), strict=True) if one is not None]


def _title(title: str, turn: Turn, lowered: str, back: int) -> Mention | None:
    for form in _forms(title):
        at = _find(form, turn.text) if form.lower() in lowered else -1
        if at >= 0:
            whole = has_chinese(title) and len(title) <= _LONGEST_NAME and _BRACKETS.sub("", title) == form
            article = "the " if _ARTICLE.search(turn.text[:at]) else ""
            name = title if whole else form
            return Mention(name, back, at, at + len(form), turn.role, article=article)
    if turn.role == "user" and not has_chinese(title):
        return _loosely(title, turn, back)
    return None


@lru_cache(maxsize=10_000)
def _forms(title: str) -> list[str]:
    """The title, and its parts that may be used as a name, the longest first."""
    plain = _BRACKETS.sub("", title)
    parts = sorted((part.strip() for part in _PARTS.split(plain)), key=len, reverse=True)
    return [form for form in dict.fromkeys([title, plain, *parts]) if _may_be_name(form)]


def _may_be_name(form: str) -> bool:
    """Two Chinese characters, two English words, or one English word that is long, or holds a digit."""
    if has_chinese(form):
        return len(form) > 1
    if len(form.split()) > 1:
        return len(form) > 4
    return (len(form) > 3 and form[0].isupper()) or (len(form) > 2 and any(one.isdigit() for one in form))


def _find(form: str, text: str) -> int:
    """Where `form` stands in `text` as whole words, -1 for nowhere; a single English word keeps its capital."""
    before = r"(?<![A-Za-z0-9_])" if form[0].isascii() else ""
    behind = r"(?![A-Za-z0-9_])" if form[-1].isascii() else ""
    single = " " not in form and not has_chinese(form)
    match = re.search(f"{before}{re.escape(form)}{behind}", text, 0 if single else re.IGNORECASE)
    return match.start() if match else -1


def _loosely(title: str, turn: Turn, back: int) -> Mention | None:
    """A title most of whose words the user said, in another order or form ("mls all star game")."""
    main = _PARTS.split(_BRACKETS.sub("", title))[0]
    wanted = term_set(main)
    shared = wanted & term_set(turn.text)
    if len(main) > 2 * _LONGEST_NAME or len(shared) < 2 or len(shared) < _SHARE_OF_TERMS * len(wanted):
        return None
    return Mention(main, back, len(turn.text), len(turn.text), turn.role)


def _identifiers(turn: Turn, back: int, about: Mapping[str, str]) -> list[Mention]:
    """Identifiers in a turn; a bare number only in a user's, with the noun before it."""
    places = [match.span() for match in _CODE.finditer(turn.text)]
    for match in _NUMBER.finditer(turn.text) if turn.role == "user" else ():
        noun = _noun_before(turn.text[: match.start()])
        places.append((match.start() - len(noun), match.end()))
    found = []
    for start, end in places:
        name = turn.text[start:end]
        article = "the " if _ARTICLE.search(turn.text[:start]) else ""
        known = "".join(text for title, text in about.items() if name in title)
        found.append(Mention(name, back, start, end, turn.role, known, article=article))
    return found


def _noun_before(text: str) -> str:
    if has_chinese(text[-1:]):
        word = segmented(text[-6:])[-1]
        return word if len(word) > 1 else ""
    match = _NOUN_BEFORE.search(text)
    return match[0] if match else ""


def _without_inner(mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions that do not lie inside, or name again, another one, in the order of the text."""
    kept: list[Mention] = []
    for one in sorted(mentions, key=lambda one: (one.start, -one.end)):
        if not any(one.end <= other.end or (one.start == one.end and other.name in one.name) for other in kept):
            kept.append(one)
    return kept
