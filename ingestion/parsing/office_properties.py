"""What an Office or OpenDocument file says about itself."""

from __future__ import annotations

import re

from ingestion.parsing.archive import Archive
from ingestion.parsing.markdown import one_line
from ingestion.parsing.model import Source
from ingestion.parsing.xml_reader import descendants, read_xml
from retrieval.errors import RejectedError

_NO_TITLE = re.compile(
    r"(?:powerpoint presentation|presentation|document|untitled|slide 1|word document|microsoft .*|.*\.(?:docx?|pptx?|xlsx?|dotx?)"
    r"|演示文稿|无标题|标题)\d*",
    re.IGNORECASE,
)


def title_of(archive: Archive, source: Source) -> str:
    """The title in the file's properties; "" where there is none worth showing."""
    for name in ("docProps/core.xml", "meta.xml"):
        if name in archive:
            try:
                found = descendants(read_xml(archive.read(name), source), "title")
            except RejectedError:
                return ""
            title = one_line("".join(found[0].itertext())) if found else ""
            return "" if _NO_TITLE.fullmatch(title) else title
    return ""
