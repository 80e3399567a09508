"""Word lists: which of them have a phrase in a text, whatever its case, width, spacing or invisible characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import ahocorasick

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_GAP = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")
_SPACE = re.compile(r"\s+")
_QUOTES = str.maketrans("‘’“”‐‑‒–—", "''\"\"-----")
_WORD = re.compile(r"\w")


def plain_text(text: str) -> str:
    """`text` as it is compared: compatible forms as one, no case, no invisible characters, single spaces.

    Spaces between Chinese characters go: "转 人 工" is 转人工.
    """
    composed = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    if not composed.isascii():
        composed = "".join(character for character in composed if unicodedata.category(character) != "Cf")
        composed = unicodedata.normalize("NFKC", composed.casefold())
    else:
        composed = composed.lower()
    return _GAP.sub("", _SPACE.sub(" ", composed).strip())


class WordLists:
    """Lists of phrases, all sought at once (Aho-Corasick); immutable after it is made."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._automaton: Any = ahocorasick.Automaton()
        named: dict[str, set[str]] = {}
        for name, phrases in lists.items():
            for phrase in phrases:
                named.setdefault(plain_text(phrase), set()).add(name)
        for phrase, names in named.items():
            if phrase:
                self._automaton.add_word(phrase, (len(phrase), frozenset(names)))
        self._empty = len(self._automaton) == 0
        if not self._empty:
            self._automaton.make_automaton()

    def named_in(self, text: str, except_in: Sequence[str] = ()) -> frozenset[str]:
        """Names of the lists with a phrase in `text` that stands in none of the texts `except_in`.

        A phrase that begins or ends with a Latin letter or digit is found as whole words only.
        """
        found = self._found(text)
        if found and except_in:
            known = {phrase for other in except_in for phrase in self._found(other)}
            found = {phrase: names for phrase, names in found.items() if phrase not in known}
        return frozenset(name for names in found.values() for name in names)

    def _found(self, text: str) -> dict[str, frozenset[str]]:
        if self._empty:
            return {}
        plain = plain_text(text)
        found: dict[str, frozenset[str]] = {}
        for last, (length, names) in self._automaton.iter(plain):
            start, end = last + 1 - length, last + 1
            if not (_joined(plain, start) or _joined(plain, end)):
                found[plain[start:end]] = names
        return found


def _joined(text: str, at: int) -> bool:
    """Whether the characters on both sides of the place `at` belong to one word."""
    if not 0 < at < len(text):
        return False
    left, right = text[at - 1], text[at]
    return _is_latin(left) and _is_latin(right)


def _is_latin(character: str) -> bool:
    """A letter or digit of a script that puts spaces between words."""
    return (
        bool(_WORD.match(character)) and not "\u2e80" <= character <= "\u9fff" and not "\uf900" <= character <= "\ufaff"
    )
