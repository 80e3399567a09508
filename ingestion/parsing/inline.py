"""Pieces of text with emphasis, joined to one line of Markdown with as few marks as possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby

_SUPERSCRIPTS = str.maketrans("0123456789+-=()nia", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵃ")
_SUBSCRIPTS = str.maketrans("0123456789+-=()aeijmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₘₙₒₚᵣₛₜᵤᵥₓ")


@dataclass(frozen=True, slots=True)
class Piece:
    """Text as it looks alike; `link` is "" where it leads nowhere."""

    text: str
    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    link: str = ""

    @property
    def look(self) -> tuple[bool, bool, bool, bool, str]:
        """Everything but the text."""
        return self.bold, self.italic, self.struck, self.code, self.link


def join_pieces(pieces: Iterable[Piece], *, marks: bool = True) -> str:
    """One Markdown text; without `marks` the words alone."""
    found = [piece for piece in pieces if piece.text]
    if not marks:
        return "".join(piece.text for piece in found)
    found = _absorb_blanks(found)
    return "".join(
        _marked(replace(group[0], text="".join(one.text for one in group)))
        for group in (list(run) for _, run in groupby(found, key=lambda piece: piece.look))
    )


def _absorb_blanks(pieces: list[Piece]) -> list[Piece]:
    """Blanks between two pieces take the look of the one before: `**a** **b**` becomes `**a b**`."""
    result: list[Piece] = []
    for number, piece in enumerate(pieces):
        if piece.text.isspace() and result:
            after = next((one for one in pieces[number + 1 :] if not one.text.isspace()), None)
            same = after is not None and after.look == result[-1].look
            result.append(replace(result[-1], text=piece.text) if same else Piece(piece.text))
        else:
            result.append(piece)
    return result


def _marked(piece: Piece) -> str:
    core = piece.text.strip()
    if not core:
        return piece.text
    lead = piece.text[: len(piece.text) - len(piece.text.lstrip())]
    trail = piece.text[len(piece.text.rstrip()) :]
    if piece.code:
        core = f"`` {core} ``" if "`" in core else f"`{core}`"
    mark = ("~~" if piece.struck else "") + ("**" if piece.bold else "") + ("*" if piece.italic else "")
    if mark and "\n" not in core:
        core = f"{mark}{core}{mark[::-1]}"
    if piece.link:
        core = f"[{core}]({piece.link.replace(' ', '%20').replace(')', '%29')})"
    return f"{lead}{core}{trail}"


def superscript(text: str) -> str:
    """`text` in raised characters where Unicode has them all; otherwise as it is."""
    raised = text.translate(_SUPERSCRIPTS)
    return raised if not any(character in text for character in raised if not character.isspace()) else text


def subscript(text: str) -> str:
    """`text` in lowered characters where Unicode has them all; otherwise as it is."""
    lowered = text.translate(_SUBSCRIPTS)
    return lowered if not any(character in text for character in lowered if not character.isspace()) else text
