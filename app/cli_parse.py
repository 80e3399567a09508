"""`freshet parse`: the Markdown that parsing makes of a file. Nothing is stored or sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ingestion.parsing.sandbox import parse_isolated
from retrieval.errors import FreshetError


def parse_command(
    file: Annotated[Path, typer.Argument(help="the file: PDF, Office, OpenDocument, HTML, mail, picture, …")],
) -> None:
    """Print the Markdown of a file; pages are parted by form feeds."""
    if not file.is_file():
        typer.echo(f"{file} is not a file", err=True)
        raise typer.Exit(1)
    try:
        parsed = parse_isolated(file, file.name)
    except FreshetError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for warning in parsed.warnings:
        typer.echo(f"{file.name}: {warning}", err=True)
    typer.echo(parsed.text)


def register(app: typer.Typer) -> None:
    """Add `parse` to the command line."""
    app.command("parse")(parse_command)
