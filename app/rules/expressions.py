"""What an expression in a JDM file may say: facts, comparisons, and functions that are quick and always give the same.

Refused: dates and random numbers (a verdict must be the same tomorrow), methods, assignments, objects, templates, and
what a short text can turn into hours of work: nested loops, loops over ranges of numbers, patterns that are not RE2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ingestion.cleaning.patterns import compile_pattern

MAX_CHARACTERS = 1_000
_LOOPS = frozenset({"some", "all", "none", "one", "count", "filter"})
FUNCTIONS = _LOOPS | {
    "len", "contains", "startsWith", "endsWith", "matches", "lower", "upper", "trim", "abs", "floor", "ceil", "round",
    "min", "max", "sum", "avg", "string", "number", "isNumeric",
}  # fmt: skip
KEYWORDS = frozenset({"and", "or", "not", "in", "true", "false", "null"})
_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<text>"[^"\\]*"|'[^'\\]*')|(?P<number>\d+(?:\.(?!\.)\d*)?)|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<self>[$#])|(?P<sign>\.\.|==|!=|>=|<=|[-+*/%<>!?:,()\[\].])""",
)


class Token(NamedTuple):
    """One word or sign of an expression."""

    kind: str
    text: str


def tokens_of(expression: str) -> list[Token]:
    """The tokens of `expression`.

    Raises:
        ValueError: it is too long, or holds a sign that rules do not use.
    """
    if len(expression) > MAX_CHARACTERS:
        raise ValueError(f"an expression has at most {MAX_CHARACTERS:,} characters")
    found: list[Token] = []
    at = 0
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        if match is None:
            raise ValueError(f"{expression!r}: {expression[at]!r} cannot stand in a rule's expression")
        at = match.end()
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match[0]))
    return found


def check_expression(expression: str, known: Iterable[str]) -> frozenset[str]:
    """The names among `known` that `expression` uses.

    Raises:
        ValueError: it says something that rules may not say; the message says what.
    """
    tokens, names = tokens_of(expression), frozenset(known)
    used: set[str] = set()
    for at, token in enumerate(tokens):
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        before = tokens[at - 1].text if at else ""
        if token.text == "..":
            _check_range(expression, tokens, at)
        if token.kind != "name" or token.text in KEYWORDS:
            continue
        if before == ".":
            if after == "(":
                raise ValueError(f"{expression!r}: methods such as .{token.text}() are refused")
        elif after == "(":
            _check_call(expression, tokens, at)
        elif token.text not in names:
            raise ValueError(f"{expression!r}: unknown fact {token.text!r}")
        else:
            used.add(token.text)
    if sum(token.text in _LOOPS for token in tokens) > 1:
        raise ValueError(f"{expression!r}: at most one of {', '.join(sorted(_LOOPS))} in one expression")
    return frozenset(used)


def _check_call(expression: str, tokens: list[Token], at: int) -> None:
    name = tokens[at].text
    if name not in FUNCTIONS:
        raise ValueError(f"{expression!r}: function {name!r} is refused; there are {', '.join(sorted(FUNCTIONS))}")
    first = tokens[at + 2] if at + 2 < len(tokens) else Token("sign", "")
    if name in _LOOPS and first.kind not in {"name", "self"}:
        raise ValueError(f"{expression!r}: {name} goes over a fact, nothing else")
    if name == "matches":
        arguments = tokens[at + 2 : at + 6]
        kinds = [token.kind for token in arguments]
        if kinds[:1] not in (["name"], ["self"]) or kinds[1:] != ["sign", "text", "sign"]:
            raise ValueError(f"{expression!r}: matches takes a fact and a pattern in quotes")
        compile_pattern(arguments[2].text[1:-1])


def _check_range(expression: str, tokens: list[Token], at: int) -> None:
    """A range stands alone in its cell, or behind `in`: whoever goes through its numbers may go for ever."""
    opening = max((place for place in range(at) if tokens[place].text in {"[", "("}), default=-1)
    before = tokens[opening - 1].text if opening > 0 else ""
    if opening < 0 or (opening > 0 and before != "in"):
        raise ValueError(f"{expression!r}: a range of numbers stands alone or behind `in`")
