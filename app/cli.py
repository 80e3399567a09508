"""`freshet …`: assembles the command line. A module of commands is imported only when one of them is called."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

import typer

from retrieval.errors import FreshetError

COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("cli_local", "Start the parts that settings ask for, and the service; Ctrl-C stops everything."),
    "status": (
        "cli_local",
        "Parts with state, address, pid and memory, and the lag of each source; exit 1 when a part is not running.",
    ),
    "stop": ("cli_local", ""),
    "migrate": ("cli_local", ""),
    "token": ("cli_client", "Print a bearer token."),
    "sources": ("cli_sources", ""),
    "ingest": ("cli_client", "Upload files or folders, as the portal does."),
    "search": ("cli_client", "Search as the API does, from a shell."),
    "parse": ("cli_parse", ""),
    "clean": ("cli_clean", ""),
    "eval": ("cli_eval", ""),
    "verify": ("cli_index", ""),
    "reindex": ("cli_index", ""),
    "dead-letters": ("cli_client", "What could not be indexed, and why: list, replay, drop."),
    "sample": ("cli_sample", ""),
}
"""Command → its module under `app`, and its line in `freshet --help`; a test holds both against the modules."""


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
        import_module(f"app.{COMMANDS[called][0]}").register(app)
        app.callback()(_nothing)
    else:
        for name, (_, line) in COMMANDS.items():
            app.command(name, help=line)(_nothing)
    return app


def _nothing() -> None:
    """Freshet, an enterprise knowledge assistant: run it, feed it, ask it."""


def main() -> None:
    """Run the command line: exit status 0 done, 1 failed (one sentence on standard error), 2 wrong usage."""
    try:
        build(sys.argv[1:])()
    except FreshetError as error:
        sys.stderr.write(f"{error.message}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
