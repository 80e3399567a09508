"""The inside of an OpenDocument paragraph: spans, links, notes; frames beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingestion.parsing.inline import Piece, join_pieces, subscript, superscript
from ingestion.parsing.markdown import one_line
from ingestion.parsing.odf_styles import Styles
from ingestion.parsing.xml_reader import Element, attribute, child, descendants, local

_PLAIN = (False, False, False, "")
_SKIPPED = frozenset(
    {"annotation-end", "bookmark-start", "bookmark-end", "soft-page-break", "tracked-changes", "ruby-text"}
)
_FRAMES = frozenset({"frame", "custom-shape", "rect", "g", "text-box", "a-frame"})


@dataclass(slots=True)
class Inline:
    """A paragraph's text as Markdown, its notes and comments, and the frames anchored in it."""

    text: str = ""
    notes: list[str] = field(default_factory=list)
    frames: list[Element] = field(default_factory=list)


def read_inline(paragraph: Element, styles: Styles) -> Inline:
    """What `paragraph` holds."""
    found = Inline()
    pieces: list[Piece] = []
    _walk(paragraph, styles, (pieces, found), _PLAIN, "")
    found.text = join_pieces(pieces)
    return found


def _walk(
    parent: Element,
    styles: Styles,
    into: tuple[list[Piece], Inline],
    look: tuple[bool, bool, bool, str],
    link: str,
) -> None:
    pieces, found = into
    _add(pieces, parent.text, look, link)
    for element in parent:
        name = local(element)
        if name == "s":
            count = attribute(element, "c", "1")
            _add(pieces, " " * (min(int(count), 200) if count.isdigit() else 1), look, link)
        elif name == "tab":
            _add(pieces, "\t", look, link)
        elif name == "line-break":
            _add(pieces, "\n", look, link)
        elif name == "note":
            _note(element, pieces, found)
        elif name == "annotation":
            words = one_line(" ".join(" ".join(part.itertext()) for part in descendants(element, "p")))
            author = "".join(part.text or "" for part in descendants(element, "creator"))
            found.notes.append(f"> Comment{f' ({author})' if author else ''}: {words}")
        elif name in _FRAMES:
            found.frames.append(element)
        elif name == "a":
            _walk(element, styles, into, look, _target(element))
        elif name not in _SKIPPED:
            own = styles.look(attribute(element, "style-name")) if name == "span" else _PLAIN
            merged = (look[0] or own[0], look[1] or own[1], look[2] or own[2], own[3] or look[3])
            _walk(element, styles, into, merged, link)
        _add(pieces, element.tail, look, link)


def _add(pieces: list[Piece], text: str | None, look: tuple[bool, bool, bool, str], link: str) -> None:
    if not text:
        return
    bold, italic, struck, position = look
    text = {"super": superscript, "sub": subscript}.get(position, str)(text)
    pieces.append(Piece(text, bold=bold, italic=italic, struck=struck, link=link))


def _note(element: Element, pieces: list[Piece], found: Inline) -> None:
    mark = one_line("".join(part.text or "" for part in descendants(element, "note-citation")))
    body = child(element, "note-body")
    words = "" if body is None else one_line(" ".join("".join(part.itertext()) for part in descendants(body, "p", "h")))
    if words:
        pieces.append(Piece(f"[^{mark}]"))
        found.notes.append(f"[^{mark}]: {words}")


def _target(element: Element) -> str:
    target = attribute(element, "href")
    return target if target.startswith(("http:", "https:", "mailto:")) else ""
