"""Cells of JDM tables: what they ask in the plain form, where they have one, and whether zen takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import zen

from app.rules.conditions import Condition, Expression, Holds, OneOf, Within, read_condition
from app.rules.engine import reason
from app.rules.expressions import FUNCTIONS, KEYWORDS, tokens_of
from app.rules.facts import FACTS, Fact, known_fact
from app.rules.model import Stage
from app.rules.reading import check_values

_TEXT = r"""(?:"[^"]*"|'[^']*')"""
_TEXTS = re.compile(rf"{_TEXT}(?:\s*,\s*{_TEXT})*")
_ONE_TEXT = re.compile(_TEXT)
_HELD = re.compile(rf"(?P<not>not\s*\(\s*)?(?P<text>{_TEXT})\s+in\s+\$\s*(?(not)\))")
_INTERVAL = re.compile(
    r"(?P<open>[\[(])\s*(?P<low>-?\d+(?:\.\d+)?)\s*\.\.\s*(?P<high>-?\d+(?:\.\d+)?)\s*(?P<close>[\])])"
)
_COMPARED = re.compile(r"(?:\$\s*)?(?:>=|<=|==|>|<)?\s*-?\d+(?:\.\d+)?")


def literal_of(cell: Any) -> str:
    """The text in quotes that an output cell holds; "" for an empty one.

    Raises:
        ValueError: it is computed: what a rule does must stand there as it is.
    """
    written = str(cell or "").strip()
    if written and not _ONE_TEXT.fullmatch(written):
        raise ValueError(f"{written!r} must be a fixed text in quotes")
    return written[1:-1]


def read_cell(field: str, cell: str, stage: Stage, declared: Mapping[str, Mapping[str, Any]]) -> Condition:
    """What `cell` asks of the fact `field` (an expression of its own where the column has none).

    Raises:
        ValueError: it is of the wrong kind for the fact, names a value that there is not, or zen does not take it.
    """
    fact = _fact(field, stage)
    condition = _plain(fact, cell) if fact else None
    if fact is not None and condition is not None:
        check_values(fact, condition, declared)
    _try(field, cell, fact)
    return condition or Expression(cell)


def _fact(field: str, stage: Stage) -> Fact | None:
    try:
        return known_fact(field, stage)
    except ValueError:
        return None


def _plain(fact: Fact, cell: str) -> Condition | None:
    """The condition in the plain form; None where the cell has none.

    Raises:
        ValueError: the cell compares with something of another kind.
    """
    if fact.kind == "set" and (held := _HELD.fullmatch(cell)):
        name = frozenset({held["text"][1:-1]})
        return Holds(none_of=name) if held["not"] else Holds(all_of=name)
    if _TEXTS.fullmatch(cell):
        if fact.kind != "text":
            raise ValueError(f"fact {fact.name!r} is no text: it cannot be {cell}")
        return OneOf(frozenset(text[1:-1] for text in _ONE_TEXT.findall(cell)))
    if interval := _INTERVAL.fullmatch(cell):
        _must_be_number(fact, cell)
        low, high = float(interval["low"]), float(interval["high"])
        return Within(low, high, interval["open"] == "(", interval["close"] == ")")
    if _COMPARED.fullmatch(cell):
        _must_be_number(fact, cell)
        return read_condition("number", cell.removeprefix("$").strip())
    if cell in {"true", "false"}:
        if fact.kind != "truth":
            raise ValueError(f"fact {fact.name!r} is not true or false: it cannot be {cell}")
        return OneOf(frozenset({cell == "true"}))
    return None


def _must_be_number(fact: Fact, cell: str) -> None:
    if fact.kind != "number":
        raise ValueError(f"fact {fact.name!r} is no number: it cannot be {cell}")


def _try(field: str, cell: str, fact: Fact | None) -> None:
    """zen takes a cell that it cannot read for one that never fits, and says nothing: so each is tried here."""
    context: dict[str, Any] = {one.name: one.example for one in FACTS} | {"slot": {}}
    names = {token.text for token in tokens_of(f"{field} {cell}") if token.kind == "name"}
    own = bool(names - context.keys() - FUNCTIONS - KEYWORDS) and fact is None  # made by the file itself: of any kind
    try:
        if field:
            value = fact.example if fact else "" if own else zen.evaluate_expression(field, context)
            zen.evaluate_unary_expression(cell, {**context, "$": value})
            return
        outcome = zen.evaluate_expression(cell, context)
        if not own and not isinstance(outcome, bool):
            raise ValueError(f"{cell!r} must be true or false, not {outcome!r}")
    except RuntimeError as error:
        if not own or "vmError" not in str(error):
            raise ValueError(f"{cell!r}: {reason(error)}") from None
