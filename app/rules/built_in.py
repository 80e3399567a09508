"""The rule files that come along: in force for every tenant until it says otherwise or has an own one of that name."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from app.rules.judge import Ruleset, load_ruleset

SHADOWED = frozenset({"opening-hours"})
"""Built-in rules that only count what they would do: an example."""

VERSION = 0
"""The version of every built-in rule set; a tenant's own ones count from 1."""


@lru_cache
def built_in_names() -> tuple[str, ...]:
    """The names of the built-in rule sets, in order."""
    files = (resources.files("app.rules") / "defaults").iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


def built_in_body(name: str) -> str:
    """The YAML of a built-in rule set, to read or to start an own one from."""
    return (resources.files("app.rules") / "defaults" / f"{name}.yaml").read_text(encoding="utf-8")


@lru_cache
def built_in_ruleset(name: str) -> Ruleset | None:
    """The built-in rule set of that name; None where there is none."""
    return load_ruleset(built_in_body(name), "yaml", name, VERSION) if name in built_in_names() else None
