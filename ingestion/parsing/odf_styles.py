"""Styles of an OpenDocument file: which are headings, bold, italic, numbered."""

from __future__ import annotations

import re
from itertools import chain

from ingestion.parsing.xml_reader import Element, attribute, child, descendants, local

_HEADING = re.compile(r"heading[_ ]?(?:20_)?(\d)", re.IGNORECASE)
_CODE = re.compile(r"preformatted|source[_ ]?(?:20_)?(?:code|text)", re.IGNORECASE)


class Styles:
    """Looks styles up by name, through their parents."""

    def __init__(self, *roots: Element | None) -> None:
        styles = list(chain.from_iterable(descendants(root, "style") for root in roots))
        self._styles = {attribute(style, "name"): style for style in styles}
        self._lists: dict[str, dict[int, bool]] = {}
        for style in chain.from_iterable(descendants(root, "list-style") for root in roots):
            levels = self._lists.setdefault(attribute(style, "name"), {})
            for level in style:
                number = attribute(level, "level")
                if number.isdigit():
                    shown = attribute(level, "num-format") != ""
                    levels[int(number) - 1] = local(level) == "list-level-style-number" and shown

    def is_numbered(self, name: str, level: int) -> bool:
        """Whether the list `name` counts at `level` (from 0)."""
        return self._lists.get(name, {}).get(level, False)

    def heading_of(self, name: str) -> int:
        """1 for a title, 2 for a subtitle or what is styled as a heading, 0 for everything else."""
        for style in self._line(name):
            shown = attribute(style, "display-name") or attribute(style, "name")
            if shown.lower() in {"title", "标题"}:
                return 1
            if shown.lower() == "subtitle":
                return 2
            if found := _HEADING.fullmatch(shown):
                return min(int(found[1]) + 1, 6)
        return 0

    def is_code(self, name: str) -> bool:
        """Whether paragraphs of this style are code."""
        return any(_CODE.match(attribute(style, "name")) for style in self._line(name))

    def look(self, name: str) -> tuple[bool, bool, bool, str]:
        """Bold, italic, struck out, and `super`, `sub` or "" of a text style."""
        properties = child(self._styles.get(name), "text-properties")
        if properties is None:
            return False, False, False, ""
        position = attribute(properties, "text-position").split(" ")[0]
        return (
            attribute(properties, "font-weight") in {"bold", "600", "700", "800", "900"},
            attribute(properties, "font-style") in {"italic", "oblique"},
            attribute(properties, "text-line-through-style") not in {"", "none"},
            "sub" if position.startswith(("sub", "-")) else "super" if position and position != "0%" else "",
        )

    def _line(self, name: str) -> list[Element]:
        """The style and its parents."""
        found: list[Element] = []
        while name in self._styles and len(found) < 20:
            found.append(self._styles[name])
            name = attribute(found[-1], "parent-style-name")
        return found
