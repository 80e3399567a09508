"""Which language a text is written in: English, Chinese, or something else. Counting, no model."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["en", "zh", "other", ""]

_SAMPLE = 4_000
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)?")
_OTHER_LETTER = re.compile("[\u0370-\u1fff\ua960-\ua97f\uac00-\ud7ff\u3105-\u312f]")
_NOT_PROSE = re.compile(r"```.*?```|`[^`\n]*`|https?://\S+", re.DOTALL)

_ENGLISH_WORDS = """
the of and to in is for on with that this it are be as by or from at not you your we our was were has have had will can
may must if when which who
what where how all any no more than then there their they he she his her its an but do does did
please should would could been i my me us so up out about after before into only
"""
_FOREIGN_WORDS = """
der die das und ist nicht ein eine einen dem den des mit für auf von zu im bei wird werden sind auch oder wenn
le la les un une des et est dans pour pas que qui sur avec du au aux ce cette ces vous nous sont par plus
el los las una y es en con del se por para su como más al lo fue está son
il di che gli della per non sono con alla nel dei delle è uno
o os as um uma e do da dos das em não com ao na mais pelo pela
het een van en niet met voor op zijn dat te aan ook wordt
och att det som av är på inte till med den har om ett og til af ikke jeg vi
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_FOREIGN = frozenset(_FOREIGN_WORDS.split()) - _ENGLISH


def detect_language(text: str) -> Language:
    """`zh`, `en` or `other`; "" where there are too few letters to tell. Code and addresses do not count.

    A Chinese text may name products in Latin letters: one Chinese character weighs as much as one Latin word.
    """
    sample = _NOT_PROSE.sub(" ", text[:_SAMPLE])
    han, kana, other = (len(pattern.findall(sample)) for pattern in (_HAN, _KANA, _OTHER_LETTER))
    words = [word.lower() for word in _LATIN_WORD.findall(sample)]
    letters = han + kana + other + len(words)
    if letters < 2:
        return ""
    if kana > 0.1 * (han + kana) and kana > len(words) * 0.5:
        return "other"
    if han >= max(other, 0.5 * len(words)):
        return "zh"
    if other > len(words):
        return "other"
    return _latin(words)


def _latin(words: list[str]) -> Language:
    """English unless the small words of another language outweigh the English ones."""
    english = sum(word in _ENGLISH for word in words)
    foreign = sum(word in _FOREIGN for word in words)
    accented = sum(not word.isascii() for word in words)
    if foreign > english or (english == 0 and accented > 0.2 * len(words)):
        return "other"
    return "en"
