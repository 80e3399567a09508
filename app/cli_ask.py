"""`freshet ask`: one turn of a conversation, as `POST /v1/chat` takes it, from a shell."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from app.cli_client import AsJson, Groups, Tenant


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("ask")(ask_command)


def ask_command(  # noqa: PLR0913 (one per option)
    text: Annotated[str, typer.Argument(help="the question")],
    conversation: Annotated[str, typer.Option(help="go on with this conversation")] = "",
    user: Annotated[str, typer.Option(help="ask as this user")] = "cli",
    group: Groups = None,
    role: Annotated[list[str] | None, typer.Option(help="customer (the default), employee, agent …")] = None,
    tenant: Tenant = "default",
    language: Annotated[str, typer.Option(help="en or zh; by the question where not given")] = "",
    as_json: AsJson = False,
) -> None:
    """Ask, and get an answer with its sources, or the reason why there is none."""
    from app.api_client import ApiClient
    from app.callers import make_caller
    from app.settings import load_settings

    caller = make_caller(tenant, user, group or [], role or [])
    message = {"message": text, "conversation_id": conversation, "channel": "cli", "language": language}
    with ApiClient(load_settings(), caller) as api:
        done = api.post("/v1/chat", message)
    if as_json:
        sys.stdout.write(json.dumps(done, ensure_ascii=False) + "\n")
    else:
        _print(done)


def _print(done: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(done["answer"]))
    for one in done["citations"]:
        place = f", page {one['page']}" if one["page"] else ""
        console.print(Text(f"  [{one['marker']}] {one['title']}{place} (version {one['version']})", "cyan"))
        console.print(Text(f"      “{' '.join(one['quote'].split())}”", "dim"))
    searched = f" · searched: {done['question']}" if done["question"] else ""
    cited = {one["source"] for one in done["citations"]}
    moments = "".join(
        f" · {source} as of {done['as_of'][source][11:19]} UTC" for source in sorted(cited & set(done["as_of"]))
    )
    rule = f" · rule {done['rule']}" if done.get("rule") else ""
    console.print(Text(f"{done['decision']} · confidence {done['confidence']:.2f}{rule}{searched}{moments}", "dim"))
    console.print(Text(f"go on with --conversation {done['conversation_id']}", "dim"))
