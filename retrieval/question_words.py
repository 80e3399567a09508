"""What a question asks for: its content terms, its names, and the kind of thing that an answer must hold."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from retrieval.stop_words import CHINESE_STOP_WORDS
from retrieval.terms import folded, terms

AnswerKind = Literal["money", "time", "duration", "number", "person", "place", "contact", ""]

_ASKING = frozenset(
    "tell explain describ give show find list help want need know pleas think mean like anyth someth thing happen use get "
    "make exampl inform detail summar kind type question answer possibl anyon let see look say said ask call "
    "provid wonder regard discuss understand learn clarifi elabor".split()
)
_ASKING_CHINESE = (
    frozenset("什么 怎么 多少 哪些 哪里 如何 为什么 介绍 告诉 知道 是否 是不是 请问 几个 谁 吗".split())
    | CHINESE_STOP_WORDS
)
_NAME = re.compile(r"(?<![.?!:]\s)(?<!\A)\b[A-Z][\w-]*|\b\w*\d[\w.-]*\b")
_WORD = re.compile(r"[^\W\d_]+")
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"

_KINDS: tuple[tuple[AnswerKind, str], ...] = (
    ("money", r"\bhow much (?:is|are|does|do|will|would|did)\b(?!.*\b(?:weigh|water|time|hold)\b)|\b(?:cost|costs|price|prices|fee|fees|charge)\b|"
              r"多少钱|价格|价钱|售价|费用|收费|多贵|几块钱"),
    ("duration", r"\bhow (?:long|soon|often|quickly)\b|\bhow many (?:days|weeks|months|hours|minutes|years)\b|\bwarranty\b|"
                 r"多久|多长时间|几天|几个月|几年|几小时|多少天|保修期|质保"),
    ("time", r"\bwhen\b|\bwhat (?:time|date|day|year)\b|\bwhich (?:year|day|month)\b|\bdeadline\b|什么时候|何时|哪年|哪天|几点|哪一年|几月|时间|日期"),
    ("number", r"\bhow (?:many|much|big|large|far|tall|heavy|high|old|hot)\b|\bweigh|\bcapacity|\bsize\b|\bstock\b|多少|几个|几台|几升|多大|多重|多高|库存|重量"),
    ("contact", r"\b(?:phone|e-?mail|contact|telephone|fax)\b|电话|邮箱|联系方式|热线"),
    ("person", r"\bwho(?:se|m)?\b|谁|哪位|什么人"),
    ("place", r"\bwhere\b|\bwhich (?:city|country|place)\b|\baddress\b|哪里|哪儿|在哪|何处|地址|什么地方"),
)  # fmt: skip
_ASKS: tuple[tuple[AnswerKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS
)
_HOLDS: dict[AnswerKind, re.Pattern[str]] = {
    "money": re.compile(
        r"(?:[$€£¥￥]|\b(?:EUR|USD|CNY|GBP|RMB|CHF)\b)\s?\d|\d[\d.,]*\s?(?:[$€£¥￥]|(?:EUR|USD|CNY|GBP|RMB|CHF|euros?|dollars?|cents)\b|元|块|欧元|美元)"
        r"|\bfree of charge\b|免费", re.IGNORECASE),
    "time": re.compile(
        rf"\b(?:1[5-9]|20)\d\d\b|\b(?:{_MONTHS})[a-z]*\.?\s+\d|\b\d{{1,2}}(?::\d\d|\s?[ap]\.?m\b)|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day"
        r"|\d\s?[年月日号点时]|周[一二三四五六日]|星期", re.IGNORECASE),
    "duration": re.compile(
        r"\b(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|several)[- ](?:\w+[- ])?"
        r"(?:second|minute|hour|day|week|month|year)s?\b|\b(?:daily|weekly|monthly|yearly|annually|24/7)\b"
        r"|[\d一二三四五六七八九十两半几]\s?个?(?:秒|分钟|小时|天|日|周|星期|月|年|工作日)", re.IGNORECASE),
    "number": re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million)\b|[一二三四五六七八九十百千万两]", re.IGNORECASE),
    "person": re.compile(r"\b[A-Z][a-z]+\s+(?:[A-Z]\.?\s+)?[A-Z][a-z]+|[\u4e00-\u9fff]{2,4}(?:先生|女士|经理|老师|工程师|主任|教授)"),
    "place": re.compile(r"\b(?:in|at|on|near|to|from|of)\s+(?:the\s+)?[A-Z][a-z]+|\d+\s+[A-Z]\w+\s+(?:St|Street|Ave|Road|Rd)\b|[省市区县路街号楼]"),
    "contact": re.compile(r"[\w.+-]+@[\w-]+\.\w|\+?\d[\d\s()/-]{6,}\d"),
}  # fmt: skip


@lru_cache(maxsize=4096)
def content_terms(question: str) -> tuple[str, ...]:
    """The terms that say what the question is about, in order, each once; all of its terms where none does."""
    found = tuple(dict.fromkeys(terms(question).split()))
    kept = tuple(term for term in found if term not in _ASKING and term not in _ASKING_CHINESE)
    return kept or found


@lru_cache(maxsize=20_000)
def term_set(text: str) -> frozenset[str]:
    """The terms of a text."""
    return frozenset(terms(text).split())


def names_in(question: str) -> tuple[str, ...]:
    """Words with a capital inside a sentence, and words with a digit, folded: an answer must be about these."""
    return tuple(dict.fromkeys(folded(match[0]) for match in _NAME.finditer(question)))


def asked_kind(question: str) -> AnswerKind:
    """What the answer must hold; "" where the question does not say."""
    return next((kind for kind, pattern in _ASKS if pattern.search(question)), "")


def holds_kind(kind: AnswerKind, text: str) -> bool:
    """Whether a text holds a thing of that kind; True for ""."""
    return not kind or _HOLDS[kind].search(text) is not None


def is_yes_no(question: str) -> bool:
    """Whether it can be answered by yes or no."""
    return re.match(
        r"\W*(?:is|are|do|does|did|can|could|will|would|am|was|were|should|has|have)\b", question, re.IGNORECASE
    ) is not None or (re.search(r"吗[?？\s]*\Z|是否|是不是|能不能|有没有|可不可以|会不会", question) is not None)


def words_of(text: str) -> list[str]:
    """The words of a text, letters only."""
    return _WORD.findall(text)
