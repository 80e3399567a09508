"""The inside of a Word paragraph: runs, links, fields, equations, notes; pictures and text boxes beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingestion.parsing.docx_styles import is_monospaced
from ingestion.parsing.equations import latex
from ingestion.parsing.inline import Piece, subscript, superscript
from ingestion.parsing.relations import Relationship
from ingestion.parsing.xml_reader import Element, attribute, child, descendants, local

_SKIPPED = frozenset({"del", "moveFrom", "instrText", "delText", "rPr", "pPr", "fldData", "rt", "sectPr"})
_SYMBOL_FONTS = {"F0B7": "•", "F0E0": "→", "F0FC": "✓", "F0FE": "☑", "F0A8": "☐", "F06F": "☐", "F0D8": "➢"}


@dataclass(slots=True)
class Inline:
    """What a paragraph holds: pieces of text, and what stands beside them."""

    pieces: list[Piece] = field(default_factory=list)
    equations: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    display: bool = False
    break_before: bool = False
    break_after: bool = False
    monospaced: bool = True

    @property
    def words(self) -> str:
        """The text without marks."""
        return "".join(piece.text for piece in self.pieces)


class InlineReader:
    """Reads paragraphs; `relationships` resolve links."""

    def __init__(self, relationships: dict[str, Relationship]) -> None:
        self._relationships = relationships

    def read(self, paragraph: Element, *, monospaced: bool = False) -> Inline:
        """The paragraph's content; `monospaced` is what its style says about the font."""
        found = Inline()
        self._walk(paragraph, found, "", monospaced)
        return found

    def _walk(self, parent: Element, found: Inline, link: str, monospaced: bool) -> None:  # noqa: FBT001
        for element in parent:
            name = local(element)
            if name == "r":
                self._run(element, found, link, monospaced)
            elif name == "oMathPara":
                found.display = True
                self._walk(element, found, link, monospaced)
            elif name == "oMath":
                found.equations.append(latex(element))
                found.pieces.append(Piece(f" ${found.equations[-1]}$ "))
            elif name == "hyperlink":
                self._walk(element, found, self._target(element), monospaced)
            elif name not in _SKIPPED and name != "p":
                self._walk(element, found, link, monospaced)

    def _target(self, element: Element) -> str:
        known = self._relationships.get(attribute(element, "id"))
        return known.target if known and known.external else ""

    def _run(self, run: Element, found: Inline, link: str, monospaced: bool) -> None:  # noqa: FBT001
        look = child(run, "rPr")
        if _on(look, "vanish"):
            return
        text = self._text_of(run, found)
        align = child(look, "vertAlign")
        if align is not None:
            text = {"superscript": superscript, "subscript": subscript}.get(attribute(align, "val"), str)(text)
        if text.strip():
            found.monospaced = found.monospaced and is_monospaced(look, inherited=monospaced)
        found.pieces.append(
            Piece(
                text,
                bold=_on(look, "b"),
                italic=_on(look, "i"),
                struck=_on(look, "strike") or _on(look, "dstrike"),
                link=link,
            )
        )

    def _text_of(self, run: Element, found: Inline) -> str:
        text = ""
        for part in run:
            name = local(part)
            if name == "t":
                text += part.text or ""
            elif name == "tab":
                text += "\t"
            elif name in {"br", "cr"}:
                text += "" if attribute(part, "type") in {"page", "column"} else "\n"
            elif name == "lastRenderedPageBreak":
                found.break_after = found.break_after or bool(text.strip() or found.words.strip())
                found.break_before = found.break_before or not (text.strip() or found.words.strip())
            elif name == "noBreakHyphen":
                text += "-"
            elif name == "sym":
                text += _SYMBOL_FONTS.get(attribute(part, "char").upper(), "")
            elif name in {"footnoteReference", "endnoteReference"}:
                text += f"[^{'' if name.startswith('f') else 'e'}{attribute(part, 'id')}]"
            elif name == "commentReference":
                found.comments.append(attribute(part, "id"))
            elif name == "ruby":
                text += "".join(one.text or "" for one in descendants(child(part, "rubyBase"), "t"))
            elif name in {"drawing", "pict", "object", "AlternateContent"}:
                text += self._picture(part, found)
        return text

    def _picture(self, part: Element, found: Inline) -> str:
        """Text boxes are put aside; what describes a picture becomes text."""
        if local(part) == "AlternateContent":
            choices = [one for one in part if local(one) == "Choice"] or list(part)
            return "".join(self._picture(one, found) for choice in choices[:1] for one in choice)
        boxes = list(part.iter("{*}txbxContent"))
        found.boxes += boxes
        if boxes:
            return ""
        return " ".join(
            f"[{words}]"
            for words in dict.fromkeys(attribute(one, "descr").strip() for one in part.iter("{*}docPr"))
            if words and not _generated(words)
        )


def _generated(words: str) -> bool:
    """A description that Office or a camera put there: a file's name, or a path."""
    return ("." in words and " " not in words.strip()) or "\\" in words


def _on(look: Element | None, name: str) -> bool:
    setting = child(look, name)
    return setting is not None and attribute(setting, "val") not in {"0", "false", "off", "none"}
