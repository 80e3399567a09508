"""What a question asks for: its content terms, its names, and the kind of thing that an answer must hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import yaml

from retrieval.stop_words import ASKING_WORDS, CHINESE_STOP_WORDS
from retrieval.terms import folded, segmented, term_set, terms

_HOW_ZH = re.compile("(怎么样?|怎样|如何)")
_NAME = re.compile(r"(?<![.?!:]\s)(?<!\A)\b[A-Z][\w-]*|\b\w*\d[\w.-]*\b")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_YES_NO = re.compile(
    r"\A\W*(?:is|are|do|does|did|can|could|will|would|am|was|were|should|has|have)\b"
    r"|吗[?？\s]*\Z|是否|是不是|能不能|有没有|可不可以|会不会",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of answer: how it is asked for, what holds it, and what it is called."""

    asks: re.Pattern[str]
    holds: re.Pattern[str]
    labels: re.Pattern[str]


@cache
def _kinds() -> Mapping[str, _Kind]:
    """Kinds by name, in the order in which questions are held against them."""
    read = yaml.safe_load(files("retrieval").joinpath("answer_kinds.yaml").read_text(encoding="utf-8"))
    return {name: _Kind(*(_any_of(one[part]) for part in ("asks", "holds", "labels"))) for name, one in read.items()}


def _any_of(fragments: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(fragments), re.IGNORECASE)


@lru_cache(maxsize=4096)
def content_terms(question: str) -> tuple[str, ...]:
    """The terms that say what the question is about, each once, Chinese words behind Latin ones; all where none does.

    Of Chinese only pairs of characters within a word count, not those across words that lexical search knows besides.
    """
    words = " ".join(word for run in _CHINESE.findall(question) for word in segmented(run) if len(word) > 1)
    found = tuple(dict.fromkeys(terms(f"{_CHINESE.sub(' ', question)} {words}").split()))
    kept = tuple(term for term in found if term not in ASKING_WORDS and term not in CHINESE_STOP_WORDS)
    return kept or found or tuple(dict.fromkeys(terms(question).split()))


def names_in(question: str) -> tuple[str, ...]:
    """Words with a capital inside a sentence, and words with a digit, folded: an answer must be about these."""
    return tuple(dict.fromkeys(folded(match[0]) for match in _NAME.finditer(question) if match[0] != "I"))


def action_terms(question: str) -> frozenset[str]:
    """The terms of what is to be done, in a question for the way to do it: without the names of things."""
    _, asking, behind = _HOW_ZH.split(question, maxsplit=1) if _HOW_ZH.search(question) else ("", "", question)
    named = term_set(" ".join(names_in(question)))
    return frozenset(content_terms(behind) if asking else ()) or frozenset(content_terms(question)) - named


def asked_kind(question: str) -> str:
    """The kind of thing that an answer must hold ("money"); "" where the question does not say."""
    return next((name for name, kind in _kinds().items() if kind.asks.search(question)), "")


def kind_terms(question: str) -> frozenset[str]:
    """The terms by which the question says what kind of thing it wants ("cost", "多少钱"); empty where it does not."""
    name = asked_kind(question)
    return term_set(" ".join(match[0] for match in _kinds()[name].asks.finditer(question))) if name else frozenset()


def holds_kind(kind: str, text: str) -> bool:
    """Whether a text holds a thing of that kind; True for ""."""
    return not kind or _kinds()[kind].holds.search(text) is not None


def labels_kind(kind: str, text: str) -> bool:
    """Whether a text calls something by a word for that kind ("Price: …"); False for ""."""
    return bool(kind) and _kinds()[kind].labels.search(text) is not None


def is_yes_no(question: str) -> bool:
    """Whether it can be answered by yes or no."""
    return _YES_NO.search(question) is not None
