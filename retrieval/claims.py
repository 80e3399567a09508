"""An answer cut into its claims: sentences with the markers behind them, also while the answer is still coming."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_MARKERS = r"(?:[ \t]*\[\d{1,3}\])*"
_END = re.compile(
    rf"[.!?]+[\"'”’)*]*{_MARKERS}\s+(?=[^\s\[.!?。！？；a-z])"
    rf"|[。！？；]+[”’」』）\"*]*{_MARKERS}\s*(?=[^\s\[”’」』）。！？；])"
    r"|[ \t]*\n\s*(?=\S)"
)
"""Where one claim ends and the next begins; what follows must be there, or a marker could still come."""
_NOT_AN_END = re.compile(
    r"(?i:\b(?:e\.g|i\.e|etc|vs|no|nos|approx|ext|mr|mrs|ms|dr|st|inc|ltd|co|fig|min|max|art|sec|p|pp))\Z"
    r"|(?:\A|\s)[A-Z]\Z|(?:\A|\n)\s*\d{1,2}\Z"
)
_MARKER = re.compile(r"\[(\d{1,3})\]")


class ClaimReader:
    """Takes an answer piece by piece and gives its claims as soon as each is complete."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> list[str]:
        """The claims that `piece` completes, as written; joined with `rest` they are the whole text."""
        self._rest += piece
        complete: list[str] = []
        start = 0
        for match in _END.finditer(self._rest):
            if "." in match[0][:1] and _NOT_AN_END.search(self._rest[start : match.start()]):
                continue
            complete.append(self._rest[start : match.end()])
            start = match.end()
        self._rest = self._rest[start:]
        return complete

    def rest(self) -> str:
        """What is left once nothing more comes; "" where the last claim was complete."""
        left, self._rest = self._rest, ""
        return left


def split_claims(text: str) -> list[str]:
    """The claims of a whole answer in order; joined they are `text`. [] for ""."""
    reader = ClaimReader()
    found = reader.feed(text)
    return [*found, rest] if (rest := reader.rest()) else found


def markers_of(claim: str) -> list[int]:
    """The numbers of a claim's markers, each once, in order."""
    return list(dict.fromkeys(int(number) for number in _MARKER.findall(claim)))


def without_markers(claim: str) -> str:
    """The claim without its markers and the space before them."""
    return re.sub(r"[ \t]*\[\d{1,3}\]", "", claim)


def with_markers(claim: str, markers: Iterable[int]) -> str:
    """The claim with `markers` behind its last word, before the white space at its end."""
    words = claim.rstrip()
    return f"{words}{''.join(_spaced(markers, words))}{claim[len(words) :]}"


def _spaced(markers: Iterable[int], before: str) -> Iterator[str]:
    """Markers; in a text of Latin letters a space stands before the first."""
    for at, marker in enumerate(markers):
        yield f" [{marker}]" if not at and before[-1:].isascii() else f"[{marker}]"
