"""`freshet clean`: what a cleaning pack would do to a file, line by line. Nothing is stored or sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from ingestion.cleaning.dry_run import DryRun, dry_run
from ingestion.cleaning.model import Draft, Pack
from ingestion.cleaning.pack import built_in_names, built_in_pack, load_pack
from retrieval.errors import RejectedError


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
