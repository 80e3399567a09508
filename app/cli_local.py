"""`freshet run`, `freshet status`, `freshet stop`, `freshet migrate`."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("run")(run_command)
    app.command("status")(status_command)
    app.command("stop")(stop_command)
    app.command("migrate")(migrate_command)


def run_command(
    no_sample: Annotated[bool, typer.Option("--no-sample", help="do not load the sample enterprise")] = False,
    only: Annotated[str, typer.Option(help="start these parts alone, separated by commas")] = "",
) -> None:
    """Start the parts that settings ask for, and the service; Ctrl-C stops everything."""
    from app.local import product
    from app.settings import load_settings

    parts = tuple(name.strip() for name in only.split(",") if name.strip())
    wish = product.Wish(only=parts, sample=not no_sample and not parts)
    raise typer.Exit(product.attempt(lambda: product.run(load_settings(), wish)))


def status_command(
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document")] = False,
) -> None:
    """Parts with state, address, pid and memory, and the lag of each source; exit 1 when a part is not running."""
    from app.local.part import LocalError
    from app.local.runner import runner_pid
    from app.local.status import as_text, part_statuses, source_lags
    from app.settings import load_settings

    settings = load_settings()
    try:
        parts = asyncio.run(part_statuses(settings))
    except LocalError as error:
        sys.stderr.write(f"{error.message}\n")
        raise typer.Exit(1) from error
    answering = any(part.name == "postgres" and part.state in {"running", "external"} for part in parts)
    sources = asyncio.run(source_lags(settings)) if answering else None
    if as_json:
        document = {
            "home": str(settings.freshet_home),
            "runner": runner_pid(settings.freshet_home),
            "parts": [asdict(part) for part in parts],
            "sources": sources,
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")
    else:
        sys.stdout.write(as_text(parts, sources))
    raise typer.Exit(0 if all(part.state in {"running", "external"} for part in parts) else 1)


def stop_command() -> None:
    """Stop what `freshet run` started, also when its runner was killed."""
    from app.local import product, stopping
    from app.settings import load_settings

    settings = load_settings()
    raise typer.Exit(product.attempt(lambda: asyncio.run(stopping.stop(settings))))


def migrate_command() -> None:
    """Bring the database to head."""
    from sqlalchemy.exc import OperationalError

    from app.identity.first_admin import admin_sign_in, ensure_first_admin
    from app.settings import load_settings
    from migrations.upgrade import upgrade

    settings = load_settings()
    assert settings.database_url is not None
    try:
        upgrade(settings.database_url.get_secret_value())
        made = ensure_first_admin(settings)
    except OperationalError as error:
        sys.stderr.write(f"The database does not answer: {error.orig}\n")
        raise typer.Exit(1) from error
    sys.stdout.write("The database is at head.\n")
    if made:
        sys.stdout.write(f"The first administrator signs in {admin_sign_in(settings)}\n")
