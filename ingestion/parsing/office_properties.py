"""What an Office or OpenDocument file says about itself."""

from __future__ import annotations

import re

from ingestion.parsing.markdown import one_line
from ingestion.parsing.relations import Package
from ingestion.parsing.xml_reader import descendants

_NO_TITLE = re.compile(
    r"(?:powerpoint presentation|presentation|document|untitled|slide 1|word document|microsoft .*"
    r"|.*\.(?:docx?|pptx?|xlsx?|dotx?)|演示文稿|无标题|标题)\d*",
    re.IGNORECASE,
)


def title_of(package: Package) -> str:
    """The title in the file's properties; "" where there is none worth showing."""
    for name in ("docProps/core.xml", "meta.xml"):
        for found in descendants(package.xml(name), "title")[:1]:
            title = one_line("".join(found.itertext()))
            return "" if _NO_TITLE.fullmatch(title) else title
    return ""
