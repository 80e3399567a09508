"""What the dialog asks of a language: which words lean on earlier turns, and how a question is put together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Number = Literal["one", "many"]


@dataclass(frozen=True, slots=True)
class Reference:
    """Words from `start` to `end` that stand for something said before.

    `noun` is what they call it ("hotel" in "this hotel", "" for "it"), and ends at `end`; `owner` when they mean what
    belongs to it ("its", "它的"); `person` when they stand for somebody; `ordinal` is a place in a list, from 1, -1 for
    the last and 0 for none.
    """

    start: int
    end: int
    number: Number = "one"
    noun: str = ""
    owner: bool = False
    person: bool = False
    ordinal: int = 0


class Grammar(Protocol):
    """The rules of one language."""

    def references(self, text: str) -> list[Reference]:
        """The words of `text` that stand for something said before it, in order; [] where it says itself what."""

    def asks_which(self, text: str) -> bool:
        """Whether `text` chooses among several things named before ("which of them", "其中哪个")."""

    def is_elliptic(self, text: str) -> bool:
        """Whether `text` may leave out what it is about."""

    def bare_nouns(self, text: str, /) -> list[tuple[int, str]]:
        """Nouns with their places that may mean a thing named before, though no word says so."""

    def fragment(self, text: str) -> str:
        """What is asked about in a message that is no sentence ("and the X-300?"); "" for a sentence."""

    def put(self, text: str, reference: Reference, name: str) -> str:
        """`text` with `name` where the reference stood; "" where the sentence would not be one."""

    def about(self, topic: str, text: str) -> str:
        """`text` as a question about `topic`."""

    def joined(self, names: Sequence[str]) -> str:
        """The names as a list in a sentence."""
