"""Comments and threaded comments of an XLSX workbook, by sheet."""

from __future__ import annotations

import posixpath
from typing import Any

from ingestion.parsing.markdown import one_line
from ingestion.parsing.relations import Package
from ingestion.parsing.xml_reader import attribute, child, descendants


def comments_by_sheet(package: Package) -> dict[str, list[str]]:
    """Sheet's name to "Comment on B2 [author: Ann]: text"; threaded comments instead of the notes standing for them."""
    people = _people(package)
    targets = package.relationships("xl/workbook.xml")
    found: dict[str, list[str]] = {}
    for sheet in descendants(package.xml("xl/workbook.xml"), "sheet"):
        relation = targets.get(attribute(sheet, "id"))
        part = relation.target if relation else ""
        threaded = package.related(part, "threadedComment")
        lines = [line for target in threaded for line in _threaded(package.xml(target), people)]
        lines += [line for target in package.related(part, "comments") for line in _notes(package.xml(target))]
        if lines:
            found[attribute(sheet, "name")] = lines
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
        if author.startswith("tc="):
            continue  # stands in for a threaded comment, which is read as such
        lines.append(_line(attribute(item, "ref"), author, "", _text(item)))
    return lines


def _line(place: str, author: str, time: str, text: str) -> str:
    said = ", ".join(filter(None, [f"author: {author}" if author else "", f"time: {time}" if time else ""]))
    text = text.removeprefix(f"{author}:").strip()
    return one_line(f"Comment on {place} [{said}]: {text}" if said else f"Comment on {place}: {text}")


def _text(item: Any) -> str:
    body = child(item, "text")
    return "" if body is None else "".join(part.text or "" for part in descendants(body, "t", "text"))


def _people(package: Package) -> dict[str, str]:
    names: dict[str, str] = {}
    for part in package.archive.names:
        if posixpath.dirname(part) == "xl/persons":
            for person in descendants(package.xml(part), "person"):
                names[attribute(person, "id")] = attribute(person, "displayName")
    return names
