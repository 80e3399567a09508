"""The nouns of cleaning: a draft goes in, a verdict comes out; a pack is what happens in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Protocol

Action = Literal["keep", "drop", "reject"]
"""`keep`: index the cleaned draft. `drop`: the rules do not want it. `reject`: a dead letter, somebody should look."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document before it is indexed. `text` is Markdown, pages parted by `retrieval.model.PAGE_BREAK`.

    `language` is "" where nobody said. `readers` holds principals; it is never widened by cleaning.
    """

    title: str
    text: str
    language: str = ""
    kind: str = ""
    readers: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """What one step did, in one sentence. It never quotes what was hidden."""

    step: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a draft. `reason` is "" for `keep`; `draft` is as clean as it was when the verdict fell."""

    action: Action
    draft: Draft
    reason: str = ""
    notes: tuple[Note, ...] = ()


class Step(Protocol):
    """One step of a pack: a pure function from draft to verdict, with the name it has in YAML."""

    name: ClassVar[str]

    def apply(self, draft: Draft) -> Verdict:
        """The verdict of this step alone; notes only where something was changed or seen."""


@dataclass(frozen=True, slots=True)
class PackStep:
    """A step as a pack uses it: for documents of `kinds` (every kind where there are none)."""

    step: Step
    kinds: frozenset[str] = frozenset()

    def concerns(self, draft: Draft) -> bool:
        """Whether this step is meant for `draft`."""
        return not self.kinds or draft.kind in self.kinds


@dataclass(frozen=True, slots=True)
class Pack:
    """Steps in the order they run. `fingerprint` changes exactly when what the pack says changes."""

    name: str
    description: str
    fingerprint: str
    steps: tuple[PackStep, ...]


def kept(draft: Draft, step: str, *messages: str) -> Verdict:
    """`draft` goes on, with one note per message."""
    return Verdict("keep", draft, "", tuple(Note(step, message) for message in messages))


def rewritten(draft: Draft, title: str, text: str, step: str, message: str) -> Verdict:
    """`draft` with this title and text; the note only where one of them changed."""
    if title == draft.title and text == draft.text:
        return Verdict("keep", draft)
    return kept(replace(draft, title=title, text=text), step, message)


def stopped(action: Literal["drop", "reject"], draft: Draft, reason: str) -> Verdict:
    """`draft` goes no further, for this reason."""
    return Verdict(action, draft, reason)
