"""`freshet …`: assembles the command line. A module of commands is imported only when one of them is called."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

import typer

from retrieval.errors import FreshetError

COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("cli_local", "Start the parts that settings ask for, and the service."),
    "status": ("cli_local", "Parts with state, address, pid and memory, and the lag of each source."),
    "stop": ("cli_local", "Stop what `freshet run` started, also when its runner was killed."),
    "migrate": ("cli_local", "Bring the database to head."),
    "token": ("cli_client", "Print a bearer token."),
    "sources": ("cli_sources", "Declare, check, watch and remove sources."),
    "ingest": ("cli_client", "Upload files or folders, as the portal does."),
    "search": ("cli_client", "Search as the API does, from a shell."),
    "ask": ("cli_ask", "Ask, and get an answer with its sources, or the reason why there is none."),
    "parse": ("cli_parse", "Print the Markdown that parsing makes of a file."),
    "clean": ("cli_clean", "Dry-run of a cleaning pack: what it would change, line by line."),
    "rules": ("cli_rules", "Validate and try rules: what is wrong with a file, and what it says about facts."),
    "eval": ("cli_eval", "Measure retrieval on a folder of questions with known answers."),
    "verify": ("cli_index", "Hold `knowledge` against the ledger and Milvus."),
    "reindex": ("cli_index", "Build the index again from `knowledge`; the old one serves meanwhile."),
    "dead-letters": ("cli_client", "What could not be indexed, and why: list, replay, drop."),
    "users": ("cli_people", "Accounts: add, list."),
    "audit": ("cli_people", "The audit log: verify that nobody has changed it."),
    "sample": ("cli_sample", "The sample enterprise: load it, let it live, put it back."),
}
"""Command → its module under `app`, and its line in `freshet --help`; a test holds the names against the modules."""


def build(arguments: Sequence[str]) -> typer.Typer:
    """The application for these arguments: the real command where one is called, their names alone for the help."""
    app = typer.Typer(
        name="freshet",
        help="Freshet, an enterprise knowledge assistant: run it, feed it, ask it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    called = next((argument for argument in arguments if not argument.startswith("-")), "")
    if called in COMMANDS:
        _log_to_standard_error()
        import_module(f"app.{COMMANDS[called][0]}").register(app)
        app.callback()(_nothing)
    else:
        for name, (_, line) in COMMANDS.items():
            app.command(name, help=line)(_nothing)
    return app


def _nothing() -> None:
    """Freshet, an enterprise knowledge assistant: run it, feed it, ask it."""


def _log_to_standard_error() -> None:
    """Standard output is for results; unless told otherwise structlog writes there."""
    from app.logs import configure_logs

    configure_logs("WARNING")


def main() -> None:
    """Run the command line: exit status 0 done, 1 failed (one sentence on standard error), 2 wrong usage."""
    try:
        build(sys.argv[1:])()
    except FreshetError as error:
        sys.stderr.write(f"{error.message}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
