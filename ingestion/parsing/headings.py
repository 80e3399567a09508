"""Headings that carry their rank in their words: 第一章, 第二节, and the same in English books."""

from __future__ import annotations

import re

_DIGITS = "一二三四五六七八九十百千零〇两0-9０-９"
_CHINESE = re.compile(rf"第\s*[{_DIGITS}]{{1,7}}\s*(?P<rank>[编篇部卷章节])(?:[\s　:：、.．]|(?=[^\s]{{0,30}}$))")
_SENTENCE = re.compile(r"[。；;!！?？]|[，,].*[，,]")
_RANKS = {"编": 1, "篇": 1, "部": 1, "卷": 1, "章": 1, "节": 2}
_LENGTH = 40


def rank_of(line: str) -> int:
    """1 for a chapter, 2 for a section, by the words of a Chinese heading alone; 0 for any other line."""
    text = line.strip()
    if len(text) > _LENGTH or _SENTENCE.search(text):
        return 0
    match = _CHINESE.match(text)
    return _RANKS[match.group("rank")] if match else 0
