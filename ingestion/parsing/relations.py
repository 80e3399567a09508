"""The parts of an Office Open XML package and the relations between them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from ingestion.parsing.archive import Archive
from ingestion.parsing.model import Source
from ingestion.parsing.xml_reader import Element, attribute, descendants, read_xml
from retrieval.errors import RejectedError


@dataclass(frozen=True, slots=True)
class Relationship:
    """Kind is the last word of the relation's type; target a part's name, or an address where it is external."""

    kind: str
    target: str
    external: bool


class Package:
    """Reads parts by name. Names are only looked up, never used as paths of a file system."""

    def __init__(self, source: Source, kind: str) -> None:
        self.archive = Archive(source, kind)
        self._source = source

    def xml(self, part: str) -> Element | None:
        """The root element of a part; None where there is no such part or it is damaged."""
        if not part or part not in self.archive:
            return None
        try:
            return read_xml(self.archive.read(part), self._source)
        except RejectedError as error:
            if "entities" in error.message:
                raise
            return None

    def relationships(self, part: str) -> dict[str, Relationship]:
        """The relations of `part` ("" for the package itself) by id."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, Relationship] = {}
        for relation in descendants(self.xml(path), "Relationship"):
            target, external = attribute(relation, "Target"), attribute(relation, "TargetMode") == "External"
            if not external:
                absolute = target if target.startswith("/") else posixpath.join("/", folder, target)
                target = posixpath.normpath(absolute).lstrip("/")
            kind = attribute(relation, "Type").rpartition("/")[2]
            found[attribute(relation, "Id")] = Relationship(kind, target, external)
        return found

    def related(self, part: str, *kinds: str) -> list[str]:
        """Names of the parts that `part` relates to in one of these ways."""
        return [one.target for one in self.relationships(part).values() if one.kind in kinds and not one.external]
