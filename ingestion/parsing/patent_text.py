"""US patents of 1976 to 2001 as text: lines that begin with a code of up to four letters ("Green Book")."""

from __future__ import annotations

import re

from ingestion.parsing.encoding import decode
from ingestion.parsing.markdown import Blocks, one_line
from ingestion.parsing.model import Draft, Source

_LINE = re.compile(r"^([A-Z][A-Z0-9]{1,3})(?: {1,2}(.*))?$")
_SECTIONS = {"ABST": "Abstract", "GOVT": "Government interest", "DCLM": "Claim", "CLMS": "Claims"}
_SHOWN = frozenset({"ABST", "GOVT", "PARN", "BSUM", "DRWD", "DETD", "DCLM", "CLMS"})
_PARAGRAPHS = re.compile(r"PA[0-9RL]|FN[A-Z]|EQU")


def parse_patent_text(source: Source) -> Draft:
    """The patent's title, abstract, description and claims."""
    blocks = Blocks()
    section, title, number = "", "", ""
    for code, text in _fields(decode(source.path.read_bytes())):
        if code == "TTL" and not title:
            title = one_line(text)
            blocks.heading(1, title)
        elif len(code) == 4 and not text:
            section = code
            if code in _SHOWN:
                blocks.heading(2, _SECTIONS.get(code, ""))
        elif section in _SHOWN:
            if code == "NUM":
                number = text.strip()
            elif code == "PAC":
                blocks.heading(2, text)
            elif code == "TBL":
                blocks.code(text)
            elif _PARAGRAPHS.fullmatch(code):
                words = one_line(text)
                blocks.paragraph(f"{number} {words}" if number else words)
                number = ""
    return Draft(title, (blocks.text(),), "text/plain")


def _fields(text: str) -> list[tuple[str, str]]:
    """Codes with their text; lines that begin with spaces go on with the one before."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        match = _LINE.match(line.rstrip())
        if match and not line.startswith(" "):
            found.append((match[1], [match[2] or ""]))
        elif found and line.strip():
            keeps = found[-1][0] == "TBL"
            found[-1][1].append(line.rstrip() if keeps else line.strip())
    return [(code, "\n".join(lines)) for code, lines in found]
