"""What an embedded part is: a frozen description, and the order in which parts need each other."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.errors import FreshetError


class LocalError(FreshetError):
    """Something on this machine keeps Freshet from running; the message says what to do."""


class NotReadyError(FreshetError):
    """A part does not answer yet; the message says what it answered instead."""


@dataclass(frozen=True)
class Port:
    """A port that a part listens on, and the setting that moves it."""

    number: int
    setting: str
    host: str = "127.0.0.1"


def nothing() -> None:
    """The preparation of a part that needs none."""


@dataclass(frozen=True)
class Part:
    """One process to start, watch and stop.

    `prepare` runs before every start, in a thread. `ready` returns once the part really answers and raises
    NotReadyError (or any error of its client) until then. `lives` is asked once it was ready, where its own life is
    another question than whether it is ready: to start it again would not bring back what it waits for.
    Relative paths do not occur.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], Awaitable[None]]
    folder: Path
    lives: Callable[[], Awaitable[None]] | None = None
    needs: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    prepare: Callable[[], None] = nothing
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 10.0
    start_seconds: float = 240.0
    address: str = ""
    memory: str = ""


@dataclass(frozen=True)
class Step:
    """Something done once between the starts of parts, such as bringing the database to head."""

    name: str
    action: Callable[[], Awaitable[str]]
    needs: tuple[str, ...] = ()


Node = Part | Step


def in_order(nodes: Iterable[Node]) -> list[Node]:
    """Nodes so that each stands after those it needs; needs that are not among them are somebody else's.

    Raises LocalError when parts need each other in a circle or share a name.
    """
    waiting = list(nodes)
    names = [node.name for node in waiting]
    if len(set(names)) != len(names):
        message = f"Two parts share a name: {', '.join(names)}."
        raise LocalError(message)
    placed: list[Node] = []
    while waiting:
        left = {node.name for node in waiting}
        free = [node for node in waiting if not left.intersection(node.needs)]
        if not free:
            message = f"Parts need each other in a circle: {', '.join(sorted(left))}."
            raise LocalError(message)
        placed += free
        waiting = [node for node in waiting if node not in free]
    return placed


def choose(nodes: Sequence[Node], only: Sequence[str], families: Mapping[str, Sequence[str]]) -> list[Node]:
    """The nodes named in `only` (all of them when it is empty); a family name stands for its members.

    Raises LocalError for a name that is neither.
    """
    if not only:
        return list(nodes)
    wanted = {member for name in only for member in families.get(name, (name,))}
    unknown = wanted - {node.name for node in nodes}
    if unknown:
        known = ", ".join(node.name for node in nodes)
        message = f"There is no part {', '.join(sorted(unknown))} here; there are: {known}."
        raise LocalError(message)
    return [node for node in nodes if node.name in wanted]
