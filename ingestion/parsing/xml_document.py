"""XML: patents and articles as text with headings, tables and lists; other XML as a list of its fields."""

from __future__ import annotations

from typing import Any

from ingestion.parsing.html_tables import spread
from ingestion.parsing.inline import subscript, superscript
from ingestion.parsing.json_data import write_value
from ingestion.parsing.markdown import Blocks, one_line
from ingestion.parsing.model import Draft, Source
from ingestion.parsing.xml_reader import Element, attribute, children, descendants, local, read_xml

_TITLES = frozenset(["invention-title", "title-of-invention", "article-title", "B540"])
_HEADINGS = frozenset(["heading", "title", "head", "subtitle", "H"])
_PARAGRAPHS = frozenset(["p", "para", "paragraph", "simpara", "PARA", "PTEXT", "blockquote", "verse"])
_ABSTRACTS = ("abstract", "subdoc-abstract", "SDOAB")
_BODIES = ("description", "subdoc-description", "SDODE", "body", "back", "chapter", "section")
_CLAIMS = ("claims", "subdoc-claims", "SDOCL")
_LISTS = frozenset(["list", "ul", "ol", "itemizedlist", "orderedlist"])
_ITEMS = ("li", "list-item", "listitem", "item")
_SKIPPED = frozenset(
    ["bibliographic-data", "drawings", "us-bibliographic-data-grant", "us-bibliographic-data-application"]
)
_DEPTH = 200


def parse_xml(source: Source) -> Draft:
    """The document's title, abstract, body and claims where it has them; else everything it says."""
    root = read_xml(source.path.read_bytes(), source, recover=True)
    blocks = Blocks()
    title = ""
    for found in descendants(root, *_TITLES)[:1]:
        title = text_of(found)
    if title or descendants(root, *_PARAGRAPHS):
        _document(blocks, root, title, source)
    if not blocks:
        write_value(blocks, {local(root): _value(root, 0)}, source)
    return Draft(title, (blocks.text(),), "application/xml")


def text_of(element: Element) -> str:
    """The words of an element on one line; raised and lowered signs in their own characters where there are some."""
    return one_line("".join(_pieces(element)))


def _pieces(element: Element) -> list[str]:
    name = local(element)
    if (
        name in {"table", "tables", "table-wrap", "fig", "figref-image", "chem-us", "img", "graphic"}
        and not element.text
    ):
        return [" "]
    change: Any = superscript if name in {"sup", "SP"} else subscript if name in {"sub", "SB"} else str
    parts = [change(element.text or "")]
    for inner in element:
        parts += _pieces(inner)
        parts.append(inner.tail or "")
    return parts


def _document(blocks: Blocks, root: Element, title: str, source: Source) -> None:
    blocks.heading(1, title)
    bodies = _outermost(root, _BODIES)
    for abstract in _outermost(root, _ABSTRACTS):
        if not any(abstract is inner or abstract in inner.iterdescendants() for inner in bodies):
            blocks.heading(2, "Abstract")
            _walk(blocks, abstract, 3, source)
    claims = _outermost(root, _CLAIMS)
    for body in bodies:
        _walk(blocks, body, 2, source)
    if not bodies and not claims:
        _walk(blocks, root, 2, source)
    for found in claims:
        blocks.heading(2, "Claims")
        _claims(blocks, found)


def _outermost(root: Element, names: tuple[str, ...]) -> list[Element]:
    found = descendants(root, *names)
    return [one for one in found if not any(local(parent) in names for parent in one.iterancestors())]


def _walk(blocks: Blocks, parent: Element, level: int, source: Source) -> None:
    """What is below `parent`; sections inside sections have deeper headings."""
    if level > _DEPTH:
        return
    for element in parent:
        name = local(element)
        if name in _SKIPPED or name in _TITLES:
            continue
        if name in _HEADINGS:
            blocks.heading(level, text_of(element))
        elif name in _LISTS:
            _list(blocks, element, 0, source)
        elif name == "table" and _rows(element):
            _table(blocks, element, source)
        elif name in _PARAGRAPHS:
            _paragraph(blocks, element, source)
        elif len(element):
            _walk(blocks, element, level + (name in {"sec", "section", "chapter", "div"}), source)
        else:
            blocks.paragraph(text_of(element))


def _paragraph(blocks: Blocks, element: Element, source: Source) -> None:
    """A paragraph; lists and tables inside it stand below it."""
    inside = [one for one in descendants(element, "table", *_LISTS) if one is not element]
    inside = [one for one in inside if not any(parent in inside for parent in one.iterancestors())]
    tails = [(one, one.getparent(), one.tail) for one in inside]
    for one, parent, tail in tails:
        before = one.getprevious()
        if before is None:
            parent.text = f"{parent.text or ''} {tail or ''}"
        else:
            before.tail = f"{before.tail or ''} {tail or ''}"
        one.tail = None
        parent.remove(one)
    blocks.paragraph(text_of(element))
    for one in inside:
        if local(one) == "table":
            _table(blocks, one, source)
        else:
            _list(blocks, one, 0, source)


def _list(blocks: Blocks, element: Element, depth: int, source: Source) -> None:
    numbered = local(element) in {"ol", "orderedlist"} or attribute(element, "list-type") == "order"
    for number, item in enumerate(children(element, *_ITEMS), 1):
        nested = [one for one in descendants(item, *_LISTS) if one is not item]
        for one in nested:
            if one.getparent() is not None:
                one.getparent().remove(one)
        blocks.item(depth, f"{number}." if numbered else "-", text_of(item))
        for one in nested:
            _list(blocks, one, min(depth + 1, 20), source)


def _rows(table: Element) -> list[Element]:
    return descendants(table, "row", "tr")


def _table(blocks: Blocks, table: Element, source: Source) -> None:
    """HTML's tables, or CALS tables (rows of entries, several groups with columns of their own)."""
    if descendants(table, "tr"):
        blocks.table(spread(table, text_of, source))
        return
    rows: list[list[str]] = []
    for group in descendants(table, "tgroup") or [table]:
        places = {attribute(one, "colname"): number for number, one in enumerate(descendants(group, "colspec"))}
        for row in descendants(group, "row"):
            rows.append(_entries(row, places))
            source.check_columns(len(rows[-1]), "a table")
    blocks.table([row for row in rows if any(row)])


def _entries(row: Element, places: dict[str, int]) -> list[str]:
    """A row of a CALS table; an entry that spans columns is repeated in each."""
    line: list[str] = []
    for entry in children(row, "entry"):
        first = places.get(attribute(entry, "namest") or attribute(entry, "colname"), len(line))
        last = places.get(attribute(entry, "nameend"), first)
        line += [""] * (first - len(line))
        line += [text_of(entry)] * max(last - first + 1, 1)
    return line


def _claims(blocks: Blocks, claims: Element) -> None:
    for number, claim in enumerate(descendants(claims, "claim", "CLM"), 1):
        text = text_of(claim)
        blocks.paragraph(text if text.startswith((f"{number}.", f"{number} .")) else f"{number}. {text}")


def _value(element: Element, depth: int) -> Any:
    """An element as plain data: attributes and children by name, repeated ones as a list, leaves as text."""
    fields: dict[str, Any] = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
    text = one_line(element.text or "")
    if depth > _DEPTH:
        return one_line(" ".join(element.itertext()))
    for inner in element:
        name, value = local(inner), _value(inner, depth + 1)
        if name:
            known = fields.get(name)
            fields[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
        text = f"{text} {one_line(inner.tail or '')}".strip()
    if not fields:
        return text
    return {**fields, "text": text} if text else fields
