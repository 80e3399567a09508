"""`freshet sources`: declare, check, watch and remove sources."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from retrieval.errors import RejectedError, UnavailableError

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]
Tenant = Annotated[str, typer.Option(help="tenant to act in")]
Name = Annotated[str, typer.Argument(help="the source")]
_SETTLED = frozenset({"running", "degraded", "failed"})
_PAUSE_SECONDS = 0.5


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    sources = typer.Typer(help="Declare, check, watch and remove sources.", no_args_is_help=True)
    sources.command("apply")(apply_command)
    sources.command("list")(list_command)
    sources.command("status")(status_command)
    sources.command("remove")(remove_command)
    sources.command("check")(check_command)
    app.add_typer(sources, name="sources")


def apply_command(
    files: Annotated[list[Path], typer.Argument(help="contracts, YAML", exists=True, dir_okay=False)],
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="until the source runs, or says why not")] = True,
    seconds: Annotated[float, typer.Option(min=1, help="how long to wait for each")] = 300,
    tenant: Tenant = "default",
) -> None:
    """Declare sources, or change their contracts; they are followed from then on."""
    from ingestion.sources.contract import read_contract

    failed = False
    with _api(tenant) as api:
        for file in files:
            text = file.read_text(encoding="utf-8")
            try:
                name = read_contract(text).source
            except RejectedError as error:
                raise RejectedError(f"{file}:\n{error.message}") from None
            declared = api.put_text(f"/v1/sources/{name}", text, "application/yaml")
            if wait:
                failed = not _wait_until_settled(api, name, declared["generation"], seconds) or failed
            else:
                sys.stdout.write(f"{name}: declared\n")
    if failed:
        raise typer.Exit(1)


def _wait_until_settled(api: Any, name: str, generation: int, seconds: float) -> bool:
    """Print what happens to the source until it is settled; whether it follows its database now."""
    end, shown = time.monotonic() + seconds, ""
    while time.monotonic() < end:
        found = api.get(f"/v1/sources/{name}/status")
        status = found["status"] if found["status"].get("generation", 0) >= generation else {}
        state, message = status.get("state", "declared"), status.get("message", "")
        line = f"{name}: {state}{f', {message}' if message else ''}"
        if line != shown:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
            shown = line
        if state in _SETTLED:
            return bool(state != "failed")
        time.sleep(_PAUSE_SECONDS)
    raise UnavailableError(
        name, f"{name} is not running after {seconds:.0f} s; `freshet sources status {name}` says more"
    )


def list_command(tenant: Tenant = "default", as_json: AsJson = False) -> None:
    """The declared sources with their states."""
    with _api(tenant) as api:
        found = api.get("/v1/sources")["sources"]
    if as_json:
        sys.stdout.write(json.dumps({"sources": found}, ensure_ascii=False) + "\n")
        return
    if not found:
        sys.stdout.write("No source is declared yet: `freshet sources apply FILE`.\n")
        return
    sys.stdout.write(f"{'source':<24} {'state':<12} {'documents':>10} {'lag':>8}  as of\n")
    for one in found:
        status = one["status"]
        state = one["desired"] if one["desired"] != "active" else status.get("state", "declared")
        counted = [str(status.get(name, "")) if status.get(name) is not None else "" for name in ("documents", "lag")]
        as_of = str(status.get("as_of") or "")[:19]
        sys.stdout.write(f"{one['name']:<24} {state:<12} {counted[0]:>10} {counted[1]:>8}  {as_of}\n")
        if status.get("message") and state != "running":
            sys.stdout.write("".join(f"    {line}\n" for line in status["message"].splitlines()))


def status_command(name: Name, tenant: Tenant = "default", as_json: AsJson = False) -> None:
    """How one source is doing: state, lag, counts, and the last thing that went wrong."""
    with _api(tenant) as api:
        found = api.get(f"/v1/sources/{name}/status")
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    status = found.pop("status")
    rows = {**status, **{key: value for key, value in found.items() if key != "name"}}
    notes = rows.pop("notes", []) or []
    message = rows.pop("message", "")
    sys.stdout.write(f"{name}: {rows.pop('state', 'declared')}\n")
    sys.stdout.write("".join(f"  {line}\n" for line in str(message).splitlines()))
    for key, value in rows.items():
        if value is not None and value != "":
            sys.stdout.write(f"  {key.replace('_', ' '):<14} {value}\n")
    sys.stdout.write("".join(f"  note: {note}\n" for note in notes))


def remove_command(
    name: Name,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="until its documents are gone")] = True,
    seconds: Annotated[float, typer.Option(min=1, help="how long to wait")] = 300,
    tenant: Tenant = "default",
) -> None:
    """Stop following a source and remove its documents."""
    with _api(tenant) as api:
        api.delete(f"/v1/sources/{name}")
        end, shown = time.monotonic() + seconds, ""
        while wait:
            left = {one["name"]: one for one in api.get("/v1/sources")["sources"]}
            if name not in left:
                sys.stdout.write(f"{name}: removed\n")
                return
            message = left[name]["status"].get("message", "")
            if message and message != shown and left[name]["status"].get("state") == "removing":
                sys.stdout.write(f"{name}: {message}\n")
                shown = message
            if time.monotonic() > end:
                raise UnavailableError(name, f"{name} is still being removed after {seconds:.0f} s")
            time.sleep(_PAUSE_SECONDS)
    sys.stdout.write(f"{name}: is being removed\n")


def check_command(
    file: Annotated[Path, typer.Argument(help="contract, YAML", exists=True, dir_okay=False)],
    count: Annotated[int, typer.Option(min=1, max=100, help="documents of each kind to show")] = 2,
    as_json: AsJson = False,
) -> None:
    """Show the first documents that a contract would make, without indexing; exit 1 where something is wrong."""
    from app.controller import FLINK_CLIENT, client_environment
    from app.settings import contract_environment, load_settings
    from ingestion.sources.check import Surroundings, check_contract
    from ingestion.sources.submission import Submitter

    surroundings = Surroundings(contract_environment(), load_settings().kafka_bootstrap_servers or "")
    submitter = Submitter(FLINK_CLIENT, client_environment())
    try:
        checked = check_contract(file.read_text(encoding="utf-8"), surroundings, submitter, count)
    finally:
        submitter.close()
    if as_json:
        body = {"source": checked.source, "documents": checked.documents, "notes": checked.notes}
        sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
        return
    for documents in checked.documents.values():
        for document in documents:
            _print_document(document)
    sys.stdout.write("".join(f"note: {note}\n" for note in checked.notes))
    kinds = ", ".join(checked.documents)
    sys.stdout.write(f"{file} is in order: source {checked.source}, documents of kind {kinds}\n")


def _print_document(document: dict[str, Any]) -> None:
    rule = "─" * 100
    heads = {
        "readers": ", ".join(document["readers"] or []) or "nobody",
        "language": document["language"] or "found out",
        "url": document["url"],
        "cleaning": document["pack"],
        "metadata": ", ".join(f"{key}={value}" for key, value in (document["metadata"] or {}).items()),
    }
    sys.stdout.write(f"{rule}\n{document['id'].split('/', 2)[2]}: {document['title']}\n")
    sys.stdout.write("".join(f"  {key}: {value}\n" for key, value in heads.items() if value))
    sys.stdout.write("".join(f"  │ {line}\n" for line in document["text"].splitlines()))


def _api(tenant: str) -> Any:
    from app.api_client import ApiClient
    from app.callers import ADMIN, make_caller
    from app.settings import load_settings

    return ApiClient(load_settings(), make_caller(tenant, "cli", [], [ADMIN]))
