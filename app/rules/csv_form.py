"""Decision tables as CSV, for people with a spreadsheet: one rule a row, one fact a column, an empty cell asks nothing.

Columns: `table`, `stage`, `hit` (an empty cell is as in the row above), `rule`, any fact (also `says`, `matches`,
`slot.NAME`), `then` (action), `names` (of `mask`, `restrict`, `require`), `text_en`, `text_zh`, `note`.

Several values in a cell are parted by `;`. `not a; b`, `all a; b` and `none a; b` ask as their words say. A row with
the name of the rule above and without conditions adds an action to it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.rules.conditions import Kind
from app.rules.facts import BY_NAME, SLOT
from retrieval.errors import RejectedError

_OWN = ("table", "stage", "hit", "rule", "then", "names", "text_en", "text_zh", "note")
_PHRASED = frozenset({"says", "answer_says"})
_MATCHED = frozenset({"matches", "answer_matches"})
_PART = re.compile(r"\s*[;；]\s*")
_ASKED = re.compile(r"(?P<how>not|all|none|any)\s+(?P<rest>.+)", re.DOTALL)
MAX_BYTES = 1_000_000


@dataclass
class CsvSource:
    """Plain data of a CSV file, and the line of each rule."""

    what: str
    value: dict[str, Any]
    lines: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def error(self, path: Sequence[int | str], message: str) -> RejectedError:
        """The error that says `message` about the part at `path`, with the line of its rule."""
        at = [step for step in path if isinstance(step, int)]
        line = self.lines.get((at[0], at[1])) if len(at) > 1 else self.lines.get((at[0], 0)) if at else None
        return RejectedError(f"{self.what}{f', line {line}' if line else ''}: {message}")


def read_csv(text: str, what: str) -> CsvSource:
    """The tables in the CSV `text`, not checked yet beyond their form.

    Raises:
        RejectedError: it is no such CSV; the message names the line.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise RejectedError(f"{what} is larger than {MAX_BYTES:,} bytes")
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise RejectedError(f"{what}, line {reader.line_num}: not CSV: {error}") from None
    rows = [(line, row) for line, row in rows if any(row)]
    if not rows:
        raise RejectedError(f"{what} is empty")
    heads = _heads(rows[0][1], f"{what}, line {rows[0][0]}")
    return _Tables(what, heads).read(rows[1:])


def _heads(row: Sequence[str], place: str) -> list[str]:
    heads = list(row)
    for head in heads:
        if head not in _OWN and head not in BY_NAME and head not in _PHRASED | _MATCHED and not head.startswith(SLOT):
            raise RejectedError(f"{place}: unknown column {head!r}; columns are {', '.join(_OWN)} and facts")
        if heads.count(head) > 1:
            raise RejectedError(f"{place}: column {head!r} stands twice")
    for needed in ("stage", "rule", "then"):
        if needed not in heads:
            raise RejectedError(f"{place}: column {needed!r} is missing")
    return heads


class _Tables:
    """Gathers rows into tables."""

    def __init__(self, what: str, heads: Sequence[str]) -> None:
        self._what, self._heads = what, heads
        self._facts = [head for head in heads if head not in _OWN]
        self._tables: dict[str, dict[str, Any]] = {}
        self._lines: dict[tuple[int, int], int] = {}
        self._above = {"table": "rules", "stage": "", "hit": "first", "rule": ""}

    def read(self, rows: Sequence[tuple[int, list[str]]]) -> CsvSource:
        for line, row in rows:
            if len(row) != len(self._heads):
                raise self._wrong(line, f"{len(row)} cells; the first row has {len(self._heads)}")
            self._row(line, dict(zip(self._heads, row, strict=True)))
        return CsvSource(self._what, {"tables": list(self._tables.values())}, self._lines)

    def _row(self, line: int, row: Mapping[str, str]) -> None:
        asked = {fact: row[fact] for fact in self._facts if row[fact]}
        again = row["rule"] in {"", self._above["rule"]} and not asked and bool(self._above["rule"])
        for key in self._above:
            self._above[key] = row.get(key) or self._above[key]
        name, stage, hit = self._above["table"], self._above["stage"], self._above["hit"]
        table = self._tables.setdefault(name, {"table": name, "stage": stage, "hit": hit, "rules": []})
        if (table["stage"], table["hit"]) != (stage, hit):
            raise self._wrong(line, f"table {name!r} is of stage {table['stage']} and hit {table['hit']} further up")
        action = self._action(line, row)
        rules = table["rules"]
        if again and rules:
            rules[-1]["then"].append(action)
            return
        self._lines[list(self._tables).index(name), len(rules)] = line
        when = {fact: self._cell(line, fact, cell) for fact, cell in asked.items()}
        rules.append({"rule": row["rule"], "when": when, "then": [action], "note": row.get("note", "")})

    def _action(self, line: int, row: Mapping[str, str]) -> dict[str, Any]:
        if not row["then"]:
            raise self._wrong(line, "the cell `then` is empty: what should the rule do?")
        texts = {language: row.get(f"text_{language}", "") for language in ("en", "zh")}
        said = {language: text for language, text in texts.items() if text}
        names = [part for part in _PART.split(row.get("names", "")) if part]
        if row["then"] == "require":
            what: Any = names[0] if len(names) == 1 and not said else {"slot": "; ".join(names), "text": said}
        else:
            what = (names or said) if not (names and said) else {**said, "names": names}
        return {row["then"]: what or True}

    def _cell(self, line: int, fact: str, cell: str) -> Any:
        """A cell in the form that YAML gives."""
        if fact in _MATCHED:
            return cell
        kind: Kind = "text" if fact.startswith(SLOT) or fact in _PHRASED else BY_NAME[fact].kind
        if kind == "number":
            return cell
        if kind == "truth":
            known = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
            if cell.lower() not in known:
                raise self._wrong(line, f"column {fact!r} must be true or false, not {cell!r}")
            return known[cell.lower()]
        asked = None if fact in _PHRASED else _ASKED.fullmatch(cell)
        values = [part for part in _PART.split(asked["rest"] if asked else cell) if part]
        how = asked["how"] if asked else "any"
        if kind == "text":
            if how in {"all", "none"}:
                raise self._wrong(line, f"column {fact!r} holds one text: {how!r} cannot be asked of it")
            return {"not": values} if how == "not" else values
        return {"none" if how == "not" else how: values}

    def _wrong(self, line: int, message: str) -> RejectedError:
        return RejectedError(f"{self._what}, line {line}: {message}")
