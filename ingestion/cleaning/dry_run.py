"""What a pack would do to a draft, line by line; nothing is stored or sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from ingestion.cleaning.clean import Stage, trace
from ingestion.cleaning.model import Draft, Note, Pack, Verdict

_LONGEST_DIFF = 4000


@dataclass(frozen=True, slots=True)
class Change:
    """One line (from 1, in the text that the step was given) as one step changed it; "" where it was removed."""

    step: str
    field: str
    line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a pack would do to a draft: every changed line, every note, and the verdict."""

    changes: tuple[Change, ...]
    notes: tuple[Note, ...]
    verdict: Verdict


def dry_run(draft: Draft, pack: Pack) -> DryRun:
    """The run of `pack` over `draft`, with its changes line by line."""
    changes: list[Change] = []
    notes: list[Note] = []
    verdict = Verdict("keep", draft)
    for stage in trace(draft, pack):
        verdict = stage.verdict
        notes += verdict.notes
        changes += _changes(stage)
    return DryRun(tuple(changes), tuple(notes), verdict)


def _changes(stage: Stage) -> Iterator[Change]:
    before, after = stage.before, stage.verdict.draft
    yield from _changed_lines(stage.step, "title", before.title, after.title)
    yield from _changed_lines(stage.step, "text", before.text, after.text)
    if before.language != after.language:
        yield Change(stage.step, "language", 0, before.language, after.language)
    if before.readers != after.readers:
        yield Change(stage.step, "readers", 0, ", ".join(before.readers), ", ".join(after.readers))
    for key in dict.fromkeys([*before.metadata, *after.metadata]):
        if (old := before.metadata.get(key, "")) != (new := after.metadata.get(key, "")):
            yield Change(stage.step, f"metadata.{key}", 0, old, new)


def _changed_lines(step: str, field: str, before: str, after: str) -> Iterator[Change]:
    if before == after:
        return
    old, new = before.split("\n"), after.split("\n")
    if len(old) == len(new):
        pairs = ((number, a, b) for number, (a, b) in enumerate(zip(old, new, strict=True), 1) if a != b)
        yield from (Change(step, field, number, a, b) for number, a, b in pairs)
        return
    if max(len(old), len(new)) > _LONGEST_DIFF:
        yield Change(step, field, 1, f"({len(old)} lines)", f"({len(new)} lines)")
        return
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for offset in range(max(end - start, new_end - new_start)):
            a = old[start + offset] if start + offset < end else ""
            b = new[new_start + offset] if new_start + offset < new_end else ""
            yield Change(step, field, start + offset + 1, a, b)
