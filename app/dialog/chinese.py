"""Chinese: pronouns, demonstratives with measure words, ordinals, bare nouns, and messages without a subject."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.dialog.grammar import Number, Reference
from retrieval.stop_words import CHINESE_STOP_WORDS
from retrieval.terms import has_chinese, segmented

_ELLIPTIC_WORDS = 5
_LONGEST_NOUN = 4
_FRAGMENT_CHARACTERS = 16

_UNIT = "家个款台件种处座间条份部项位所套只辆张类本支块"
"""Measure words: 这+one of them is "this one"."""
_REFERENCE = re.compile(
    rf"""
      (?P<pronoun>(?:它|(?<![其吉])他|她)(?P<plural>们)?(?P<house>家)?(?P<owner>的)?)
    | 第(?P<ordinal>[一二三四五12345])[{_UNIT}] | (?P<last>最后)一?[{_UNIT}]
    | (?P<place>[这那][里儿边]|此[处地])
    | (?P<which>[这那]|上述|上面|前面|刚才|刚刚|同一)(?:说|提到|推荐|介绍)?(?P<said>的)?
      (?P<many>[些几])?一?(?P<unit>[{_UNIT}])?
    | (?:(?<![因如彼从至])此|(?<![应活我你您他她它们不还又就都也本那谁])该)(?P<formal>[{_UNIT}])?
    """,
    re.VERBOSE,
)
_ORDINALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}
_WHICH_OF_THEM = re.compile(rf"(?<!有)(?<!在)哪一?[{_UNIT}](?!人)|其中|[这那](?:些|几)[^，。？！,?!]{{0,6}}[里中]")

_PLACES = "里 里面 周边 附近 旁边"
_VERBS = "在 有 没有 是 要 能 可以 到 来 去"
_QUESTIONS = "多少 什么 怎么 怎样 几点 呢 吗"
_ADVERBS = "的 都 还 也 和 与 又 就 才 最 太 很 真 一般 大概 大约"
_NO_NOUNS = CHINESE_STOP_WORDS | frozenset(f"{_PLACES} {_VERBS} {_QUESTIONS} {_ADVERBS}".split())
"""What follows "这家" without naming a kind of thing."""
_NEW_WISH = re.compile(
    rf"""
      (?:找|推荐|介绍|选|安排|订|换|买|想要|需要|想去|想吃|想看)[^，。？！,?!]{{0,8}}(?:[一1几][{_UNIT}]|其他|其它|别的)
    | (?:找|推荐|介绍|选|挑|订|换|买|来)[{_UNIT}]
    | (?:再|重新|另外|换)[^，。？！,?!]{{0,6}}(?:找|推荐|介绍|[一1几][{_UNIT}])
    | 想再?(?:找|去|吃|买|要|看)
    """,
    re.VERBOSE,
)
"""The user wants another thing than those named."""
_INDEFINITE = re.compile(rf"(?:什么|哪些|其他|其它|别的|[哪一几两][{_UNIT}]|有没有|[有些])\Z")
"""What stands before a noun that means no thing in particular."""
_ACKNOWLEDGES = (
    "嗯+|哦|噢|好+|行|可以|是|对|收到|没问题|没事|不错|挺好|真的|太好了|太棒了|真不错|也行|也可以|那好|那行|多谢|请问"
    "|谢谢[你您]?|我?(?:知道|明白|了解|记下|记住)"
)
_OPENING = re.compile(rf"\A(?:(?:{_ACKNOWLEDGES})[的了吧呀啊嘞哦哈吗]{{0,2}}(?:[，,。.！!？?、\s~～]+|\Z)|请问)+")
_FRAGMENT = re.compile(r"\A(?:那么?|还有|然后)?[，,]?(?P<rest>[^，。？！,?!]+?)呢[？?。！!]?\Z")


class Chinese:
    """The rules of Chinese."""

    def references(self, text: str) -> list[Reference]:
        """See `Grammar.references`."""
        found = (_reference(text, match) for match in _REFERENCE.finditer(text))
        return [one for one in found if one is not None]

    def asks_which(self, text: str) -> bool:
        """See `Grammar.asks_which`."""
        return _WHICH_OF_THEM.search(text) is not None

    def is_elliptic(self, text: str) -> bool:
        """Few words beside the courtesies, and no wish for another thing."""
        words = [word for word in segmented(_without_opening(text)) if word.strip() and word not in CHINESE_STOP_WORDS]
        return not _NEW_WISH.search(text) and sum(len(word) > 1 for word in words) <= _ELLIPTIC_WORDS

    def bare_nouns(self, text: str) -> list[tuple[int, str]]:
        """Words that may mean a thing named before without a "this": "酒店有早餐吗"; [] for a new wish."""
        if _NEW_WISH.search(text):
            return []
        found, at = [], 0
        for word in segmented(text):
            if 1 < len(word) <= _LONGEST_NOUN and has_chinese(word) and not _INDEFINITE.search(text[:at]):
                found.append((at, word))
            at += len(word)
        return found

    def fragment(self, text: str) -> str:
        """See `Grammar.fragment`."""
        match = _FRAGMENT.match(_without_opening(text))
        return match["rest"].strip() if match and len(match["rest"]) <= _FRAGMENT_CHARACTERS else ""

    def put(self, text: str, reference: Reference, name: str) -> str:
        """See `Grammar.put`."""
        before, behind = text[: reference.start], text[reference.end :]
        return _without_opening(before + "\0").rstrip("\0") + name + ("的" if reference.owner else "") + behind

    def about(self, topic: str, text: str) -> str:
        """A fragment becomes "X的价格", everything else "X：有多重"."""
        part = self.fragment(text)
        return f"{topic}的{part}" if part else f"{topic}：{_without_opening(text)}"

    def joined(self, names: Sequence[str]) -> str:
        """See `Grammar.joined`."""
        return "、".join(names)


def _reference(text: str, match: re.Match[str]) -> Reference | None:
    start, end = match.span()
    if match["ordinal"] or match["last"]:
        return Reference(start, end, ordinal=_ORDINALS[match["ordinal"]] if match["ordinal"] else -1)
    if match["pronoun"]:
        number: Number = "many" if match["plural"] else "one"
        person = match["pronoun"][0] != "它" and not match["house"]
        return Reference(start, end, number, owner=bool(match["owner"]), person=person)
    if match["place"]:
        return Reference(start, end)
    noun = _noun(text, end)
    if match["unit"] or match["many"]:
        return Reference(start, end + len(noun), "many" if match["many"] else "one", noun)
    if match["formal"] or ((match["which"] is None or match["said"]) and len(noun) > 1):
        return Reference(start, end + len(noun), noun=noun)
    return None


def _noun(text: str, start: int) -> str:
    """The word that follows at `start`, "" where it does not name a kind of thing."""
    match = re.match(r"[\u3400-\u9fff]{1,8}", text[start:])
    word = segmented(match[0])[0] if match else ""
    return "" if word in _NO_NOUNS or len(word) > _LONGEST_NOUN else word


def _without_opening(text: str) -> str:
    """`text` without the words that only acknowledge what was said before; all of it where nothing else is in it."""
    match = _OPENING.match(text)
    return text[match.end() :] if match and match.end() < len(text) else text
