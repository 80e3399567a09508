"""`python -m app.local run|status|stop …`: these commands without the rest of the command line."""

from __future__ import annotations

import typer

from app import cli_local

if __name__ == "__main__":
    commands = typer.Typer(add_completion=False, no_args_is_help=True)
    cli_local.register(commands)
    commands()
