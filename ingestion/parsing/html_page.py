"""HTML to Markdown: headings, lists, description lists, tables with spans, code, links; nothing that is hidden."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from ingestion.parsing.encoding import decode
from ingestion.parsing.html_inline import INLINE, SKIPPED, Run, folded, inline_runs, is_hidden, spaces, tag_of
from ingestion.parsing.html_tables import spread
from ingestion.parsing.markdown import Blocks, one_line
from ingestion.parsing.model import Draft, Source
from retrieval.errors import RejectedError

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def parse_html(source: Source) -> Draft:
    """The page's body as Markdown; its title from <title>."""
    text = decode(source.path.read_bytes())
    root = _tree(text)
    if root is None:
        raise RejectedError(f"{source.filename} has no text")
    title = root.find(".//title")
    written = _markdown(root, source)
    return Draft(one_line("".join(title.itertext())) if title is not None else "", (written,), "text/html")


def html_to_markdown(text: str, source: Source | None = None) -> str:
    """A page or a fragment of HTML as Markdown; "" where it says nothing."""
    root = _tree(text)
    return "" if root is None else _markdown(root, source)


def element_to_markdown(element: Any) -> str:
    """One element that was already parsed, such as a table inside another XML document."""
    return _markdown(element, None)


def _tree(text: str) -> Any:
    parser = lxml_html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    text = _DECLARATION.sub("", text).replace("\0", "")
    if not text.strip():
        return None
    try:
        return lxml_html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _markdown(root: Any, source: Source | None) -> str:
    writer = _Writer(source, flat=False)
    writer.walk(root)
    writer.flush()
    return writer.blocks.text()


class _Writer:
    """Walks a tree once: inline text gathers in `_runs` until a block begins or ends.

    `flat` is for a table's cell: tables and code inside it become plain text.
    """

    def __init__(self, source: Source | None, *, flat: bool) -> None:
        self.blocks = Blocks()
        self._source = source
        self._flat = flat
        self._runs: list[Run] = []

    def flush(self) -> None:
        """End the paragraph."""
        self.blocks.paragraph(folded(self._runs))
        self._runs = []

    def walk(self, element: Any) -> None:
        """Write what is inside `element`."""
        self._text(element.text)
        for inner in element:
            self._child(inner)
            self._text(inner.tail)

    def _text(self, text: str | None) -> None:
        if text:
            self._runs.append((spaces(text), ""))

    def _child(self, element: Any) -> None:
        tag = tag_of(element)
        if not tag or tag in SKIPPED or is_hidden(element):
            return
        if tag == "br":
            self._runs.append(("\n", ""))
        elif tag in INLINE and not _holds_block(element):
            self._runs += inline_runs(element, "")
        else:
            self.flush()
            self._block(element, tag)
            self.flush()

    def _block(self, element: Any, tag: str) -> None:
        if tag in _HEADINGS:
            self._heading(element, _HEADINGS[tag])
        elif tag in {"ul", "ol", "menu", "dir"}:
            self.list(element, 0)
        elif tag == "dl":
            self._definitions(element, 0)
        elif tag == "table":
            self._table(element)
        elif tag == "pre":
            self._code(element)
        elif tag == "li":
            self._item(element, 0, "-")
        else:
            self.walk(element)

    def _heading(self, element: Any, level: int) -> None:
        outside = [inner for inner in element if tag_of(inner) in {"ul", "ol", "table", "dl"}]
        for inner in outside:
            element.remove(inner)
        self.blocks.heading(level, folded(inline_runs(element, "")))
        for inner in outside:
            self._block(inner, tag_of(inner))

    def _code(self, element: Any) -> None:
        if self._flat:
            self.blocks.paragraph("".join(element.itertext()))
        else:
            self.blocks.code("".join(element.itertext()))

    def list(self, element: Any, level: int) -> None:
        """A list and the lists inside it."""
        ordered = tag_of(element) == "ol"
        number = _whole(element.get("start"), 1)
        for inner in element:
            tag = tag_of(inner)
            if tag == "li":
                number = _whole(inner.get("value"), number)
                if not is_hidden(inner):
                    self._item(inner, level, f"{number}." if ordered else "-")
                number += 1
            elif tag in {"ul", "ol", "menu", "dir"}:
                self.list(inner, level + 1)
            elif tag and tag not in SKIPPED:
                self._item(inner, level, "-")

    def _item(self, element: Any, level: int, marker: str) -> None:
        """A list item: its text on one line, then its lists one level deeper, then its tables and code."""
        inner = _ItemText(self._source, self._flat)
        inner.walk(element)
        inner.flush()
        text = one_line(inner.blocks.text())
        self.blocks.item(level, marker, text)
        below = level + 1 if text else level
        for block in inner.set_apart:
            tag = tag_of(block)
            if tag in {"ul", "ol", "menu", "dir"}:
                self.list(block, below)
            elif tag == "dl":
                self._definitions(block, below)
            else:
                self._block(block, tag)

    def _definitions(self, element: Any, level: int) -> None:
        for inner in element:
            tag = tag_of(inner)
            if tag == "dt":
                term = one_line(folded(inline_runs(inner, "")))
                self.blocks.item(level, "-", f"**{term}**" if term and "*" not in term else term)
            elif tag == "dd":
                self._item(inner, level + 1, "-")
            elif tag == "div":
                self._definitions(inner, level)

    def _table(self, element: Any) -> None:
        for caption in element.findall("caption"):
            self.blocks.paragraph(folded(inline_runs(caption, "")))
        if _is_layout(element):
            for found in _own_cells(element):
                self.walk(found)
                self.flush()
            return
        rows = spread(element, self._cell, self._source)
        if self._flat:
            self.blocks.paragraph(" ".join(value for row in rows for value in row if value))
        else:
            self.blocks.table(rows)

    def _cell(self, element: Any) -> str:
        inner = _Writer(self._source, flat=True)
        inner.walk(element)
        inner.flush()
        return one_line(inner.blocks.text())


class _ItemText(_Writer):
    """Gathers a list item's text and keeps the lists, tables and code in it for later."""

    def __init__(self, source: Source | None, flat: bool) -> None:  # noqa: FBT001 (private)
        super().__init__(source, flat=flat)
        self.set_apart: list[Any] = []

    def _block(self, element: Any, tag: str) -> None:
        if tag in {"ul", "ol", "menu", "dir", "dl", "table", "pre"}:
            self.set_apart.append(element)
        elif tag in _HEADINGS:
            self.blocks.paragraph(folded(inline_runs(element, "")))
        else:
            self.walk(element)


def _holds_block(element: Any) -> bool:
    return any(tag_of(inner) and tag_of(inner) not in INLINE | SKIPPED for inner in element.iterdescendants())


def _is_layout(table: Any) -> bool:
    """A table that only arranges a page: said so, or one column that holds tables or headings."""
    if (table.get("role") or "").lower() in {"presentation", "none"}:
        return True
    holds = any(
        tag_of(inner) in {"table", *_HEADINGS} for cell in _own_cells(table) for inner in cell.iterdescendants()
    )
    if not holds:
        return False
    return all(len(row.findall("td")) + len(row.findall("th")) <= 1 for row in table.iter("tr"))


def _own_cells(table: Any) -> list[Any]:
    return [cell for cell in table.iter("td", "th") if next(cell.iterancestors("table"), None) is table]


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,9}", text.strip()) else otherwise
