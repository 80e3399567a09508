"""What a conversation named: titles of passages that stand in its turns, found by searching with the turns themselves.

No list of names is needed: retrieval gives the passages that a turn may be about, and a title (or its main part)
that stands in the turn word for word is a name the conversation used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.dialog.session import Turn
from app.dialog.words import has_chinese, term_set
from retrieval.model import Passage

_RECENT_TURNS = 8
_PARTS = re.compile(r"\s+[|–—·-]\s+|\s*[|:：]\s*")
_BRACKETS = re.compile(r"\s*[(（\[【][^)）\]】]*[)）\]】]\s*\Z")
_BOUNDARY = re.compile(r"\w", re.ASCII)
_SHARE_OF_TERMS = 0.6
_MOST_NAMES = 5
_LONG_REPLY = 400
"""A longer reply names many things in passing: only what the user took up counts then."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name used in a turn. `turn` counts back from the latest (0), `start` is its place in that turn's text.

    `about` is the text of its passages, to tell what kind of thing it is; `listed` when its turn names several.
    """

    name: str
    turn: int
    start: int
    end: int
    role: str
    about: str
    listed: bool = False


def find_mentions(turns: Sequence[Turn], passages: Iterable[Passage]) -> list[Mention]:
    """The names in the latest turns, the latest turn's first and in the order of its text."""
    about: dict[str, str] = {}
    for passage in passages:
        title = " ".join(passage.title.split())
        if title:
            about[title] = f"{about.get(title, '')}\n{passage.kind}\n{passage.text}"[:4000]
    found: list[Mention] = []
    for back, turn in enumerate(list(reversed(turns))[:_RECENT_TURNS]):
        within = [one for title, text in about.items() if (one := _mention(title, text, turn, back)) is not None]
        kept = _without_inner(within)
        found += [replace(one, listed=len(kept) > 1) for one in kept]
    return found


def names_in(text: str, passages: Iterable[Passage]) -> list[Mention]:
    """The names that a message itself uses."""
    return find_mentions([Turn("user", text)], passages)


def _mention(title: str, about: str, turn: Turn, back: int) -> Mention | None:
    text = turn.text
    for form in _forms(title):
        at = _find(form, text)
        if at >= 0:
            name = title if has_chinese(title) and form != title and _is_unbroken(title) else text[at : at + len(form)]
            return Mention(form if form == title else name, back, at, at + len(form), turn.role, about)
    if turn.role == "user" and not has_chinese(title):
        return _loosely(title, about, turn, back)
    return None


def _forms(title: str) -> list[str]:
    """The title, and its parts that may be used as a name, the longest first."""
    plain = _BRACKETS.sub("", title)
    parts = [part.strip() for part in _PARTS.split(plain)]
    forms = [title, plain, *sorted(parts, key=len, reverse=True)]
    return [form for form in dict.fromkeys(forms) if _may_be_name(form)]


def _may_be_name(form: str) -> bool:
    if has_chinese(form):
        return len(form) >= 2
    words = form.split()
    return (
        (len(words) > 1 and len(form) >= 5)
        or (any(c.isdigit() for c in form) and len(form) >= 3)
        or (form[:1].isupper() and len(form) >= 4)
    )


def _is_unbroken(title: str) -> bool:
    return len(title) <= 40


def _find(form: str, text: str) -> int:
    """Where `form` stands in `text` as whole words, -1 for nowhere; a single English word keeps its capital."""
    single = " " not in form and not has_chinese(form)
    where, wanted = (text, form) if single else (text.casefold(), form.casefold())
    if len(where) != len(text):
        where, wanted = text, form
    at = where.find(wanted)
    while at >= 0:
        before, behind = where[at - 1 : at], where[at + len(wanted) : at + len(wanted) + 1]
        if not (_BOUNDARY.match(before) and _BOUNDARY.match(wanted[0])) and not (
            _BOUNDARY.match(behind) and _BOUNDARY.match(wanted[-1])
        ):
            return at
        at = where.find(wanted, at + 1)
    return -1


def _loosely(title: str, about: str, turn: Turn, back: int) -> Mention | None:
    """A title most of whose words the user said, in another order or form ("mls all star game")."""
    main = _BRACKETS.sub("", title)
    wanted = term_set(main)
    if len(wanted) < 2 or len(main) > 80:
        return None
    shared = wanted & term_set(turn.text)
    if len(shared) < 2 or len(shared) / len(wanted) < _SHARE_OF_TERMS:
        return None
    return Mention(main, back, len(turn.text), len(turn.text), turn.role, about)


def _without_inner(mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions that do not lie inside a longer one, in the order of the text."""
    kept = [
        one
        for one in mentions
        if not any(
            other.start <= one.start and one.end <= other.end and other.end - other.start > one.end - one.start
            for other in mentions
        )
    ]
    return sorted(kept, key=lambda one: (one.start, one.end))


def is_a(noun: str, mention: Mention) -> bool:
    """Whether `noun` says what the mentioned thing is: in its name, or as a whole field of its passage."""
    said = noun.casefold()
    if has_chinese(noun):
        return (
            noun in mention.name
            or re.search(rf"(?:[：:；;\n]|\A)\s*{re.escape(noun)}\s*(?:[；;\n，。]|\Z)", mention.about) is not None
        )
    singular = said.removesuffix("s")
    return re.search(rf"\b{re.escape(singular)}s?\b", f"{mention.name}\n{mention.about[:1500]}".casefold()) is not None


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
