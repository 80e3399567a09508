"""What a person sees while parts start and run: a live table on a terminal, one line per change elsewhere."""

from __future__ import annotations

import asyncio
import sys
from typing import NamedTuple

from rich.console import Console
from rich.live import Live
from rich.table import Table

from app.local.runner import Runner
from app.local.supervisor import State

MARKS = {
    State.WAITING: ("·", "dim"),
    State.STARTING: ("…", "yellow"),
    State.RUNNING: ("✓", "green"),
    State.DONE: ("✓", "green"),
    State.RESTARTING: ("↻", "red"),
    State.STOPPING: ("…", "dim"),
    State.DOWN: ("✗", "red"),
}


SETTLED = {State.RUNNING, State.DONE}


class Line(NamedTuple):
    """One row: what a node is called, where it stands, and what there is to say."""

    name: str
    state: State
    seconds: float | None
    note: str


def lines(runner: Runner) -> list[Line]:
    """The rows of parts and steps, in the order of their starts."""
    rows = []
    for name in runner.order:
        if name in runner.supervisors:
            one = runner.supervisors[name]
            address = f"{one.part.address}{' (found running)' if one.adopted else ''}"
            rows.append(Line(name, one.state, one.seconds_to_ready, one.detail or address))
        else:
            step = runner.steps[name]
            rows.append(Line(name, step.state, step.seconds, step.result))
    return rows


class View:
    """Follows a runner until cancelled. `live` switches to the table while starting and ends it with settle()."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._console = Console(file=sys.stdout, highlight=False)
        self._starting = True
        self._told: dict[str, State] = {}

    async def follow(self) -> None:
        """Show changes as they come."""
        if not self._console.is_terminal:
            while True:
                self._tell_changes()
                await asyncio.sleep(0.2)
        with Live(self._table(), console=self._console, refresh_per_second=8, transient=False) as live:
            while self._starting:
                live.update(self._table())
                await asyncio.sleep(0.12)
            live.update(self._table())
        self._told = {line.name: line.state for line in lines(self._runner)}
        while True:
            self._tell_changes()
            await asyncio.sleep(0.2)

    def settle(self) -> None:
        """Everything is up: from now on one line per change."""
        self._starting = False

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for line in lines(self._runner):
            mark, style = MARKS[line.state]
            seconds = f"{line.seconds:.1f} s" if line.seconds is not None else ""
            table.add_row(f"[{style}]{mark}[/]", line.name, f"[{style}]{line.state}[/]", seconds, line.note[:100])
        return table

    def _tell_changes(self) -> None:
        for line in lines(self._runner):
            if self._told.get(line.name) != line.state and line.state is not State.WAITING:
                seconds = f"{line.seconds:6.1f} s" if line.seconds is not None and line.state in SETTLED else " " * 8
                self._console.print(
                    f"{MARKS[line.state][0]} {line.name:<12} {line.state:<10} {seconds}  {line.note}",
                    markup=False,
                    soft_wrap=True,
                )
                self._told[line.name] = line.state
