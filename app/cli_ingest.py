"""`freshet ingest`: upload files or folders, and wait until they can be found."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.api_client import ApiClient

_UNFIT = frozenset({"failed", "dropped", "refused"})


@dataclass(frozen=True, slots=True)
class FileToUpload:
    """A file, and the folder below the one that was named ("" for a file that was named itself)."""

    path: Path
    folder: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a file: `state` is the document's, or `refused` when it was not taken."""

    path: str
    document_id: str
    state: str
    reason: str


def ingest_command(
    paths: Annotated[list[Path], typer.Argument(help="files or folders", exists=True, resolve_path=False)],
    reader: Annotated[
        list[str] | None,
        typer.Option(help="who may read them: a group, `user:<name>` or `public`; may be repeated (else: public)"),
    ] = None,
    tenant: Annotated[str, typer.Option(help="tenant to act in")] = "default",
    wait: Annotated[bool, typer.Option("--wait", help="until each can be found, or is known not to be")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document")] = False,
) -> None:
    """Upload files or folders, as the portal does."""
    from app.api_client import ApiClient
    from app.callers import EDITOR, make_caller
    from app.settings import load_settings

    if not reader:
        sys.stderr.write("no --reader given: everybody in the tenant may read these files\n")
    readers = reader or ["public"]
    results: list[Uploaded] = []
    with ApiClient(load_settings(), make_caller(tenant, "cli", [], [EDITOR])) as api:
        for file in files_under(paths):
            result = _upload(api, file, readers)
            results.append(result)
            if not as_json and not wait:
                _tell(result)
        if wait:
            results = list(_followed(api, results, quiet=as_json))
    if as_json:
        failed = sum(result.state in _UNFIT for result in results)
        document = {"documents": [asdict(result) for result in results], "failed": failed}
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    if not results:
        sys.stderr.write("there is no file to upload\n")
    if not results or any(result.state in _UNFIT for result in results):
        raise typer.Exit(1)


def files_under(paths: list[Path]) -> Iterator[FileToUpload]:
    """The files named, and those in the folders named, in the order of their names; hidden ones are left out."""
    for path in paths:
        if path.is_file():
            yield FileToUpload(path, "")
            continue
        for found in sorted(path.rglob("*")):
            below = found.relative_to(path)
            hidden = any(part.startswith(".") for part in below.parts)
            if found.is_file() and not hidden and not found.is_symlink():
                folder = below.parent.as_posix()
                yield FileToUpload(found, "" if folder == "." else folder)


def _upload(api: ApiClient, file: FileToUpload, readers: list[str]) -> Uploaded:
    from retrieval.errors import RejectedError

    try:
        with file.path.open("rb") as opened:
            document = api.upload(file.path.name, opened, {"readers": readers, "path": file.folder})
    except RejectedError as error:
        return Uploaded(str(file.path), "", "refused", error.message)
    except OSError as error:
        return Uploaded(str(file.path), "", "refused", f"the file cannot be read: {error.strerror}")
    return Uploaded(str(file.path), document["id"], document["state"], document.get("reason") or "")


def _followed(api: ApiClient, results: list[Uploaded], *, quiet: bool) -> Iterator[Uploaded]:
    """Each upload in its final state, in the order given."""
    for result in results:
        final = result if result.state == "refused" else _final(api, result, quiet=quiet)
        if not quiet:
            _tell(final)
        yield final


def _final(api: ApiClient, result: Uploaded, *, quiet: bool) -> Uploaded:
    show = sys.stderr.isatty() and not quiet
    for name, body in api.events(f"/v1/documents/{result.document_id}/events"):
        result = replace(result, state=body["state"], reason=body["reason"])
        if show and name == "progress":
            progress = body["progress"]
            page = f" page {progress['page']} of {progress['pages']}" if progress.get("pages") else ""
            sys.stderr.write(f"\r\x1b[K{result.path}: {result.state}{page}")
            sys.stderr.flush()
    if show:
        sys.stderr.write("\r\x1b[K")
    return result


def _tell(result: Uploaded) -> None:
    reason = f": {result.reason}" if result.reason else ""
    sys.stdout.write(f"{result.state:<9} {result.path}{reason}\n")
    sys.stdout.flush()
