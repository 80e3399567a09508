"""Rules from plain data (what YAML, CSV and JSON hold): every mistake is one sentence with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from app.rules.conditions import UNSTORABLE, Condition, Holds, read_condition
from app.rules.facts import RAW, Fact, known_fact
from app.rules.model import STAGE_NAMES, STAGES, Rule, Rules, Stage, Table
from app.rules.reading_actions import check_texts, plain_action, read_actions
from ingestion.cleaning.patterns import compile_pattern
from retrieval.errors import RejectedError

MAX_RULES = 5_000
MAX_PHRASES = 20_000
MAX_PATTERNS = 500
_NAME = re.compile(r"\w[\w.-]{0,63}")
Path = tuple[int | str, ...]

_PHRASED = {"says": "words", "answer_says": "answer_words"}
_MATCHED = {"matches": "patterns", "answer_matches": "answer_patterns"}
"""Conditions with their own phrases or pattern → the fact they ask."""


class Source(Protocol):
    """Plain data, and where each part of it stands in the file (a `Located` is one)."""

    @property
    def value(self) -> Any:
        """The data."""

    def error(self, path: Sequence[int | str], message: str) -> RejectedError:
        """The error that says `message` about the part at `path`."""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Data of which nobody knows the lines: an error names the part itself."""

    value: Any
    what: str

    def error(self, path: Sequence[int | str], message: str) -> RejectedError:
        """The error that says `message` about the part at `path`."""
        place = ".".join(str(step + 1) if isinstance(step, int) else step for step in path)
        return RejectedError(f"{self.what}{f', {place}' if place else ''}: {message}")


def read_rules(source: Source) -> Rules:
    """The rules in `source`.

    Raises:
        RejectedError: they are none; the message names the place and says what is wrong.
    """
    return _Reader(source).read()


class _Reader:
    """Reads one file; gathers the lists and patterns that rules carry themselves."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lists: dict[str, tuple[str, ...]] = {}
        self._patterns: dict[str, str] = {}
        self._texts: dict[str, Mapping[str, str]] = {}
        self._names: set[str] = set()

    def read(self) -> Rules:
        body = self._mapping((), self._source.value, "a rule file is a mapping with `tables:`")
        self._only((), body, ("description", "lists", "patterns", "texts", "tables"))
        description = self._prose(("description",), body.get("description"))
        self._read_named(body)
        tables = body.get("tables")
        if not isinstance(tables, list) or not tables:
            raise self._source.error(("tables",), "`tables:` must be a list of tables, at least one")
        read = tuple(self._table(("tables", number), table) for number, table in enumerate(tables))
        self._check_sizes()
        names = [table.name for table in read]
        for number, name in enumerate(names):
            if name in names[:number]:
                raise self._source.error(("tables", number, "table"), f"table {name!r} stands twice")
        return Rules(read, self._lists, self._patterns, description.strip())

    def _read_named(self, body: Mapping[str, Any]) -> None:
        for name, phrases in self._section(body, "lists"):
            self._lists[name] = self._phrases(("lists", name), phrases)
        for name, pattern in self._section(body, "patterns"):
            self._patterns[name] = self._pattern(("patterns", name), pattern)
        for name, texts in self._section(body, "texts"):
            self._texts[name] = self._checked(("texts", name), partial(check_texts, texts))

    def _section(self, body: Mapping[str, Any], key: str) -> Iterator[tuple[str, Any]]:
        section = body.get(key) or {}
        for name, value in self._mapping((key,), section, f"`{key}:` must be a mapping").items():
            yield self._name((key, name), name), value

    def _table(self, path: Path, written: Any) -> Table:
        table = self._mapping(path, written, "a table is a mapping with `table:`, `stage:` and `rules:`")
        self._only(path, table, ("table", "stage", "hit", "rules"))
        name = self._name((*path, "table"), table.get("table"))
        stage, hit = table.get("stage"), table.get("hit", "first")
        if stage not in STAGES:
            raise self._source.error((*path, "stage"), f"`stage:` must be {STAGE_NAMES}, not {stage!r}")
        if hit not in {"first", "all"}:
            raise self._source.error((*path, "hit"), f"`hit:` must be first or all, not {hit!r}")
        rules = table.get("rules")
        if not isinstance(rules, list) or not rules:
            raise self._source.error((*path, "rules"), "`rules:` must be a list of rules, at least one")
        read = tuple(self._rule((*path, "rules", number), rule, stage) for number, rule in enumerate(rules))
        return Table(name, stage, hit, read)

    def _rule(self, path: Path, written: Any, stage: Stage) -> Rule:
        rule = self._mapping(path, written, "a rule is a mapping with `rule:`, `when:` and `then:`")
        self._only(path, rule, ("rule", "when", "then", "note"))
        name = self._name((*path, "rule"), rule.get("rule"))
        if name in self._names:
            raise self._source.error((*path, "rule"), f"rule {name!r} stands twice")
        self._names.add(name)
        when = self._mapping((*path, "when"), rule.get("when") or {}, "`when:` must be a mapping of facts")
        conditions: dict[str, Condition] = {}
        for fact, wanted in when.items():
            self._condition((*path, "when", fact), name, (fact, wanted), stage, conditions)
        if "then" not in rule:
            raise self._source.error(path, f"rule {name!r} does nothing: `then:` is missing")
        then = self._checked((*path, "then"), lambda: read_actions(rule["then"], stage, self._texts, self._patterns))
        return Rule(name, conditions, then, self._prose((*path, "note"), rule.get("note")))

    def _condition(
        self, path: Path, rule: str, asked: tuple[str, Any], stage: Stage, known: dict[str, Condition]
    ) -> None:
        """Add what `asked` (fact and wanted value) means to `known`; two about one fact become one."""
        fact, wanted = asked
        asks = _PHRASED.get(fact) or _MATCHED.get(fact) or fact
        meant = self._checked(path, lambda: known_fact(asks, stage, fact))
        if fact in _PHRASED:
            name = self._new_name(path, f"{rule}.{fact}")
            self._lists[name] = self._phrases(path, wanted)
            fact, condition = asks, Holds(all_of=frozenset({name}))
        elif fact in _MATCHED:
            name = self._new_name(path, f"{rule}.{fact}")
            self._patterns[name] = self._pattern(path, wanted)
            fact, condition = asks, Holds(all_of=frozenset({name}))
        else:
            condition = self._checked(path, lambda: self._wanted(meant, wanted))
        before = known.get(fact)
        if isinstance(before, Holds) and isinstance(condition, Holds):
            any_of, all_of = before.any_of | condition.any_of, before.all_of | condition.all_of
            condition = Holds(any_of, all_of, before.none_of | condition.none_of)
        known[fact] = condition

    def _wanted(self, fact: Fact, written: Any) -> Condition:
        if fact.name in RAW:
            other = "answer_says, answer_matches" if fact.name == "answer" else "says, matches"
            raise ValueError(f"fact {fact.name!r} cannot be compared as a whole; use {other}")
        try:
            condition = read_condition(fact.kind, written)
        except ValueError as error:
            raise ValueError(f"fact {fact.name!r} {error}") from None
        check_values(fact, condition, {"lists": self._lists, "patterns": self._patterns})
        return condition

    def _phrases(self, path: Path, written: Any) -> tuple[str, ...]:
        """Phrases as a list, or as lists by language; each once, in order."""
        groups = list(written.values()) if isinstance(written, Mapping) else [written]
        listed = [one for group in groups for one in (group if isinstance(group, list) else [group])]
        if not listed or not all(isinstance(one, str) and one.strip() and not UNSTORABLE.search(one) for one in listed):
            raise self._source.error(
                path, "must be a list of phrases, or such lists under en and zh; write numbers in quotes"
            )
        return tuple(dict.fromkeys(listed))

    def _pattern(self, path: Path, written: Any) -> str:
        if not isinstance(written, str) or UNSTORABLE.search(written):
            raise self._source.error(path, "a pattern must be text without control characters")
        self._checked(path, lambda: compile_pattern(written))
        return written

    def _prose(self, path: Path, written: Any) -> str:
        if written is not None and (not isinstance(written, str) or UNSTORABLE.search(written)):
            raise self._source.error(path, f"`{path[-1]}:` must be text without control characters")
        return written or ""

    def _new_name(self, path: Path, name: str) -> str:
        if name in self._lists or name in self._patterns:
            raise self._source.error(path, f"the name {name!r} is taken")
        return name

    def _name(self, path: Path, written: Any) -> str:
        if not isinstance(written, str) or not _NAME.fullmatch(written):
            raise self._source.error(
                path, f"a name has at most 64 letters, digits, `-`, `_` and dots, and no spaces; {written!r} is none"
            )
        return written

    def _mapping(self, path: Path, written: Any, message: str) -> Mapping[str, Any]:
        if not isinstance(written, Mapping):
            raise self._source.error(path, message)
        return written

    def _only(self, path: Path, written: Mapping[str, Any], known: Sequence[str]) -> None:
        for key in written:
            if key not in known:
                raise self._source.error((*path, key), f"unknown entry {key!r}; known are {', '.join(known)}")

    def _checked(self, path: Path, read: Callable[[], Any]) -> Any:
        """What `read` gives; a ValueError of its own gets its place."""
        try:
            return read()
        except ValueError as error:
            raise self._source.error(path, str(error)) from error

    def _check_sizes(self) -> None:
        sizes = (
            ("rules", len(self._names), MAX_RULES),
            ("phrases", sum(map(len, self._lists.values())), MAX_PHRASES),
            ("patterns", len(self._patterns), MAX_PATTERNS),
        )
        for what, count, most in sizes:
            if count > most:
                raise self._source.error((), f"{count:,} {what} are too many for one file; the limit is {most:,}")


def check_values(fact: Fact, condition: Condition, declared: Mapping[str, Mapping[str, Any]]) -> None:
    """Hold the values that `condition` names against those there are; lists and patterns must be declared.

    Raises:
        ValueError: there is no such value.
    """
    known = tuple(declared[fact.named]) if fact.named else fact.values
    if not known and not fact.named:
        return
    for name in sorted(named_values(condition), key=str):
        if name not in known:
            there = f"declared under `{fact.named}:` are" if fact.named else "there are"
            raise ValueError(f"fact {fact.name!r} has no value {name!r}; {there} {', '.join(known) or 'none'}")


def named_values(condition: Condition) -> frozenset[Any]:
    """Every text that `condition` names."""
    if isinstance(condition, Holds):
        return condition.any_of | condition.all_of | condition.none_of
    values: frozenset[Any] = getattr(condition, "values", frozenset())
    return frozenset(value for value in values if isinstance(value, str))


def plain_rules(rules: Rules) -> dict[str, Any]:
    """`rules` as plain data that `read_rules` reads back as the same."""
    body: dict[str, Any] = {"description": rules.description} if rules.description else {}
    if rules.lists:
        body["lists"] = {name: list(phrases) for name, phrases in rules.lists.items()}
    if rules.patterns:
        body["patterns"] = dict(rules.patterns)
    body["tables"] = [_plain_table(table) for table in rules.tables]
    return body


def _plain_table(table: Table) -> dict[str, Any]:
    return {
        "table": table.name,
        "stage": table.stage,
        "hit": table.hit,
        "rules": [_plain_rule(rule) for rule in table.rules],
    }


def _plain_rule(rule: Rule) -> dict[str, Any]:
    body: dict[str, Any] = {"rule": rule.name}
    if rule.when:
        body["when"] = {fact: condition.plain() for fact, condition in rule.when.items()}
    body["then"] = [plain_action(action) for action in rule.then]
    return body | ({"note": rule.note} if rule.note else {})
