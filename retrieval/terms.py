"""The terms of a text for lexical search, the same function for passages and questions.

Milvus's own analyzers each lose one language, so terms are made here by script and joined by spaces, and the
collection's analyzer only splits at them. Latin words are stemmed English without stop words; Chinese is cut in
jieba's search mode, with every pair of neighbouring characters beside it, so that a term of two characters is found
wherever jieba would have cut it; identifiers stay whole and also give their parts.
"""

from __future__ import annotations

import re
import threading
import unicodedata
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import snowballstemmer

from retrieval.stop_words import CHINESE_STOP_WORDS, ENGLISH_STOP_WORDS

_CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = rf"[^\W_{_CJK}]+"
_RUN = re.compile(rf"(?P<cjk>[{_CJK}]+)|(?P<latin>{_WORD}(?:[-_./@:+&=~]{_WORD})*(?:\+\+|\#)?)")
_PART = re.compile(rf"{_WORD}")
_LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MARKS = re.compile("[\u0300-\u036f]")
_LONGEST_TERM = 64


def has_chinese(text: str) -> bool:
    """Whether any of `text` is Chinese."""
    return _HAN.search(text) is not None


@lru_cache(maxsize=20_000)
def term_set(text: str) -> frozenset[str]:
    """The terms of `text`, each once; remembered, since the same passages are looked at again and again."""
    return frozenset(_terms(folded(text)))


def terms(text: str) -> str:
    """The terms of `text` in order, joined by single spaces; "" where there is none."""
    return " ".join(_terms(folded(text)))


def identifiers(text: str) -> list[str]:
    """The terms of `text` that name one thing: they hold a digit beside letters or signs, or five digits and more."""
    found = []
    for match in _RUN.finditer(folded(text)):
        whole = match.group("latin")
        if whole and len(whole) <= _LONGEST_TERM and _is_identifier(whole):
            found.append(whole)
    return list(dict.fromkeys(found))


def _is_identifier(whole: str) -> bool:
    digits = sum(character.isdigit() for character in whole)
    if not digits:
        return "@" in whole
    return digits >= 5 or digits < len(whole)


def segmented(text: str) -> list[str]:
    """The words of a Chinese text in order, everything else between them as it stands."""
    return list(_segmenter().cut(text, HMM=False))


def folded(text: str) -> str:
    """Compatibility forms, case, accents of Latin letters and thousands separators made one."""
    folded = unicodedata.normalize("NFKC", text).lower()
    if not folded.isascii():
        folded = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", folded)))
    return _THOUSANDS.sub("", folded)


def _terms(text: str) -> Iterator[str]:
    for match in _RUN.finditer(text):
        chinese = match.group("cjk")
        yield from _chinese_terms(chinese) if chinese else _latin_terms(match.group("latin"))


def _latin_terms(whole: str) -> Iterator[str]:
    parts = _PART.findall(whole)
    if len(parts) == 1 and parts[0] == whole:
        yield from _word_terms(whole)
        return
    if len(whole) <= _LONGEST_TERM:
        yield whole
        joined = "".join(parts)
        if _is_mixed(joined):
            yield joined
    for part in parts:
        if len(part) > 1 or not part.isdigit():
            yield from _word_terms(part)


def _word_terms(word: str) -> Iterator[str]:
    if word in ENGLISH_STOP_WORDS:
        return
    if _is_mixed(word):
        yield word[:_LONGEST_TERM]
        pieces = _LETTERS_OR_DIGITS.findall(word)
        if all(len(piece) > 1 for piece in pieces):
            yield from (_stem(piece) for piece in pieces)
    else:
        yield _stem(word[:_LONGEST_TERM])


def _is_mixed(word: str) -> bool:
    return any(character.isdigit() for character in word) and any(character.isalpha() for character in word)


def _chinese_terms(run: str) -> Iterator[str]:
    words = _segmenter().cut_for_search(run) if _HAN.search(run) else []
    known = [word for word in words if word not in CHINESE_STOP_WORDS]
    yield from known
    pairs = {word for word in known if len(word) == 2}
    for at in range(len(run) - 1):
        pair = run[at : at + 2]
        if pair not in pairs:
            yield pair
    if len(run) == 1 and run not in known:
        yield run


@lru_cache(maxsize=1)
def _segmenter() -> Any:
    """jieba with its dictionary loaded; not through its cache, a file that anyone may write."""
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # it imports pkg_resources
        import jieba

    jieba.setLogLevel("ERROR")
    segmenter = jieba.Tokenizer()
    segmenter.FREQ, segmenter.total = segmenter.gen_pfdict(segmenter.get_dict_file())
    segmenter.initialized = True
    return segmenter


class _Stemmers(threading.local):
    """A stemmer keeps the word that it works on, so each thread has its own."""

    def __init__(self) -> None:
        self.english = snowballstemmer.stemmer("english")


_stemmers = _Stemmers()


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return str(_stemmers.english.stemWord(word)) if word.isascii() and word.isalpha() and len(word) > 2 else word
