"""Relations between the parts of an Office Open XML package."""

from __future__ import annotations

import posixpath

from ingestion.parsing.archive import Archive
from ingestion.parsing.model import Source
from ingestion.parsing.xml_reader import attribute, descendants, read_xml


def relations(archive: Archive, part: str, source: Source) -> dict[str, tuple[str, str]]:
    """Id to (kind, target) of the relations of `part`.

    Kind is the last word of the relation's type; target is a member's name, or an address where it is external.
    """
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    if path not in archive:
        return {}
    found = {}
    for relation in descendants(read_xml(archive.read(path), source, recover=True), "Relationship"):
        target = attribute(relation, "Target")
        if attribute(relation, "TargetMode") != "External":
            absolute = target if target.startswith("/") else posixpath.join("/", folder, target)
            target = posixpath.normpath(absolute).lstrip("/")
        found[attribute(relation, "Id")] = (attribute(relation, "Type").rpartition("/")[2], target)
    return found


def main_part(archive: Archive, source: Source, otherwise: str) -> str:
    """The name of the package's main part (document, presentation, workbook)."""
    for kind, target in relations(archive, "", source).values():
        if kind == "officeDocument" and target in archive:
            return target
    return otherwise
