"""Words of a message by what they do: content, acknowledgement, type nouns. English and Chinese."""

from __future__ import annotations

import re
from functools import lru_cache

from retrieval.stop_words import CHINESE_STOP_WORDS, ENGLISH_STOP_WORDS
from retrieval.terms import folded, segmented, terms

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_][\w'’-]*|\d[\w.-]*")
_ASKING_WORDS = """
    what who whom whose when where why how which many much long often far please tell explain describe give show
    find list help want need know think mean like more else anything something thing things really just also then ok
    okay yes no sure well got thank thanks possible true example examples information details detail summary happen
    happens happened use used using get make does do did can could would should i'm i've don't doesn't what's who's
    it's that's let's specific specifically exactly actually any other others another same different kind kinds type
    types good best better great new old first next last main important called name names said say says
"""
_ASKING = frozenset(_ASKING_WORDS.split())


def has_chinese(text: str) -> bool:
    """Whether `text` is written in Chinese: one character is enough."""
    return _HAN.search(text) is not None


def content_words(text: str) -> list[str]:
    """The English words of `text` that name something, folded, in order: no stop words, no words that only ask."""
    words = (match[0].replace("’", "'") for match in _WORD.finditer(folded(text)))
    return [word for word in words if word not in ENGLISH_STOP_WORDS and word not in _ASKING and len(word) > 1]


@lru_cache(maxsize=10_000)
def term_set(text: str) -> frozenset[str]:
    """The terms of `text` as lexical search knows them."""
    return frozenset(terms(text).split())


_NO_NOUNS = (
    "周边 附近 旁边 里 里面 评分 电话 地址 价格 在 有 没有 是 的 都 还 也 呢 吗 要 能 "
    "可以 多少 什么 怎么 到 和 与 来 去 又 就 才 最 太 很 真 一般 大概 大约 几点 门票 营业"
)
_NO_NOUN = frozenset(_NO_NOUNS.split())


def next_noun(text: str, start: int) -> str:
    """The Chinese word that follows at `start`, "" where it does not name a kind of thing."""
    match = re.match(r"[\u3400-\u9fff]{1,8}", text[start:])
    if match is None:
        return ""
    word = segmented(match[0])[0]
    return "" if word in _NO_NOUN or word in CHINESE_STOP_WORDS or len(word) > 4 else word


_COURTESY = re.compile(
    r"\A(?:(?:嗯+|好+的?(?:呀|啊|吧|哒|嘞)?|好嘞|可以(?:可以)?(?:的|呀|啊|吧)?|行(?:啊|吧|的)?|是(?:吗|啊|的|哈)|哦|噢|收到|知道了|我知道了|记下了|记住了|不错(?:哦|啊|呢)?|"
    r"太好了|太棒了|真不错|谢谢(?:你|您)?|多谢|明白了?|了解了?|没问题|那好吧|那好|那行|也行(?:啊)?|没事|挺好(?:的|啊)?|真的吗|请问)[，,。.！!？?、\s~～]*)+"
)


def without_courtesies(text: str) -> str:
    """`text` without the words that only acknowledge what was said before; all of it where nothing else is in it."""
    return text[match.end() :] if (match := _COURTESY.match(text)) and match.end() < len(text) else text
