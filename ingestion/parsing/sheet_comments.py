"""Comments and threaded comments of an XLSX workbook, by sheet."""

from __future__ import annotations

import posixpath
from typing import Any

from ingestion.parsing.archive import Archive
from ingestion.parsing.markdown import one_line
from ingestion.parsing.model import Source
from ingestion.parsing.relations import relations
from ingestion.parsing.xml_reader import attribute, child, descendants, read_xml
from retrieval.errors import RejectedError


def comments_by_sheet(archive: Archive, source: Source) -> dict[str, list[str]]:
    """Sheet's name to "Comment on B2 by Ann: text"; threaded comments instead of the notes that stand in for them."""
    if "xl/workbook.xml" not in archive:
        return {}
    try:
        return _read(archive, source)
    except RejectedError:
        return {}


def _read(archive: Archive, source: Source) -> dict[str, list[str]]:
    people = _people(archive, source)
    targets = relations(archive, "xl/workbook.xml", source)
    found: dict[str, list[str]] = {}
    for sheet in descendants(read_xml(archive.read("xl/workbook.xml"), source), "sheet"):
        _, part = targets.get(attribute(sheet, "id"), ("", ""))
        related = relations(archive, part, source).values() if part else ()
        threaded = [target for kind, target in related if kind == "threadedComment"]
        notes = [target for kind, target in related if kind == "comments"]
        for target in threaded or notes:
            if target in archive:
                root = read_xml(archive.read(target), source)
                lines = _threaded(root, people) if threaded else _notes(root)
                found.setdefault(attribute(sheet, "name"), []).extend(lines)
    return found


def _threaded(root: Any, people: dict[str, str]) -> list[str]:
    return [
        _line(attribute(item, "ref"), people.get(attribute(item, "personId"), ""), attribute(item, "dT"), _text(item))
        for item in descendants(root, "threadedComment")
    ]


def _notes(root: Any) -> list[str]:
    authors = ["".join(author.itertext()) for author in descendants(root, "author")]
    lines = []
    for item in descendants(root, "comment"):
        number = attribute(item, "authorId")
        author = authors[int(number)] if number.isdigit() and int(number) < len(authors) else ""
        lines.append(_line(attribute(item, "ref"), author, "", _text(item)))
    return lines


def _line(place: str, author: str, time: str, text: str) -> str:
    said = ", ".join(filter(None, [f"author: {author}" if author else "", f"time: {time}" if time else ""]))
    text = text.removeprefix(f"{author}:").strip()
    return one_line(f"Comment on {place} [{said}]: {text}" if said else f"Comment on {place}: {text}")


def _text(item: Any) -> str:
    body = child(item, "text")
    return "" if body is None else "".join(part.text or "" for part in descendants(body, "t", "text"))


def _people(archive: Archive, source: Source) -> dict[str, str]:
    names: dict[str, str] = {}
    for name in archive.names:
        if posixpath.dirname(name) == "xl/persons":
            for person in descendants(read_xml(archive.read(name), source), "person"):
                names[attribute(person, "id")] = attribute(person, "displayName")
    return names
