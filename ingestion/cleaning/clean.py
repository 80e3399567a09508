"""Run a pack over a draft. Pure: no clock, no network, no state; the same draft gives the same verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingestion.cleaning.model import Draft, Note, Pack, Verdict

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a run: its name, the draft it was given, and its own verdict."""

    step: str
    before: Draft
    verdict: Verdict


def clean(draft: Draft, pack: Pack) -> Verdict:
    """What `pack` makes of `draft`: cleaned, dropped, or rejected with a reason; notes of all steps in order."""
    notes: list[Note] = []
    verdict = Verdict("keep", draft)
    for stage in trace(draft, pack):
        verdict = stage.verdict
        notes += verdict.notes
    return replace(verdict, notes=tuple(notes))


def trace(draft: Draft, pack: Pack) -> Iterator[Stage]:
    """Every stage of the run, ending with the first that drops or rejects."""
    verdict = _storable(draft)
    yield Stage("storable", draft, verdict)
    for entry in pack.steps:
        before = verdict.draft
        if not entry.concerns(before):
            continue
        verdict = entry.step.apply(before)
        yield Stage(entry.step.name, before, verdict)
        if verdict.action != "keep":
            return


def _storable(draft: Draft) -> Verdict:
    """Whatever the pack says: one line of title, newlines as line ends, nothing that no store can hold."""
    if len(draft.title.splitlines()) > 1:
        draft = replace(draft, title=" ".join(draft.title.split()))
    if "\r" in draft.text:
        draft = replace(draft, text=draft.text.replace("\r\n", "\n").replace("\r", "\n"))
    values = (draft.title, draft.text, *draft.metadata.keys(), *draft.metadata.values())
    if not any(_UNSTORABLE.search(value) for value in values):
        return Verdict("keep", draft)
    cleaned = replace(
        draft,
        title=storable(draft.title),
        text=storable(draft.text),
        metadata={storable(key): storable(value) for key, value in draft.metadata.items()},
    )
    return Verdict("keep", cleaned, "", (Note("storable", "null bytes and broken characters removed"),))


def storable(text: str) -> str:
    """`text` without null bytes; halves of a surrogate pair are joined, single ones become U+FFFD."""
    if not _UNSTORABLE.search(text):
        return text
    joined = text.replace("\x00", "").encode("utf-16-le", "surrogatepass")
    return joined.decode("utf-16-le", "replace")
