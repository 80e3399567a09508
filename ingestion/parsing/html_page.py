"""HTML to Markdown: headings, lists, description lists, tables with spans, code, links; nothing that is hidden."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from ingestion.parsing.encoding import decode
from ingestion.parsing.html_tables import spread
from ingestion.parsing.markdown import Blocks, clean, emphasis, one_line
from ingestion.parsing.model import Draft, Source
from retrieval.errors import RejectedError

_SKIPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "iframe",
        "object",
        "embed",
        "svg",
        "canvas",
        "map",
        "source",
        "track",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "br",
        "button",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "mark",
        "math",
        "meter",
        "nobr",
        "output",
        "picture",
        "progress",
        "q",
        "ruby",
        "rb",
        "rt",
        "rp",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "cite": "*", "del": "~~", "s": "~~", "strike": "~~"}
_CODE = frozenset({"code", "kbd", "samp", "tt"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")

Run = tuple[str, str]


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
        self.blocks.paragraph(_folded(self._runs))
        self._runs = []

    def walk(self, element: Any) -> None:
        """Write what is inside `element`."""
        self._text(element.text)
        for inner in element:
            self._child(inner)
            self._text(inner.tail)

    def _text(self, text: str | None) -> None:
        if text:
            self._runs.append((_spaces(text), ""))

    def _child(self, element: Any) -> None:
        tag = _tag(element)
        if not tag or tag in _SKIPPED or _is_hidden(element):
            return
        if tag == "br":
            self._runs.append(("\n", ""))
        elif tag in _INLINE and not _holds_block(element):
            self._runs += _inline(element, "")
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
        outside = [inner for inner in element if _tag(inner) in {"ul", "ol", "table", "dl"}]
        for inner in outside:
            element.remove(inner)
        self.blocks.heading(level, _folded(_inline(element, "")))
        for inner in outside:
            self._block(inner, _tag(inner))

    def _code(self, element: Any) -> None:
        if self._flat:
            self.blocks.paragraph("".join(element.itertext()))
        else:
            self.blocks.code("".join(element.itertext()))

    def list(self, element: Any, level: int) -> None:
        """A list and the lists inside it."""
        ordered = _tag(element) == "ol"
        number = _whole(element.get("start"), 1)
        for inner in element:
            tag = _tag(inner)
            if tag == "li":
                number = _whole(inner.get("value"), number)
                if not _is_hidden(inner):
                    self._item(inner, level, f"{number}." if ordered else "-")
                number += 1
            elif tag in {"ul", "ol", "menu", "dir"}:
                self.list(inner, level + 1)
            elif tag and tag not in _SKIPPED:
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
            tag = _tag(block)
            if tag in {"ul", "ol", "menu", "dir"}:
                self.list(block, below)
            elif tag == "dl":
                self._definitions(block, below)
            else:
                self._block(block, tag)

    def _definitions(self, element: Any, level: int) -> None:
        for inner in element:
            tag = _tag(inner)
            if tag == "dt":
                term = one_line(_folded(_inline(inner, "")))
                self.blocks.item(level, "-", f"**{term}**" if term and "*" not in term else term)
            elif tag == "dd":
                self._item(inner, level + 1, "-")
            elif tag == "div":
                self._definitions(inner, level)

    def _table(self, element: Any) -> None:
        for caption in element.findall("caption"):
            self.blocks.paragraph(_folded(_inline(caption, "")))
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
            self.blocks.paragraph(_folded(_inline(element, "")))
        else:
            self.walk(element)


def _inline(element: Any, mark: str) -> list[Run]:
    """The runs of an inline element; links and code are written out, so they carry no mark of their own."""
    tag = _tag(element)
    if tag == "img":
        return [(one_line(element.get("alt") or ""), mark)]
    if tag == "input":
        return [(_input(element), "")]
    if tag in _CODE:
        code = one_line("".join(element.itertext()))
        return [(f"`{code}`" if code and "`" not in code else code, "")]
    if tag == "math":
        return [(_math(element), "")]
    if tag in {"rt", "rp"}:
        return [(f"({''.join(element.itertext())})" if tag == "rt" else "", "")]
    runs = _inner_runs(element, _MARKS.get(tag, mark))
    if tag == "a" and (href := (element.get("href") or "").strip()):
        text = one_line(_folded(runs))
        if text and not href.lower().startswith(("javascript:", "data:")) and "](" not in text:
            edges = _folded(runs)
            before, after = " " * edges[:1].isspace(), " " * edges[-1:].isspace()
            return [(f"{before}[{text}]({href.replace(' ', '%20')}){after}", "")]
    return runs


def _inner_runs(element: Any, mark: str) -> list[Run]:
    runs: list[Run] = [(_spaces(element.text), mark)] if element.text else []
    for inner in element:
        tag = _tag(inner)
        if tag == "br":
            runs.append(("\n", ""))
        elif tag and tag not in _SKIPPED and not _is_hidden(inner):
            runs += _inline(inner, mark) if tag in _INLINE else [(" ", ""), *_inline(inner, mark), (" ", "")]
        if inner.tail:
            runs.append((_spaces(inner.tail), mark))
    return runs


def _folded(runs: list[Run]) -> str:
    """Runs as text; spaces single, line breaks only where the page has <br>."""
    lines = [re.sub(r" {2,}", " ", line).strip() for line in emphasis(runs).split("\n")]
    edge = emphasis(runs)
    text = "\n".join(line for line in lines if line)
    return " " * edge[:1].isspace() + text + " " * edge[-1:].isspace() if text else ""


def _spaces(text: str) -> str:
    """White space means a space in HTML; a line break is only <br>."""
    return re.sub(r"[ \t\r\n\f\v]+", " ", clean(text))


def _input(element: Any) -> str:
    kind = (element.get("type") or "text").lower()
    if kind in {"checkbox", "radio"}:
        return "[x] " if element.get("checked") is not None else "[ ] "
    return "" if kind in {"hidden", "password", "submit"} else str(element.get("value") or "")


def _math(element: Any) -> str:
    for inner in element.iter():
        if _tag(inner) == "annotation" and "tex" in (inner.get("encoding") or ""):
            return f"${one_line(''.join(inner.itertext()))}$"
    return one_line(" ".join(element.itertext()))


def _holds_block(element: Any) -> bool:
    return any(_tag(inner) and _tag(inner) not in _INLINE | _SKIPPED for inner in element.iterdescendants())


def _is_hidden(element: Any) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _is_layout(table: Any) -> bool:
    """A table that only arranges a page: said so, or one column that holds tables or headings."""
    if (table.get("role") or "").lower() in {"presentation", "none"}:
        return True
    holds = any(_tag(inner) in {"table", *_HEADINGS} for cell in _own_cells(table) for inner in cell.iterdescendants())
    if not holds:
        return False
    return all(len(row.findall("td")) + len(row.findall("th")) <= 1 for row in table.iter("tr"))


def _own_cells(table: Any) -> list[Any]:
    return [cell for cell in table.iter("td", "th") if next(cell.iterancestors("table"), None) is table]


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,9}", text.strip()) else otherwise


def _tag(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""
