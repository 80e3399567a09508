"""`freshet token`, `freshet search`, `freshet dead-letters`: what the API does, from a shell. `ingest` is beside it."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from app.cli_ingest import ingest_command

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]
Tenant = Annotated[str, typer.Option(help="tenant to act in")]
Groups = Annotated[list[str] | None, typer.Option("--group", help="a group one belongs to; may be repeated")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("token")(token_command)
    app.command("ingest")(ingest_command)
    app.command("search")(search_command)
    letters = typer.Typer(help="What could not be indexed, and why: list, replay, drop.", no_args_is_help=True)
    letters.command("list")(list_command)
    letters.command("replay")(replay_command)
    letters.command("drop")(drop_command)
    app.add_typer(letters, name="dead-letters")


def token_command(
    user: Annotated[str, typer.Option(help="who the token speaks for")],
    tenant: Tenant = "default",
    group: Groups = None,
    role: Annotated[
        list[str] | None, typer.Option(help="customer, employee, agent, editor or admin; may be repeated")
    ] = None,
    hours: Annotated[float, typer.Option(help="how long it is good for", min=0.01, max=24 * 365)] = 12,
) -> None:
    """Print a bearer token."""
    from app.callers import make_caller, mint_token
    from app.settings import load_settings

    secret = load_settings().secret_key
    caller = make_caller(tenant, user, group or [], role or [])
    sys.stdout.write(mint_token(secret.get_secret_value() if secret else "", caller, int(hours * 3600)) + "\n")


def search_command(
    text: Annotated[str, typer.Argument(help="what to search for")],
    user: Annotated[str, typer.Option(help="search as this user")] = "cli",
    group: Groups = None,
    tenant: Tenant = "default",
    limit: Annotated[int, typer.Option(min=1, max=100, help="how many passages at most")] = 10,
    source: Annotated[list[str] | None, typer.Option(help="only this source; may be repeated")] = None,
    as_json: AsJson = False,
) -> None:
    """Search as the API does, from a shell."""
    from app.api_client import ApiClient
    from app.callers import make_caller
    from app.settings import load_settings

    caller = make_caller(tenant, user, group or [], [])
    with ApiClient(load_settings(), caller) as api:
        found = api.post("/v1/search", {"query": text, "limit": limit, "sources": source or []})
    if as_json:
        _print_json(found)
    elif not found["passages"]:
        sys.stdout.write("Nothing found that you may read.\n")
    else:
        _print_passages(found)


def list_command(
    tenant: Tenant = "default",
    source: Annotated[str, typer.Option(help="only this source")] = "",
    as_json: AsJson = False,
) -> None:
    """What could not be indexed, newest first."""
    letters = _dead_letters(tenant, source)
    if as_json:
        _print_json({"dead_letters": letters})
        return
    if not letters:
        sys.stdout.write("No dead letters.\n")
    for letter in letters:
        where = f"{letter['source']}/{letter['key']}"
        sys.stdout.write(f"{letter['id']:>8}  {letter['created_at'][:19]}  {letter['stage']:<6} {where}\n")
        sys.stdout.write(f"          {letter['reason']}\n")


def replay_command(
    letter: Annotated[list[int] | None, typer.Argument(help="numbers of dead letters")] = None,
    every: Annotated[bool, typer.Option("--all", help="all that are open")] = False,
    tenant: Tenant = "default",
    source: Annotated[str, typer.Option(help="with --all: only this source")] = "",
    as_json: AsJson = False,
) -> None:
    """Publish them again, after what was wrong has been put right."""
    _act("replayed", _chosen(letter, tenant, source, every=every), tenant, as_json=as_json)


def drop_command(
    letter: Annotated[list[int] | None, typer.Argument(help="numbers of dead letters")] = None,
    every: Annotated[bool, typer.Option("--all", help="all that are open")] = False,
    tenant: Tenant = "default",
    source: Annotated[str, typer.Option(help="with --all: only this source")] = "",
    as_json: AsJson = False,
) -> None:
    """Give them up."""
    _act("dropped", _chosen(letter, tenant, source, every=every), tenant, as_json=as_json)


def _chosen(letters: list[int] | None, tenant: str, source: str, *, every: bool) -> list[int]:
    if every == bool(letters):
        raise typer.BadParameter("name the dead letters by number, or all with --all")
    return letters or [letter["id"] for letter in _dead_letters(tenant, source)]


def _act(done: str, letters: list[int], tenant: str, *, as_json: bool) -> None:
    """Replay or drop one after another; a refusal is told and does not stop the rest."""
    from retrieval.errors import RejectedError

    refused: list[dict[str, Any]] = []
    with _editor(tenant) as api:
        for letter in letters:
            try:
                if done == "replayed":
                    api.post(f"/v1/dead-letters/{letter}/replay")
                else:
                    api.delete(f"/v1/dead-letters/{letter}")
            except RejectedError as error:
                refused.append({"id": letter, "reason": error.message})
    if as_json:
        _print_json({done: len(letters) - len(refused), "refused": refused})
    else:
        sys.stdout.write(f"{len(letters) - len(refused)} {done}\n")
        for one in refused:
            sys.stderr.write(f"{one['id']}: {one['reason']}\n")
    if refused:
        raise typer.Exit(1)


def _dead_letters(tenant: str, source: str) -> list[dict[str, Any]]:
    letters: list[dict[str, Any]] = []
    query: dict[str, str | int] = {"limit": 200, **({"source": source} if source else {})}
    with _editor(tenant) as api:
        while True:
            page = api.get("/v1/dead-letters", **query)
            letters += page["dead_letters"]
            if not page["next_cursor"]:
                return letters
            query["cursor"] = page["next_cursor"]


def _editor(tenant: str) -> Any:
    from app.api_client import ApiClient
    from app.callers import EDITOR, make_caller
    from app.settings import load_settings

    return ApiClient(load_settings(), make_caller(tenant, "cli", [], [EDITOR]))


def _print_passages(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    for number, passage in enumerate(found["passages"], 1):
        page = f", page {passage['page']}" if passage["page"] else ""
        console.print(Text(f"{number}. {passage['title']}", "bold"), Text(f"{passage['score']:.3f}", "cyan"))
        console.print(Text(f"   {passage['source']}/{passage['key']}{page}", "dim"))
        snippet = " ".join(passage["text"].split())
        console.print(Text(f"   {snippet[:300]}{'…' if len(snippet) > 300 else ''}"))
    moments = ", ".join(f"{source} {moment[:19]}Z" for source, moment in found["as_of"].items())
    console.print(Text(f"as of: {moments}", "dim"))


def _print_json(body: object) -> None:
    sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
