"""Step `whitespace`: one kind of space and line end, without touching code, indentation or page breaks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from ingestion.cleaning.markdown import outside_code
from ingestion.cleaning.model import Draft, Verdict, rewritten
from ingestion.cleaning.options import Options
from retrieval.model import PAGE_BREAK

_LINE_END = re.compile("\r\n?|[\x0b\x85\u2028\u2029]")
_SPACES = str.maketrans(dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "))
_HAS_SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_WIDE_INDENT = re.compile("^\u3000+[\u3000 ]*", re.MULTILINE)
_GAP = re.compile(r"[ \t]{2,}|\t")
_HAS_GAP = re.compile(r" [ \t]|\t")
_HAS_TRAILING = re.compile(r"[ \t](?:[\n\f]|\Z)")
_TRAILING = re.compile(r"(?<![ \t\n\f])[ \t]+(?=[\n\f]|\Z)")
_SPACE_LINE = re.compile(r"^[ \t]+(?=[\n\f]|\Z)", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_SPACED_CHINESE = re.compile(f"(?<![{_HAN}])[{_HAN}](?: [{_HAN}]){{2,}}(?![{_HAN}])")
_ANY_SPACE = re.compile(r"\s+")


class WhitespaceOptions(Options):
    """Options of `whitespace`."""

    join_spaced_chinese: bool = Field(default=False, description="'维 修 手 册' becomes '维修手册'")

    def build(self) -> WhitespaceStep:
        """The step with these options."""
        return WhitespaceStep(self.join_spaced_chinese)


@dataclass(frozen=True, slots=True)
class WhitespaceStep:
    """Line ends are newlines, gaps one space, at most one blank line; page breaks and code blocks stay."""

    name: ClassVar[str] = "whitespace"
    join_spaced_chinese: bool = False

    def apply(self, draft: Draft) -> Verdict:
        """The same draft with regular whitespace."""
        title = _ANY_SPACE.sub(" ", draft.title).strip()
        text = _LINE_END.sub("\n", draft.text)
        text = PAGE_BREAK.join(self._page(page) for page in text.split(PAGE_BREAK))
        return rewritten(draft, title, text, self.name, "spaces and line ends made regular")

    def _page(self, page: str) -> str:
        return outside_code(page, self._prose).strip("\n").rstrip()

    def _prose(self, text: str) -> str:
        if _HAS_SPACE.search(text):
            text = _WIDE_INDENT.sub("", text).translate(_SPACES)
        if _HAS_TRAILING.search(text):
            text = _TRAILING.sub(_line_end, _SPACE_LINE.sub("", text))
        if _HAS_GAP.search(text):
            text = _GAP.sub(_gap, text)
        if "\n\n\n" in text:
            text = _BLANK_LINES.sub("\n\n", text)
        return _SPACED_CHINESE.sub(lambda match: match[0].replace(" ", ""), text) if self.join_spaced_chinese else text


def _gap(match: re.Match[str]) -> str:
    """One space inside a line; indentation and what stands at a line's end stay."""
    text, start, end = match.string, match.start(), match.end()
    inside = start > 0 and text[start - 1] not in "\n\f" and end < len(text) and text[end] not in "\n\f"
    return " " if inside else match[0]


def _line_end(match: re.Match[str]) -> str:
    """Two spaces before a further line are a line break in Markdown; anything else at a line's end is nothing."""
    following = match.string[match.end() : match.end() + 2]
    hard = match[0].startswith("  ") and len(following) == 2 and following[0] == "\n" and following[1] not in "\n\f"
    return "  " if hard else ""
