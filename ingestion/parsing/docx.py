"""Word documents: headings with their numbers, lists, tables, code, equations, text boxes, notes, comments."""

from __future__ import annotations

import re

from ingestion.parsing.docx_styles import Numbering, Style, Styles, is_title
from ingestion.parsing.docx_text import Inline, InlineReader
from ingestion.parsing.headings import rank_of
from ingestion.parsing.inline import join_pieces
from ingestion.parsing.markdown import Blocks, one_line
from ingestion.parsing.model import Draft, Source
from ingestion.parsing.office_properties import title_of
from ingestion.parsing.relations import Package
from ingestion.parsing.xml_reader import Element, attribute, child, children, descendants, local

_CODE_SIGNS = re.compile(r"[{}();=<>\[\]]|^\s*(?:#|//|\$ )|::|->", re.MULTILINE)
_MARKER = re.compile(r"\d{1,9}[.)]$")
_WRAPPERS = ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")
_PAGE_FIELD = re.compile(r"(?:page|seite|第)?\s*\d*\s*(?:/|of|von|页)?\s*(?:共?\s*\d*\s*页?)", re.IGNORECASE)


_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def parse_docx(source: Source) -> Draft:
    """The document; pages where Word wrote down where they ended when it last laid the file out."""
    package = Package(source, "Word document")
    main = next(iter(package.related("", "officeDocument")), "word/document.xml")
    body = child(package.xml(main), "body")
    if body is None:
        raise source.broken("Word document")
    document = _Document(package, main)
    document.headers(body)
    document.blocks(body)
    document.notes()
    pages = [blocks.text() for blocks in document.pages]
    source.check_pages(len(pages))
    return Draft(document.title or title_of(package), tuple(pages), _MEDIA_TYPE, paged=len(pages) > 1)


class _Document:
    """Writes one document's blocks in their order."""

    def __init__(self, package: Package, main: str) -> None:
        self.pages = [Blocks()]
        self.title = ""
        self._package = package
        self._relationships = package.relationships(main)
        self._inline = InlineReader(self._relationships)
        self._styles = Styles(package.xml(self._related("styles") or "word/styles.xml"))
        self._numbering = Numbering(package.xml(self._related("numbering") or "word/numbering.xml"))
        self._code: list[str] = []
        self._comments: list[str] = []
        self._shift = 0

    @property
    def _blocks(self) -> Blocks:
        return self.pages[-1]

    def _new_page(self) -> None:
        self._flush_code()
        if self._blocks:
            self.pages.append(Blocks())

    def _related(self, kind: str) -> str:
        return next((one.target for one in self._relationships.values() if one.kind == kind), "")

    def headers(self, body: Element) -> None:
        """What stands in page headers once, where it says more than a page number and the body does not say it."""
        words = one_line(" ".join(part.text or "" for part in descendants(body, "t")))
        self._shift = int(any(is_title(self._style(one).name) == 1 for one in descendants(body, "p")))
        seen: set[str] = set()
        for reference in descendants(body, "headerReference"):
            known = self._relationships.get(attribute(reference, "id"))
            root = self._package.xml(known.target) if known and not known.external else None
            for paragraph in descendants(root, "p"):
                line = one_line(self._inline.read(paragraph).words)
                if len(line) > 3 and line not in seen and line not in words and not _PAGE_FIELD.fullmatch(line):
                    seen.add(line)
                    self._blocks.paragraph(line)

    def blocks(self, parent: Element) -> None:
        """Paragraphs and tables below `parent`."""
        for element in parent:
            name = local(element)
            if name == "p":
                self._paragraph(element)
            elif name == "tbl":
                self._flush_code()
                self._table(element)
            elif name in _WRAPPERS:
                self.blocks(element)
        self._flush_code()

    def notes(self) -> None:
        """Footnotes, endnotes and comments, after everything else."""
        for kind, prefix in (("footnotes", ""), ("endnotes", "e")):
            for note in self._package.xml(self._related(kind) or f"word/{kind}.xml") or ():
                text = self._plain(note)
                if text and attribute(note, "type") not in {"separator", "continuationSeparator"}:
                    self._blocks.raw(f"[^{prefix}{attribute(note, 'id')}]: {text}")
        if self._comments:
            root = self._package.xml(self._related("comments") or "word/comments.xml")
            for comment in children(root, "comment"):
                author, text = attribute(comment, "author"), self._plain(comment)
                if text and attribute(comment, "id") in self._comments:
                    self._blocks.raw(f"> Comment{f' ({author})' if author else ''}: {text}")

    def _plain(self, parent: Element) -> str:
        return one_line(" ".join(self._inline.read(one).words for one in descendants(parent, "p")))

    def _style(self, paragraph: Element) -> Style:
        style = child(paragraph, "pPr", "pStyle")
        return self._styles.get(attribute(style, "val") if style is not None else "")

    def _paragraph(self, paragraph: Element) -> None:
        style = self._style(paragraph)
        inline = self._inline.read(paragraph, monospaced=style.monospaced)
        if inline.break_before:
            self._new_page()
        words = inline.words
        if words.strip() and (style.code or (inline.monospaced and _CODE_SIGNS.search(words))):
            self._code.append(words)
        else:
            self._flush_code()
            self._prose(paragraph, style, inline)
        self._comments += inline.comments
        for box in inline.boxes:
            if not any(parent in inline.boxes for parent in box.iterancestors()):
                self.blocks(box)
        if inline.break_after:
            self._new_page()

    def _prose(self, paragraph: Element, style: Style, inline: Inline) -> None:
        words = one_line(inline.words)
        if not words:
            return
        level = self._heading_level(paragraph, style, words)
        marker, depth = self._marker(paragraph, style)
        if level:
            heading = one_line(join_pieces(inline.pieces, marks=False))
            self._blocks.heading(level, heading if marker in {"", "-"} else f"{marker} {heading}")
            if not self.title and is_title(style.name) == 1:
                self.title = heading
        elif marker:
            text = join_pieces(inline.pieces).replace("\n", " ")
            if marker == "-" or _MARKER.match(marker):
                self._blocks.item(depth, marker, text)
            else:
                self._blocks.item(depth, "-", f"{marker} {text}")
        elif inline.equations and (inline.display or len(inline.equations) == 1) and _only_equations(inline):
            self._blocks.raw("\n\n".join(f"$${one}$$" for one in inline.equations))
        else:
            self._blocks.paragraph(join_pieces(inline.pieces))

    def _heading_level(self, paragraph: Element, style: Style, words: str) -> int:
        """1 to 6, or 0 for body text; with a title above them, headings stand one level deeper."""
        if len(words) > 250:
            return 0
        if is_title(style.name):
            return is_title(style.name)
        own = child(paragraph, "pPr", "outlineLvl")
        outline = style.outline
        if own is not None and attribute(own, "val").isdigit():
            outline = int(attribute(own, "val"))
        if 0 <= outline < 9:
            return min(6, outline + 1 + self._shift)
        rank = rank_of(words)
        return rank + self._shift if rank else 0

    def _marker(self, paragraph: Element, style: Style) -> tuple[str, int]:
        """The list marker ("" for none) and the depth of a paragraph."""
        number = child(paragraph, "pPr", "numPr")
        number_id, level = style.number_id, style.level
        if number is not None:
            own, own_level = child(number, "numId"), child(number, "ilvl")
            number_id = attribute(own, "val") if own is not None else number_id
            level = int(attribute(own_level, "val") or 0) if own_level is not None else level
        return (self._numbering.next(number_id, level), level) if number_id else ("", 0)

    def _table(self, table: Element) -> None:
        rows = [(row, list(_cells(row, "tc"))) for row in _cells(table, "tr")]
        if len(rows) == 1 and len(rows[0][1]) == 1:
            self.blocks(rows[0][1][0])
            return
        grid: list[list[str]] = []
        for row, cells in rows:
            line = [""] * _number(child(row, "trPr", "gridBefore"), 0)
            for cell in cells:
                properties = child(cell, "tcPr")
                merged = child(properties, "vMerge")
                if merged is not None and attribute(merged, "val") != "restart":
                    text = grid[-1][len(line)] if grid and len(line) < len(grid[-1]) else ""
                else:
                    text = self._cell(cell)
                line += [text] * min(200, _number(child(properties, "gridSpan"), 1))
            grid.append(line)
        self._blocks.table(grid)

    def _cell(self, parent: Element) -> str:
        """A cell in one line: paragraphs, items with their markers, tables in it row by row."""
        parts: list[str] = []
        for element in parent:
            name = local(element)
            if name == "p":
                inline = self._inline.read(element)
                marker, _ = self._marker(element, self._style(element))
                text = one_line(join_pieces(inline.pieces))
                parts.append(f"{marker} {text}" if marker and text else text)
                parts += [self._cell(box) for box in inline.boxes]
                self._comments += inline.comments
            elif name == "tbl":
                parts += [self._cell(cell) for row in _cells(element, "tr") for cell in _cells(row, "tc")]
            elif name in _WRAPPERS:
                parts.append(self._cell(element))
        return " ".join(part for part in parts if part)

    def _flush_code(self) -> None:
        if self._code:
            self._blocks.code("\n".join(self._code))
            self._code = []


def _only_equations(inline: Inline) -> bool:
    rest = inline.words
    for equation in inline.equations:
        rest = rest.replace(f"${equation}$", "", 1)
    return not rest.strip()


def _cells(parent: Element, name: str) -> list[Element]:
    """Rows of a table or cells of a row, also those in content controls and insertions."""
    found: list[Element] = []
    for element in parent:
        if local(element) == name:
            found.append(element)
        elif local(element) in _WRAPPERS:
            found += _cells(element, name)
    return found


def _number(setting: Element | None, default: int) -> int:
    text = attribute(setting, "val") if setting is not None else ""
    return int(text) if text.isdigit() else default
