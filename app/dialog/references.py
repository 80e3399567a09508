"""How a message leans on what was said before: references ("it", "该酒店") with their places, and ellipsis. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from app.dialog.words import content_words, has_chinese, next_noun

Number = Literal["one", "many"]


@dataclass(frozen=True, slots=True)
class Reference:
    """Words at `start` to `end` that stand for something said before.

    `noun` is what they call it ("hotel" in "this hotel", "" for "it"); `owner` when they mean what belongs to it
    ("its", "它的"); `person` when they stand for somebody ("she").
    """

    start: int
    end: int
    number: Number = "one"
    noun: str = ""
    owner: bool = False
    person: bool = False


_PRONOUN = re.compile(
    r"\b(?P<word>it's|it|its|itself|they're|they|them|their|theirs|these|those|he|she|him|his|her|hers|this|that|ones?|"
    r"the (?:former|latter|first one|second one|last one))\b",
    re.IGNORECASE,
)
_DETERMINER = re.compile(
    r"\b(?P<which>this|that|these|those|the same|such an?|said|the above)\s+"
    r"(?P<noun>(?:(?!and\b|or\b|is\b|was\b|are\b|were\b|mean|does\b|do\b|did\b|can\b|will\b|would\b|should\b|have\b|has\b|"
    r"to\b|for\b|in\b|on\b|at\b|of\b|with\b|from\b|by\b|as\b|you\b|i\b|we\b|he\b|she\b|they\b|it\b|not\b|also\b|all\b)[A-Za-z][\w-]*))",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\bis it (?:possible|true|worth|safe|necessary|ok|okay|legal|important|common|normal|better|easy|hard|difficult|"
    r"too late|a good)"
    r"|\bit (?:is|was|seems?|takes?|looks?|would be|will be|'s)\s+(?:\w+\s+){0,2}(?:that|to|like|for|when|if)\b"
    r"|\bit'?s (?:\w+\s+){0,2}(?:that|to)\b|\bit (?:rains?|snows?)\b|\bi (?:see|get|got) it\b|\bgot it\b"
    r"|\bdoes it take\b|\bthat's (?:fine|it|all|right|great|good|ok)\b",
    re.IGNORECASE,
)
_THIS_TIME = frozenset(
    [
        "year",
        "month",
        "week",
        "time",
        "morning",
        "evening",
        "afternoon",
        "way",
        "point",
        "moment",
        "day",
        "season",
        "reason",
    ]
)
_DEMONSTRATIVE = re.compile(
    r"(?:\A|\b(?:about|of|for|with|like|after|before|is|does|did|was|do|can|to|in|on|from|by|than|and|but|so|why|how|isn't|doesn't)\s+)\Z"
    r"|[.,;!?]\s*\Z",
    re.IGNORECASE,
)
_PLURAL = frozenset(["they", "they're", "them", "their", "theirs", "these", "those", "ones"])
_PERSONS = frozenset(["he", "she", "him", "his", "her", "hers"])
_OWNERS = frozenset(["its", "their", "his", "theirs", "hers"])

_CHINESE = re.compile(
    r"(?P<pronoun>[它他她](?P<plural>们)?(?P<house>家)?(?P<owner>的)?)"
    r"|(?P<which>这|那|该|此|本|上述|上面|刚才|刚刚|前面|同一)(?P<said>说的|提到的|推荐的|的)?(?P<many>些|几)?(?P<one>一)?"
    r"(?P<unit>家|个|款|台|件|种|处|座|间|条|份|部|项|位|所|套|只|辆|张|类)?"
    r"|(?P<place>这里|那里|这儿|那儿|这边|那边|此处|此地)"
)
_CHINESE_ONLY_DETERMINER = frozenset(("该", "此", "上述"))
_NOT_REFERENCES = re.compile(
    r"这样|那样|这么|那么|那就|那好|那行|那我|那你|那您|那太|那也|那还|那是|那有|那没|那能|那可|那麻烦|那请|那帮|那再|那请问|这是|那快|"
    r"这下|这次|那次|这时|那时|此时|此外|因此|如此|彼此|本来|本人|其他|其它|吉他|他们说|上面的菜|本周|本月|本年|应该|活该|那不"
)
_WHICH_OF_THEM = re.compile(
    r"哪(?:一)?(?:家|个|款|台|种|处|间|些|几)|其中|第[一二三四五12345]个|最后一个"
    r"|(?:在|从)[^，。？！,]{0,4}周边[^，。？！,]{0,5}(?:里|中|给|找|推荐)|周边[^，。？！,]{0,4}[里中]"
)
_WHICH_OF_THEM_ENGLISH = re.compile(
    r"\bwhich (?:one|of (?:them|these|those|the))\b"
    r"|\b(?:among|between|out of|one of) (?:them|these|those|the two)\b"
    r"|\bthe (?:first|second|third|last|cheapest|best) (?:one|option)\b",
    re.IGNORECASE,
)


def asks_which(text: str) -> bool:
    """Whether the message chooses among several things named before ("which of them", "这些酒店中哪家")."""
    return (_WHICH_OF_THEM if has_chinese(text) else _WHICH_OF_THEM_ENGLISH).search(text) is not None


def references(text: str) -> list[Reference]:
    """The words of `text` that stand for something said before it, in order; [] where it has what they mean itself."""
    return _chinese(text) if has_chinese(text) else _english(text)


def _chinese(text: str) -> list[Reference]:
    skipped = [match.span() for match in _NOT_REFERENCES.finditer(text)]
    found: list[Reference] = []
    for match in _CHINESE.finditer(text):
        start, end = match.span()
        if any(first <= start < last and match["unit"] is None and not match["many"] for first, last in skipped):
            continue
        if match["pronoun"]:
            number: Number = "many" if match["plural"] else "one"
            found.append(Reference(start, end, number, owner=bool(match["owner"])))
        elif match["place"]:
            found.append(Reference(start, end))
        elif match["unit"] or match["many"] or match["which"] in _CHINESE_ONLY_DETERMINER or match["said"]:
            noun = next_noun(text, end)
            if noun or match["unit"] == "家" or match["many"]:
                found.append(Reference(start, end + len(noun), "many" if match["many"] else "one", noun))
    return found


def _english(text: str) -> list[Reference]:
    expletive = [match.span() for match in _EXPLETIVE.finditer(text)]

    def counts(match: re.Match[str]) -> bool:
        return not any(first <= match.start() < last for first, last in expletive)

    found = [
        Reference(*match.span(), _number(match["which"]), match["noun"].lower())
        for match in _DETERMINER.finditer(text)
        if counts(match) and match["noun"].lower() not in _THIS_TIME and _is_demonstrative(text, match)
    ]
    for match in _PRONOUN.finditer(text):
        word = match["word"].lower()
        inside = any(one.start <= match.start() < one.end for one in found)
        if inside or not counts(match) or (word in {"this", "that"} and not _is_demonstrative(text, match)):
            continue
        if word in {"one", "ones"} and not re.search(
            r"\b(?:create|get|have|make|buy|need|use|find|open|apply for|want|that|this|another|a new)\s+\Z",
            text[: match.start()],
            re.IGNORECASE,
        ):
            continue
        if not _has_antecedent(text[: match.start()]):
            end = match.start() + 2 if word == "it's" else match.start() + 4 if word == "they're" else match.end()
            found.append(
                Reference(
                    match.start(),
                    end,
                    _number(word),
                    "",
                    word in _OWNERS or (word == "her" and _owns(text, end)),
                    word in _PERSONS,
                )
            )
    return sorted(found, key=lambda one: one.start)


def _number(word: str) -> Number:
    return "many" if word.lower() in _PLURAL else "one"


def _owns(text: str, end: int) -> bool:
    return re.match(r"\s+[a-z]", text[end:]) is not None


def _is_demonstrative(text: str, match: re.Match[str]) -> bool:
    """ "that" also joins clauses: it points back at the beginning of one, or after a preposition or a verb."""
    word = match[0].split()[0].lower()
    return (
        word not in {"this", "that", "such"}
        or word == "this"
        or _DEMONSTRATIVE.search(text[: match.start()]) is not None
    )


def _has_antecedent(before: str) -> bool:
    """Whether the same message says enough before a pronoun to be what it means."""
    clause = re.split(r"[?!]\s|\.\s", before)
    return len(content_words(clause[-1])) >= 2 or (len(clause) > 1 and len(content_words(before)) >= 4)
