"""AsciiDoc, line by line: titles, lists, tables, listings, links; attributes are filled in."""

from __future__ import annotations

import csv
import io
import re

from ingestion.parsing.encoding import decode
from ingestion.parsing.markdown import Blocks, clean, one_line
from ingestion.parsing.model import Draft, Source

_HEADING = re.compile(r"^(={1,6}|#{1,6})\s+(\S.*)$")
_ATTRIBUTE = re.compile(r"^:!?([\w-]+)!?:(?:\s+(.*))?$")
_ITEM = re.compile(r"^\s*(\*{1,5}|-|\.{1,5}|\d{1,4}\.)\s+(\S.*)$")
_TERM = re.compile(r"^(\S.*?)(:{2,4}|;;)(?:\s+(.*))?$")
_IMAGE = re.compile(r"^(?:image|video)::?([^\[\s]*)\[([^\]]*)\]")
_BLOCK_ATTRIBUTES = re.compile(r"^\[[^\]]*\]$")
_FENCES = {"----": "code", "....": "code", "```": "code", "====": "", "****": "", "____": "", "--": "", "++++": "code"}
_ADMONITION = re.compile(r"^(NOTE|TIP|IMPORTANT|WARNING|CAUTION): ")
_CELL = re.compile(r"(?:^|\s)(?:(\d+)(\*|\+)|\.\d+\+|[<^>.]*[adehlmsv]?)?(?<!\\)\|")
_TAIL = re.compile(r"\s*\+$")


def parse_asciidoc(source: Source) -> Draft:
    """The document as Markdown; its first title is the title."""
    writer = _Writer()
    writer.read(clean(decode(source.path.read_bytes())).split("\n"))
    return Draft(writer.title, (writer.blocks.text(),), "text/asciidoc")


class _Writer:
    """Gathers lines into blocks; `_attributes` are the document's own."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self.title = ""
        self._attributes: dict[str, str] = {}
        self._paragraph: list[str] = []
        self._item: tuple[int, str, list[str]] | None = None
        self._numbers: dict[int, int] = {}

    def read(self, lines: list[str]) -> None:
        """All lines of the document."""
        at = 0
        while at < len(lines):
            line = lines[at].rstrip()
            if line in _FENCES or re.fullmatch(r"-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|```\w*", line):
                at = self._fenced(lines, at)
            elif line.startswith("////"):
                at = _end(lines, at) + 1
            elif re.fullmatch(r"[|,:!]={3,}", line):
                end = _end(lines, at)
                self._flush()
                self.blocks.table(self._rows(lines[at + 1 : end], line[0]))
                at = end + 1
            else:
                self._line(line)
                at += 1
        self._flush()

    def _fenced(self, lines: list[str], start: int) -> int:
        end = _end(lines, start)
        mark = lines[start].rstrip()
        if mark[0] in "-.`+" and mark != "--":
            self._flush()
            self.blocks.code("\n".join(lines[start + 1 : end]))
        else:
            self._flush()
            self.read(lines[start + 1 : end])
        return end + 1

    def _line(self, line: str) -> None:
        text = line.strip()
        if not text:
            self._flush_paragraph()
        elif text == "+" or text.startswith("//"):
            return
        elif found := _ATTRIBUTE.match(text):
            self._attributes[found[1].lower()] = found[2] or ""
        elif _BLOCK_ATTRIBUTES.match(text):
            self._flush_paragraph()
        elif found := _HEADING.match(text):
            self._flush()
            self._numbers.clear()
            heading = self._inline(found[2])
            self.title = self.title or heading
            self.blocks.heading(len(found[1]), heading)
        elif found := _IMAGE.match(text):
            self._flush()
            self.blocks.paragraph(found[2].split(",")[0].strip("\"'"))
        elif re.match(r"^\.[^\s.]", text):
            self._flush()
            self._numbers.clear()
            self.blocks.paragraph(f"**{self._inline(text[1:])}**")
        elif found := _ITEM.match(line):
            self._begin(found[1], found[2])
        elif (found := _TERM.match(text)) and not self._paragraph:
            self._flush()
            self.blocks.item(0, "-", f"**{self._inline(found[1])}**")
            self._item = (1, "-", [found[3]]) if found[3] else None
        elif self._item and not self._paragraph:
            self._item[2].append(_TAIL.sub("", text))
        else:
            self._paragraph.append(_TAIL.sub("\n", text))

    def _begin(self, mark: str, text: str) -> None:
        self._flush()
        level = 0 if mark == "-" or mark[0].isdigit() else len(mark) - 1
        marker = "-"
        if mark[0] == "." or mark[0].isdigit():
            self._numbers = {known: count for known, count in self._numbers.items() if known <= level}
            self._numbers[level] = self._numbers.get(level, 0) + 1
            marker = f"{self._numbers[level]}."
        self._item = (level, marker, [_TAIL.sub("", text)])

    def _flush_paragraph(self) -> None:
        if self._paragraph:
            text = _ADMONITION.sub(lambda found: f"**{found[1].capitalize()}:** ", " ".join(self._paragraph))
            self.blocks.paragraph(self._inline(text))
            self._paragraph = []

    def _flush(self) -> None:
        if self._item:
            level, marker, lines = self._item
            self.blocks.item(level, marker, self._inline(" ".join(lines)))
            self._item = None
        self._flush_paragraph()

    def _rows(self, lines: list[str], sign: str) -> list[list[str]]:
        """Cells by rows: as many to a row as its first line has, or as separators say in CSV tables."""
        if sign in ",:":
            return [
                [self._inline(value) for value in row]
                for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=sign)
            ]
        cells: list[str] = []
        width = 0
        for line in lines:
            if not line.strip():
                width = width or len(cells)
                continue
            found = list(_CELL.finditer(line))
            if not found and cells:
                cells[-1] = f"{cells[-1]} {line.strip()}"
                continue
            for match, following in zip(found, [*found[1:], None], strict=True):
                text = line[match.end() : following.start() if following else len(line)].strip()
                cells += [text] * (min(int(match[1]), 50) if match[1] else 1)
            if len(found) > 1:
                width = width or len(cells)
        width = width or 1
        shown = [self._inline(text.replace("\\|", "|")) for text in cells]
        return [shown[at : at + width] for at in range(0, len(shown), width)]

    def _inline(self, text: str) -> str:
        """Attributes filled in; links, images and macros as Markdown."""
        text = re.sub(r"\{([\w-]+)\}", lambda found: self._attributes.get(found[1].lower(), found[0]), text)
        text = re.sub(r"image:([^\[\s:]+)\[([^\]]*)\]", r"\2", text)
        text = re.sub(r"(?:link:|xref:)?((?:https?|mailto):[^\s\[\]]+)\[([^\]]+)\]", r"[\2](\1)", text)
        text = re.sub(r"<<([^,>]+),([^>]+)>>|<<([^>]+)>>", lambda found: (found[2] or found[3]).strip(), text)
        text = re.sub(r"\b(?:btn|kbd|menu|link|xref|footnote|pass|stem):([^\s\[\]]*)\[([^\]]*)\]", _macro, text)
        text = re.sub(r"(?<![\w*])\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\w*])", r"**\1**", text)
        return one_line(re.sub(r"\[\[[^\]]*\]\]|\[#[^\]]*\]", "", text))


def _macro(found: re.Match[str]) -> str:
    return f"{found[1]} {found[2]}".strip() if found[0].startswith("menu:") else found[2] or found[1]


def _end(lines: list[str], start: int) -> int:
    """The line that closes the block opened at `start`; the last one where nothing does."""
    mark = re.sub(r"^```.*", "```", lines[start].rstrip())
    return next((number for number in range(start + 1, len(lines)) if lines[number].rstrip() == mark), len(lines))
