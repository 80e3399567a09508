"""`freshet sample load`, `sample reset` and `sample traffic`: the sample enterprise."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

sample = typer.Typer(help="The sample enterprise: load it, let it live, put it back.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(sample, name="sample")


@sample.command("load")
def load_command() -> None:
    """Create the sample's databases, apply its contracts, upload its documents; again it changes nothing."""
    from app.sample import SAMPLE_QUESTIONS, load_sample
    from app.settings import load_settings

    _attempt(lambda: _write(load_sample(load_settings())))
    for questions in SAMPLE_QUESTIONS.values():
        for question in questions:
            _write(f'  freshet ask "{question}" --group employees')


@sample.command("reset")
def reset_command() -> None:
    """Put the sample's rows and documents back to how they were at the beginning."""
    from app.sample import reset_sample
    from app.settings import load_settings

    _attempt(lambda: _write(reset_sample(load_settings())))


@sample.command("traffic")
def traffic_command(
    per_second: Annotated[float, typer.Option(min=0.01, max=200, help="how many changes a second")] = 2.0,
    seconds: Annotated[float | None, typer.Option(min=0, help="for how long; without end when not given")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="do not print each change")] = False,
) -> None:
    """Let the sample enterprise live: orders, stock moves, prices, tickets, log lines. Ctrl-C ends it."""
    from app.sample_traffic import run_traffic
    from app.settings import load_settings

    say: Callable[[str], None] = (lambda _: None) if quiet else _write

    def run() -> None:
        _write(f"{run_traffic(load_settings(), per_second, seconds, say)} changes")

    _attempt(run)


def _attempt(action: Callable[[], None]) -> None:
    """Run `action`; a failure with a sentence of its own is printed as that, with exit status 1."""
    from retrieval.errors import FreshetError

    try:
        action()
    except FreshetError as error:
        sys.stderr.write(f"{error.message}\n")
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(0) from error


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
