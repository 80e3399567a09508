"""`freshet clean`: what a cleaning pack would do to a file, line by line. Nothing is stored or sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Annotated

import typer

from ingestion.cleaning.clean import Stage, trace
from ingestion.cleaning.model import Draft, Note, Pack, Verdict
from ingestion.cleaning.pack import built_in_names, built_in_pack, load_pack
from retrieval.errors import RejectedError

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


def clean_command(
    file: Annotated[Path, typer.Argument(help="text or Markdown file; `freshet parse` makes one of other formats")],
    pack: Annotated[str, typer.Option("--pack", help="name of a built-in pack, or path of a YAML file")] = "default",
    title: Annotated[str, typer.Option(help="title of the document; the file's name when not given")] = "",
    kind: Annotated[str, typer.Option(help="kind of document, for steps that are meant for some kinds only")] = "",
    reader: Annotated[list[str] | None, typer.Option(help="who may read it; public when not given")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document")] = False,
) -> None:
    """Dry-run of a cleaning pack: what it would change, line by line, and its verdict."""
    try:
        chosen = find_pack(pack)
        text = _read(file)
    except RejectedError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(1) from error
    draft = Draft(title or file.stem, text, kind=kind, readers=tuple(reader or ["public"]))
    result = dry_run(draft, chosen)
    typer.echo(_as_json(chosen, result) if as_json else "\n".join(_report(chosen, result)))


def register(app: typer.Typer) -> None:
    """Add `clean` to the command line."""
    app.command("clean")(clean_command)


def find_pack(name: str) -> Pack:
    """The built-in pack `name`, or the one in the YAML file at that path.

    Raises:
        RejectedError: there is neither, or the file is not a pack.
    """
    known = built_in_pack(name)
    if known is not None:
        return known
    path = Path(name)
    if not path.is_file():
        known_names = ", ".join(built_in_names())
        raise RejectedError(f"no pack {name!r}: built in are {known_names}; or give the path of a YAML file")
    return load_pack(_read(path), path.stem)


def _read(path: Path) -> str:
    """The text of the file; bytes that are not UTF-8 become U+FFFD.

    Raises:
        RejectedError: the file cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff")
    except OSError as error:
        raise RejectedError(f"{path} cannot be read: {error.strerror or error}") from error


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


def _as_json(pack: Pack, result: DryRun) -> str:
    verdict = result.verdict
    draft = asdict(replace(verdict.draft, metadata=dict(verdict.draft.metadata)))
    document = {
        "pack": pack.name,
        "fingerprint": pack.fingerprint,
        "action": verdict.action,
        "reason": verdict.reason,
        **draft,
        "notes": [asdict(note) for note in result.notes],
        "changes": [asdict(change) for change in result.changes],
    }
    return json.dumps(document, ensure_ascii=False)


def _report(pack: Pack, result: DryRun) -> Iterator[str]:
    step = ""
    for change in result.changes:
        if change.step != step:
            step = change.step
            yield typer.style(f"{step}", bold=True)
        place = f"line {change.line}" if change.field == "text" else change.field
        yield f"  {place}"
        yield typer.style(f"    - {_visible(change.before)}", fg=typer.colors.RED)
        yield typer.style(f"    + {_visible(change.after)}", fg=typer.colors.GREEN)
    for note in result.notes:
        yield f"note  {note.step}: {note.message}"
    verdict = result.verdict
    reason = f": {verdict.reason}" if verdict.reason else ""
    yield f"{verdict.action}{reason}  (pack {pack.name}, {pack.fingerprint[:8]})"


def _visible(line: str) -> str:
    """`line` with everything that a terminal would not show, or would obey, written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)
