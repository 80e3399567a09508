"""Reads XML from strangers: no network, no external files, no entity is expanded."""

from __future__ import annotations

import html
import re
from typing import Any

from lxml import etree

from ingestion.parsing.model import Source
from retrieval.errors import RejectedError

Element = Any
"""An element of lxml, which ships no types."""

_ENTITY = re.compile(rb"""<!ENTITY\s+(%\s*)?([^\s"'<>]+)\s+(?:"([^"]*)"|'([^']*)')""")
_PROLOGUE = 1_000_000
_LONGEST_VALUE = 200


def read_xml(data: bytes, source: Source, *, recover: bool = False) -> Any:
    """The root element of `data` (an lxml element); comments and processing instructions are gone.

    Raises:
        RejectedError: it is not well-formed (unless `recover`), empty, or declares entities made of entities.
    """
    values = _entities(data, source)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=True,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise source.broken("XML file") from error
    if root is None:
        raise source.broken("XML file")
    for entity in list(root.iter(etree.Entity)):
        _replace(entity, values.get(entity.name) or html.unescape(f"&{entity.name};"))
    return root


def local(element: Any) -> str:
    """An element's name without its namespace; "" for comments and the like."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2]


def attribute(element: Any, name: str, default: str = "") -> str:
    """The attribute `name` of whatever namespace."""
    value = element.get(name)
    if value is not None:
        return str(value)
    for key, other in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(other)
    return default


def child(element: Element | None, *path: str) -> Element | None:
    """The first descendant along `path` of local names; None where a step is missing."""
    for name in path:
        if element is None:
            return None
        element = next((inner for inner in element if local(inner) == name), None)
    return element


def children(element: Element | None, *names: str) -> list[Element]:
    """The direct children with one of these local names."""
    return [] if element is None else [inner for inner in element if local(inner) in names]


def descendants(element: Element | None, *names: str) -> list[Element]:
    """The element itself and all below it with one of these local names, in document order."""
    return [] if element is None else list(element.iter(*(f"{{*}}{name}" for name in names)))


def _entities(data: bytes, source: Source) -> dict[str, str]:
    """Declared entities with a short plain value; those made of other entities are how XML bombs are built."""
    values: dict[str, str] = {}
    for percent, name, double, single in _ENTITY.findall(data[:_PROLOGUE]):
        value = double or single
        if percent or re.search(rb"[&%][^#\s;]+;", value):
            raise RejectedError(f"{source.filename} declares XML entities made of other entities, which is not allowed")
        if len(value) <= _LONGEST_VALUE:
            values[name.decode("utf-8", "replace")] = html.unescape(value.decode("utf-8", "replace"))
    return values


def _replace(entity: Any, value: str) -> None:
    """Put `value` into the text where the entity stood."""
    parent, text = entity.getparent(), value + (entity.tail or "")
    before = entity.getprevious()
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text
    entity.tail = None
    parent.remove(entity)
