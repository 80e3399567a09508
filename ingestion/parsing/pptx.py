"""Presentations (PPTX): each slide a page; titles, lists, tables, charts, diagrams, notes and comments."""

from __future__ import annotations

from ingestion.parsing.charts import chart_rows
from ingestion.parsing.inline import Piece, join_pieces
from ingestion.parsing.markdown import Blocks, one_line
from ingestion.parsing.model import Draft, Source
from ingestion.parsing.office_properties import title_of
from ingestion.parsing.relations import Package
from ingestion.parsing.xml_reader import Element, attribute, child, children, descendants, local

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_FURNITURE = frozenset({"sldNum", "ftr", "dt", "hdr", "sldImg"})
_TITLES = frozenset({"title", "ctrTitle"})


def parse_pptx(source: Source) -> Draft:
    """Every slide in the order of the presentation, hidden ones too."""
    package = Package(source, "presentation")
    main = next(iter(package.related("", "officeDocument")), "ppt/presentation.xml")
    root = package.xml(main)
    if root is None:
        raise source.broken("presentation")
    known = package.relationships(main)
    targets = [known[key].target for one in descendants(root, "sldId") if (key := _relation(one)) in known]
    source.check_pages(len(targets), "slides")
    pages, warnings = [], []
    for number, target in enumerate(targets, 1):
        source.progress("slide", number, len(targets))
        slide = package.xml(target)
        if slide is None:
            warnings.append(f"slide {number} is damaged")
            pages.append("")
            continue
        pages.append(_Slide(package, target, slide).text())
    return Draft(title_of(package), tuple(pages), _MEDIA_TYPE, paged=True, warnings=tuple(warnings))


def _relation(element: Element) -> str:
    return next((str(value) for key, value in element.attrib.items() if key.endswith("}id")), "")


class _Slide:
    """Writes one slide; `_counts` are the numbers of numbered lists by level."""

    def __init__(self, package: Package, part: str, root: Element) -> None:
        self._package = package
        self._part = part
        self._root = root
        self._relations = package.relationships(part)
        self._blocks = Blocks()

    def text(self) -> str:
        """The slide as Markdown: its title first, then its shapes in their order, then notes and comments."""
        shapes = child(self._root, "cSld", "spTree")
        titles = [shape for shape in descendants(shapes, "sp") if _placeholder(shape) in _TITLES]
        for shape in titles:
            self._blocks.heading(1, " ".join(_words(one) for one in descendants(child(shape, "txBody"), "p")))
        self._walk(shapes)
        for target in self._package.related(self._part, "notesSlide"):
            self._notes(self._package.xml(target))
        for target in self._package.related(self._part, "comments"):
            for comment in descendants(self._package.xml(target), "cm"):
                words = " ".join(part.text or "" for part in descendants(comment, "text", "t"))
                if words.strip():
                    self._blocks.paragraph(f"> Comment: {one_line(words)}")
        return self._blocks.text()

    def _walk(self, parent: Element | None) -> None:
        """Every shape below, whatever an unknown element wraps it in."""
        for shape in () if parent is None else parent:
            name = local(shape)
            if name == "AlternateContent":
                self._walk(next(iter(children(shape, "Choice", "Fallback")), None))
            elif name == "graphicFrame":
                self._frame(shape)
            elif child(shape, "txBody") is not None:
                kind = _placeholder(shape)
                if kind not in _FURNITURE | _TITLES:
                    self._paragraphs(child(shape, "txBody"), bulleted=kind in {"body", "obj"})
            elif not name.endswith("Pr"):
                self._walk(shape)

    def _frame(self, frame: Element) -> None:
        for table in descendants(frame, "tbl"):
            self._blocks.table(_rows(table))
        for chart in descendants(frame, "chart"):
            relation = self._relations.get(_relation(chart))
            if relation:
                title, rows = chart_rows(self._package.xml(relation.target))
                self._blocks.paragraph(title)
                self._blocks.table(rows)
        for diagram in descendants(frame, "relIds"):
            relation = self._relations.get(attribute(diagram, "dm"))
            if relation:
                for paragraph in descendants(self._package.xml(relation.target), "p"):
                    self._blocks.item(0, "-", _words(paragraph))

    def _paragraphs(self, body: Element | None, *, bulleted: bool) -> None:
        paragraphs = [one for one in children(body, "p") if _words(one).strip()]
        bulleted = bulleted and len(paragraphs) > 1
        counts: dict[int, int] = {}
        for paragraph in paragraphs:
            look = child(paragraph, "pPr")
            level = (
                int(attribute(look, "lvl", "0")) if look is not None and attribute(look, "lvl", "0").isdigit() else 0
            )
            text = self._marked(paragraph)
            number = child(look, "buAutoNum")
            counts = {known: count for known, count in counts.items() if known < level or known == level}
            if number is not None:
                start = attribute(number, "startAt", "1")
                counts[level] = counts.get(level, int(start) - 1 if start.isdigit() else 0) + 1
                self._blocks.item(level, f"{counts[level]}.", text)
                continue
            counts.pop(level, None)
            plain = child(look, "buNone") is not None
            if child(look, "buChar") is not None or (not plain and (bulleted or level)):
                self._blocks.item(level, "-", text)
            else:
                self._blocks.paragraph(text)

    def _marked(self, paragraph: Element) -> str:
        """A paragraph with its links."""
        pieces = []
        for part in paragraph:
            if local(part) == "br":
                pieces.append(Piece("\n"))
            text = "".join(inner.text or "" for inner in descendants(part, "t"))
            link = next(iter(descendants(part, "hlinkClick")), None)
            relation = self._relations.get(_relation(link)) if link is not None else None
            pieces.append(Piece(text, link=relation.target if relation and relation.external else ""))
        return join_pieces(pieces)

    def _notes(self, root: Element | None) -> None:
        lines = [
            _words(paragraph)
            for shape in descendants(root, "sp")
            if _placeholder(shape) == "body"
            for paragraph in descendants(child(shape, "txBody"), "p")
        ]
        if any(line.strip() for line in lines):
            self._blocks.paragraph("Notes: " + "\n".join(line for line in lines if line.strip()))


def _placeholder(shape: Element) -> str:
    """The kind of placeholder: `body` for one without a kind, "" for a shape that is none."""
    for properties in shape:
        found = child(properties, "nvPr", "ph")
        if local(properties).startswith("nv") and found is not None:
            return attribute(found, "type", "body")
    return ""


def _words(paragraph: Element) -> str:
    return "".join("\n" if local(part) == "br" else part.text or "" for part in descendants(paragraph, "t", "br"))


def _rows(table: Element) -> list[list[str]]:
    """A table's rows; merged cells say the same in each of their places."""
    rows: list[list[str]] = []
    for row in children(table, "tr"):
        line: list[str] = []
        for found in children(row, "tc"):
            if attribute(found, "vMerge") in {"1", "true"} and rows and len(line) < len(rows[-1]):
                line.append(rows[-1][len(line)])
            elif attribute(found, "hMerge") in {"1", "true"} and line:
                line.append(line[-1])
            else:
                line.append(one_line(" ".join(_words(one) for one in descendants(found, "p"))))
        rows.append(line)
    return rows
