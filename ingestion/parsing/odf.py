"""OpenDocument texts and presentations, from their XML; spreadsheets go through `sheets`."""

from __future__ import annotations

from ingestion.parsing.markdown import Blocks, one_line
from ingestion.parsing.model import Draft, Source
from ingestion.parsing.odf_styles import Styles
from ingestion.parsing.odf_text import read_inline
from ingestion.parsing.office_properties import title_of
from ingestion.parsing.relations import Package
from ingestion.parsing.xml_reader import Element, attribute, child, children, descendants, local
from retrieval.errors import RejectedError

_TEXT = "application/vnd.oasis.opendocument.text"
_PRESENTATION = "application/vnd.oasis.opendocument.presentation"
_SKIPPED = frozenset({"tracked-changes", "sequence-decls", "forms", "variable-decls", "table-of-content-source"})
_FURNITURE = frozenset({"page-number", "date-time", "footer", "header"})


def parse_odt(source: Source) -> Draft:
    """A text document, without pages: the format does not say where they end."""
    package, content = _open(source, "OpenDocument text")
    writer = _Writer(package, Styles(content, package.xml("styles.xml")), source)
    writer.walk(child(content, "body", "text"))
    writer.notes()
    return Draft(writer.title or title_of(package), (writer.blocks.text(),), _TEXT)


def parse_odp(source: Source) -> Draft:
    """A presentation: each slide a page, its title first."""
    package, content = _open(source, "OpenDocument presentation")
    slides = descendants(child(content, "body", "presentation"), "page")
    source.check_pages(len(slides), "slides")
    writer = _Writer(package, Styles(content, package.xml("styles.xml")), source)
    pages = []
    for number, slide in enumerate(slides, 1):
        source.progress("slide", number, len(slides))
        writer.blocks = Blocks()
        frames = [one for one in slide if local(one) != "notes"]
        titles = [one for one in frames if attribute(one, "class") == "title"]
        shown = " ".join(one_line("".join(one.itertext())) for one in titles)
        writer.blocks.heading(1, shown or attribute(slide, "name"))
        for frame in frames:
            if frame not in titles and attribute(frame, "class") not in _FURNITURE:
                writer.block(frame)
        notes = child(slide, "notes")
        words = "" if notes is None else one_line(" ".join(" ".join(p.itertext()) for p in descendants(notes, "p")))
        if words:
            writer.blocks.paragraph(f"Notes: {words}")
        writer.notes()
        pages.append(writer.blocks.text())
    return Draft(title_of(package), tuple(pages), _PRESENTATION, paged=True)


def _open(source: Source, kind: str) -> tuple[Package, Element]:
    package = Package(source, kind)
    manifest = package.xml("META-INF/manifest.xml")
    if descendants(manifest, "encryption-data"):
        raise RejectedError(f"{source.filename} is protected by a password")
    content = package.xml("content.xml")
    if content is None:
        raise source.broken(kind)
    return package, content


class _Writer:
    """Writes blocks in their order."""

    def __init__(self, package: Package, styles: Styles, source: Source) -> None:
        self.blocks = Blocks()
        self.title = ""
        self._package = package
        self._source = source
        self._styles = styles
        self._notes: list[str] = []

    def walk(self, parent: Element | None) -> None:
        """Everything below `parent`."""
        for element in () if parent is None else parent:
            self.block(element)

    def block(self, element: Element) -> None:
        """One paragraph, heading, list, table or frame."""
        name = local(element)
        if name in _SKIPPED:
            return
        if name == "h":
            self._heading(element)
        elif name == "p":
            self._paragraph(element)
        elif name == "list":
            self._list(element, 0, "")
        elif name == "table":
            self.blocks.table(self._rows(element))
        elif name in {"title", "desc"}:
            self.blocks.paragraph("".join(element.itertext()))
        elif name == "object":
            self._object(element)
        elif name == "annotation":
            self._notes.append(
                f"> Comment: {one_line(' '.join(' '.join(p.itertext()) for p in children(element, 'p')))}"
            )
        elif name not in {"image", "object-ole"}:
            self.walk(element)

    def notes(self) -> None:
        """Footnotes and comments gathered so far."""
        for note in self._notes:
            self.blocks.paragraph(note)
        self._notes = []

    def _text(self, element: Element) -> tuple[str, list[Element]]:
        inline = read_inline(element, self._styles)
        self._notes += inline.notes
        return inline.text, inline.frames

    def _heading(self, element: Element) -> None:
        text, frames = self._text(element)
        level = attribute(element, "outline-level", "1")
        self.blocks.heading(int(level) + 1 if level.isdigit() and self.title else int(level or 1), text)
        for frame in frames:
            self.block(frame)

    def _paragraph(self, element: Element) -> None:
        text, frames = self._text(element)
        kind = self._styles.heading_of(attribute(element, "style-name"))
        if kind and text.strip():
            self.blocks.heading(kind, text)
            if kind == 1 and not self.title:
                self.title = one_line(text)
        elif self._styles.is_code(attribute(element, "style-name")):
            self.blocks.code(text)
        else:
            self.blocks.paragraph(text)
        for frame in frames:
            self.block(frame)

    def _list(self, element: Element, level: int, style: str) -> None:
        style = attribute(element, "style-name") or style
        numbered = self._styles.is_numbered(style, level)
        number = 0
        for item in children(element, "list-item", "list-header"):
            start = attribute(item, "start-value")
            number = int(start) if start.isdigit() else number + 1
            first = True
            for inner in item:
                name = local(inner)
                if name == "list":
                    self._list(inner, level + 1, style)
                elif name == "h":
                    self._heading(inner)
                elif name == "p":
                    text, frames = self._text(inner)
                    if first and text.strip():
                        self.blocks.item(level, f"{number}." if numbered else "-", text)
                        first = False
                    else:
                        self.blocks.item(level + 1, "-", text)
                    for frame in frames:
                        self.block(frame)
                else:
                    self.block(inner)

    def _rows(self, table: Element) -> list[list[str]]:
        """A table's rows; merged cells say the same in each of their places, empty repeats at the end are left out."""
        rows: list[list[str]] = []
        spans: dict[tuple[int, int], str] = {}
        for row in _own(table, "table-row"):
            line: list[str] = []
            for found in children(row, "table-cell", "covered-table-cell"):
                covered = local(found) == "covered-table-cell"
                text = spans.get((len(rows), len(line)), "") if covered else self._cell(found)
                width, height = _count(found, "number-columns-spanned"), _count(found, "number-rows-spanned")
                if not covered and width * height > 1 and text:
                    for down in range(height):
                        for aside in range(width):
                            spans[len(rows) + down, len(line) + aside] = text
                repeat = _count(found, "number-columns-repeated")
                line += [text] * (repeat if text or repeat < 50 else 1)
            self._source.check_columns(len(line), "a table")
            self._source.check_cells(len(line) * (len(rows) + 1), "a table")
            rows += [line] * (min(_count(row, "number-rows-repeated"), 1000) if any(line) else 1)
        return rows

    def _cell(self, element: Element) -> str:
        """A cell, or a text box in one, on one line."""
        inner = _Writer(self._package, self._styles, self._source)
        text = inner.flat(element)
        self._notes += inner.pending
        return text

    def flat(self, element: Element) -> str:
        """What is below `element` on one line: a table inside it as its words, headings as their words."""
        for part in element:
            if local(part) == "table":
                self.blocks.paragraph(" ".join(text for row in self._rows(part) for text in row if text))
            elif local(part) in {"h", "p"}:
                text, frames = self._text(part)
                self.blocks.paragraph(text)
                for frame in frames:
                    self.blocks.paragraph(self._cell(frame))
            else:
                self.block(part)
        return one_line(self.blocks.text())

    @property
    def pending(self) -> list[str]:
        """Notes and comments that were not written yet."""
        return self._notes

    def _object(self, element: Element) -> None:
        """An embedded object: an equation or a chart with a table of its own."""
        part = attribute(element, "href").removeprefix("./").rstrip("/") + "/content.xml"
        root = self._package.xml(part)
        if root is None:
            return
        if local(root) == "math":
            source = next((one.text for one in descendants(root, "annotation") if one.text), "")
            self.blocks.paragraph(f"${one_line(source or ' '.join(root.itertext()))}$")
        else:
            for table in descendants(root, "table")[:1]:
                self.blocks.table(self._rows(table))


def _own(table: Element, name: str) -> list[Element]:
    """Rows of a table, also those in header rows and groups, not those of a table inside it."""
    found: list[Element] = []
    for element in table:
        if local(element) == name:
            found.append(element)
        elif local(element) in {"table-header-rows", "table-rows", "table-row-group"}:
            found += _own(element, name)
    return found


def _count(element: Element, name: str) -> int:
    text = attribute(element, name)
    return max(int(text), 1) if text.isdigit() and len(text) < 9 else 1
