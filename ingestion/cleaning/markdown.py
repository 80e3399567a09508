"""Which parts of a Markdown text a rewriting step must leave alone, and where its code blocks are."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_FENCE = re.compile(
    r"^ {0,3}(?P<mark>`{3,}|~{3,})[^\n\f]*(?:\n(?! {0,3}(?P=mark))[^\n\f]*)*(?:\n {0,3}(?P=mark)[`~]*[ \t]*$)?",
    re.MULTILINE,
)
_INLINE = re.compile(
    r"""(?P<code>`+)(?!`)[^\n\f]{0,2000}?(?<!`)(?P=code)(?!`)"""
    r"""|(?:https?|ftp|file|mailto|tel|s3)://?[^\s<>"'`|，。；、！？（）《》【】\u4e00-\u9fff]+"""
    r"""|www\.[A-Za-z0-9-]+\.[^\s<>"'`|，。；、！？（）《》【】\u4e00-\u9fff]+"""
    r"""|(?<=\])\([^()\s]{1,2000}\)"""
    r"""|</?[A-Za-z][^<>\n]{0,500}>"""
    r"""|[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+""",
)
_SIGNS = re.compile(r"`|~~~|://|www\.|\]\(|</?[A-Za-z]|@|mailto:|tel:")


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of a text in rising order that do not overlap."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def touch(self, start: int, end: int) -> bool:
        """Whether any stretch shares a character with text[start:end]."""
        at = bisect_right(self.starts, end - 1) - 1
        return at >= 0 and self.ends[at] > start


_NOWHERE = Spans((), ())


def protected(text: str) -> Spans:
    """Code (fenced and inline), addresses, link targets, HTML tags and e-mail addresses of `text`."""
    if not _SIGNS.search(text):
        return _NOWHERE
    found: list[tuple[int, int]] = []
    for code, start, end in _blocks(text):
        if code:
            found.append((start, end))
        else:
            found += (match.span() for match in _INLINE.finditer(text, start, end))
    return Spans(tuple(start for start, _ in found), tuple(end for _, end in found))


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """`text` with `change` applied to everything but fenced code blocks."""
    if "```" not in text and "~~~" not in text:
        return change(text)
    return "".join(text[start:end] if code else change(text[start:end]) for code, start, end in _blocks(text))


def _blocks(text: str) -> Iterator[tuple[bool, int, int]]:
    """(is it code, start, end) for the whole text; a fence that is never closed ends with its page."""
    at = 0
    if "```" in text or "~~~" in text:
        for match in _FENCE.finditer(text):
            if match.start() > at:
                yield False, at, match.start()
            yield True, match.start(), match.end()
            at = match.end()
    if at < len(text):
        yield False, at, len(text)
