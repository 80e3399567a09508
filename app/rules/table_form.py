"""A rule file as a table that a grid edits: plain data as people wrote it, with every mistake at its cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.rules.csv_form import read_csv
from app.rules.judge import ready
from app.rules.model import Format, Rules
from app.rules.reading import Source, read_rules
from app.rules.writing import plain_yaml
from ingestion.cleaning.yaml_source import Located
from retrieval.errors import RejectedError

MOST_PROBLEMS = 20
_RULE_STEPS = 4
"""tables, which table, rules, which rule."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake: `path` leads to its cell (`tables, 0, rules, 2, when, hour`), `line` is 0 where there are no lines."""

    path: tuple[int | str, ...]
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file says: `table` is {} where it cannot be read at all; `rules` is what is in order of it."""

    table: Mapping[str, Any]
    problems: tuple[Problem, ...]
    rules: Rules | None


def table_of(body: str, form: Format, what: str) -> dict[str, Any]:
    """The plain data of a rule file: description, lists, patterns, texts, tables.

    Raises:
        RejectedError: it cannot be read, or it is a graph.
    """
    value = _source(body, form, what).value
    if not isinstance(value, dict):
        raise RejectedError(f"{what}: a rule file is a mapping with `tables:`")
    return value


def yaml_of(table: Mapping[str, Any]) -> str:
    """The YAML file of `table`."""
    return plain_yaml(dict(table))


def check_body(body: str, form: Format, what: str) -> Checked:
    """Every mistake in a rule file, up to `MOST_PROBLEMS`; a rule with one is passed over to find those of others."""
    try:
        source = _source(body, form, what)
    except RejectedError as error:
        return Checked({}, (Problem((), 0, error.message),), None)
    return _check(source, what)


def check_table(table: Mapping[str, Any], what: str) -> Checked:
    """Every mistake in `table`; lines are those of its YAML."""
    return check_body(yaml_of(table), "yaml", what)


def _source(body: str, form: Format, what: str) -> Located | Source:
    if form == "jdm":
        raise RejectedError(f"{what}: a JDM graph is no plain table; edit it as JSON, or in the GoRules editor")
    return Located(body, what) if form == "yaml" else read_csv(body, what)


class _Noting:
    """Plain data that remembers where the last error stood."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.path: tuple[int | str, ...] = ()

    def error(self, path: Sequence[int | str], message: str) -> RejectedError:
        """The bare sentence."""
        self.path = tuple(path)
        return RejectedError(message)


def _check(source: Located | Source, what: str) -> Checked:
    written, rules = source.value, None
    problems: list[Problem] = []
    left = _Left(written)
    while len(problems) < MOST_PROBLEMS:
        noting = _Noting(left.value)
        try:
            rules = read_rules(noting)
            ready(what, 0, rules)
            break
        except RejectedError as error:
            path = left.original(noting.path)
            line = source.line(path) if isinstance(source, Located) else 0
            problems.append(Problem(path, line, error.message))
            if rules is not None or not left.drop(noting.path):
                break
    return Checked(written if isinstance(written, dict) else {}, tuple(problems), rules)


class _Left:
    """The file without the rules that were found to be wrong."""

    def __init__(self, value: Any) -> None:
        self.value = value
        tables = value.get("tables") if isinstance(value, Mapping) else None
        self._numbers: list[list[int]] = []
        if isinstance(tables, list) and all(isinstance(one, Mapping) for one in tables):
            self.value = {**value, "tables": [dict(one) for one in tables]}
            self._numbers = [list(range(len(_rules_of(one)))) for one in tables]

    def original(self, path: tuple[int | str, ...]) -> tuple[int | str, ...]:
        """The same place in the whole file."""
        place = self._rule(path)
        if place is None:
            return path
        return (*path[:3], self._numbers[place[0]][place[1]], *path[_RULE_STEPS:])

    def drop(self, path: tuple[int | str, ...]) -> bool:
        """Take out the rule at `path`; False where it is none, or the last of its table."""
        place = self._rule(path)
        if place is None or len(self._numbers[place[0]]) < 2:
            return False
        table, number = place
        rules = _rules_of(self.value["tables"][table])
        self.value["tables"][table]["rules"] = [*rules[:number], *rules[number + 1 :]]
        del self._numbers[table][number]
        return True

    def _rule(self, path: tuple[int | str, ...]) -> tuple[int, int] | None:
        if len(path) < _RULE_STEPS or path[0] != "tables" or path[2] != "rules":
            return None
        table, number = path[1], path[3]
        if not (isinstance(table, int) and isinstance(number, int) and table < len(self._numbers)):
            return None
        return (table, number) if number < len(self._numbers[table]) else None


def _rules_of(table: Mapping[str, Any]) -> list[Any]:
    rules = table.get("rules")
    return rules if isinstance(rules, list) else []
