"""Conditions on one fact: how people write them, what they mean, and when two of them meet or imply each other.

A condition is written as in YAML: a number or a comparison (`">= 0.8"`, `"1..5"`), a text or a list of them (one of),
`true`, or, for facts that hold several values, what must be among them (`{any: …, all: …, none: …}`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["number", "text", "truth", "set"]
"""What a fact is: a number, a text, true or false, or a set of texts."""

KIND_NAMES: Mapping[Kind, str] = {
    "number": "a number",
    "text": "text",
    "truth": "true or false",
    "set": "a list of texts",
}

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)"
_COMPARED = re.compile(rf"(?P<sign>>=|<=|==?|>|<)?\s*(?P<number>{_NUMBER})")
_RANGE = re.compile(rf"(?P<low>{_NUMBER})\s*(?:\.\.|…)\s*(?P<high>{_NUMBER})")
UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""Characters that no text of a rule may hold: control characters but tabs and line ends, halves of a pair."""

_BOUNDS = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}


@dataclass(frozen=True, slots=True)
class Within:
    """A number between `low` and `high`; an open end is not included."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    def fits(self, value: object) -> bool:
        """Whether `value` lies within."""
        if not isinstance(value, int | float):
            return False
        above = value > self.low if self.low_open else value >= self.low
        return above and (value < self.high if self.high_open else value <= self.high)

    def zen(self) -> str:
        """As a cell of a decision table."""
        if self.low == self.high:
            return f"$ == {number_text(self.low)}"
        low = "" if math.isinf(self.low) else f"$ {'>' if self.low_open else '>='} {number_text(self.low)}"
        high = "" if math.isinf(self.high) else f"$ {'<' if self.high_open else '<='} {number_text(self.high)}"
        return " and ".join(part for part in (low, high) if part)

    def plain(self) -> Any:
        """As people write it."""
        if self.low == self.high:
            return _as_number(self.low)
        if not (self.low_open or self.high_open or math.isinf(self.low) or math.isinf(self.high)):
            return f"{number_text(self.low)}..{number_text(self.high)}"
        sides: dict[str, Any] = {}
        if not math.isinf(self.low):
            sides["above" if self.low_open else "at_least"] = _as_number(self.low)
        if not math.isinf(self.high):
            sides["below" if self.high_open else "at_most"] = _as_number(self.high)
        return sides

    @property
    def start(self) -> tuple[float, bool]:
        """Where it begins, to be compared with others: later is greater."""
        return self.low, self.low_open

    @property
    def end(self) -> tuple[float, bool]:
        """Where it ends, to be compared with others: later is greater."""
        return self.high, not self.high_open

    def meets(self, other: Condition) -> bool:
        """Whether some number fits both."""
        return not isinstance(other, Within) or self.shared(other).holds_any()

    def shared(self, other: Within) -> Within:
        """What fits both this and `other`."""
        low, high = max(self.start, other.start), min(self.end, other.end)
        return Within(low[0], high[0], low[1], not high[1])

    def holds_any(self) -> bool:
        """Whether any number fits at all."""
        return self.low < self.high or (self.low == self.high and not (self.low_open or self.high_open))

    def implies(self, other: Condition) -> bool:
        """Whether every number that fits this one fits `other`."""
        return isinstance(other, Within) and other.start <= self.start and self.end <= other.end


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text (or truth) among `values`; with `negated` one that is not among them."""

    values: frozenset[str | bool]
    negated: bool = False

    def fits(self, value: object) -> bool:
        """Whether `value` is one of them (or, negated, none)."""
        return (value in self.values) != self.negated

    def zen(self) -> str:
        """As a cell of a decision table."""
        listed = ", ".join(literal(value) for value in sorted(self.values, key=str))
        return f"$ {'not ' if self.negated else ''}in [{listed}]"

    def plain(self) -> Any:
        """As people write it."""
        ordered = sorted(self.values, key=str)
        bare = ordered[0] if len(ordered) == 1 else ordered
        return {"not": bare} if self.negated else bare

    def meets(self, other: Condition) -> bool:
        """Whether some value fits both; values that nobody named exist."""
        if not isinstance(other, OneOf) or (self.negated and other.negated):
            return True
        if self.negated or other.negated:
            positive, negative = (other, self) if self.negated else (self, other)
            return not positive.values <= negative.values
        return not self.values.isdisjoint(other.values)

    def implies(self, other: Condition) -> bool:
        """Whether every value that fits this one fits `other`."""
        if not isinstance(other, OneOf) or (self.negated and not other.negated):
            return False
        if self.negated:
            return other.values <= self.values
        return self.values.isdisjoint(other.values) if other.negated else self.values <= other.values


@dataclass(frozen=True, slots=True)
class Holds:
    """A set that holds one of `any_of` (when given), each of `all_of` and none of `none_of`."""

    any_of: frozenset[str] = frozenset()
    all_of: frozenset[str] = frozenset()
    none_of: frozenset[str] = frozenset()

    def fits(self, value: object) -> bool:
        """Whether `value` (a set, list or tuple of texts) is such a set."""
        held = frozenset(value) if isinstance(value, Iterable) and not isinstance(value, str) else frozenset()
        chosen = not self.any_of or not self.any_of.isdisjoint(held)
        return chosen and self.all_of <= held and self.none_of.isdisjoint(held)

    def zen(self) -> str:
        """As a cell of a decision table."""
        parts = [f"{literal(name)} in $" for name in sorted(self.all_of)]
        if self.any_of:
            listed = [literal(name) for name in sorted(self.any_of)]
            parts.append(f"{listed[0]} in $" if len(listed) == 1 else f"some($, # in [{', '.join(listed)}])")
        parts += [f"not ({literal(name)} in $)" for name in sorted(self.none_of)]
        return " and ".join(parts)

    def plain(self) -> Any:
        """As people write it."""
        sides = {"any": self.any_of, "all": self.all_of, "none": self.none_of}
        written = {key: sorted(names) for key, names in sides.items() if names}
        return written["any"] if list(written) == ["any"] else written

    def meets(self, other: Condition) -> bool:
        """Whether some set fits both."""
        if not isinstance(other, Holds):
            return True
        banned, needed = self.none_of | other.none_of, self.all_of | other.all_of
        choices = (one for one in (self.any_of, other.any_of) if one)
        return banned.isdisjoint(needed) and all(choice - banned for choice in choices)

    def implies(self, other: Condition) -> bool:
        """Whether every set that fits this one fits `other` (false where that is only so in a roundabout way)."""
        if not isinstance(other, Holds):
            return False
        sure = self.all_of | (self.any_of if len(self.any_of) == 1 else frozenset())
        chosen = (
            not other.any_of
            or not other.any_of.isdisjoint(sure)
            or (bool(self.any_of) and self.any_of - self.none_of <= other.any_of)
        )
        return chosen and other.all_of <= sure and other.none_of <= self.none_of


@dataclass(frozen=True, slots=True)
class Expression:
    """A cell of a JDM file that has no plain form: it equals itself and may meet anything."""

    text: str

    def zen(self) -> str:
        """As a cell of a decision table."""
        return self.text

    def plain(self) -> Any:
        """As it is written."""
        return self.text

    def meets(self, _other: Condition) -> bool:
        """Not known, so yes."""
        return True

    def implies(self, other: Condition) -> bool:
        """Only itself for certain."""
        return self == other


Condition = Within | OneOf | Holds | Expression


def read_condition(kind: Kind, written: Any) -> Condition:
    """The condition on a fact of `kind` that `written` means.

    Raises:
        ValueError: it means none; the message says what is possible.
    """
    if kind == "number":
        return _number(written)
    if kind == "truth":
        if not isinstance(written, bool):
            raise ValueError(f"must be true or false, not {written!r}")
        return OneOf(frozenset({written}))
    return _text(written) if kind == "text" else _set(written)


def literal(value: str | bool) -> str:  # noqa: FBT001 - a value, not a switch
    """`value` as zen's expressions write it: they know no escapes, so `coded` has been there before."""
    return str(value).lower() if isinstance(value, bool) else f'"{coded(value)}"'


_UNWRITABLE = re.compile(r"""[%"'`\\$\x00-\x1f\x7f\u2028\u2029]""")


def coded(value: str) -> str:
    """`value` with every character that zen's strings cannot hold as %XX; the facts are coded alike."""
    return _UNWRITABLE.sub(lambda match: f"%{ord(match[0]):02X}", value)


def number_text(number: float) -> str:
    """A number without an exponent: zen reads none."""
    return str(int(number)) if number == int(number) else f"{number:.12f}".rstrip("0").rstrip(".")


def _as_number(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _number(written: Any) -> Within:
    if isinstance(written, bool):
        raise ValueError("must be a number or a comparison, not true or false")  # noqa: TRY004 - of what a person wrote
    if isinstance(written, int | float):
        return Within(_finite(written), _finite(written))
    if isinstance(written, Mapping):
        return _bounds(written)
    if isinstance(written, str):
        if found := _RANGE.fullmatch(written.strip()):
            return _checked(Within(_finite(float(found["low"])), _finite(float(found["high"]))))
        if found := _COMPARED.fullmatch(written.strip()):
            return _compared(found["sign"] or "=", float(found["number"]))
    raise ValueError(f"must be a number, a comparison such as '>= 0.8', or a range such as '1..5', not {written!r}")


def _compared(sign: str, given: float) -> Within:
    number = _finite(given)
    if sign.startswith(">"):
        return Within(low=number, low_open=sign == ">")
    if sign.startswith("<"):
        return Within(high=number, high_open=sign == "<")
    return Within(number, number)


def _bounds(written: Mapping[str, Any]) -> Within:
    found = Within()
    for key, number in written.items():
        if key not in _BOUNDS or isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError(f"bounds are numbers under {', '.join(_BOUNDS)}; {key!r}: {number!r} is none")
        found = found.shared(_compared(_BOUNDS[key], number))
    return _checked(found)


def _checked(found: Within) -> Within:
    if not found.holds_any():
        raise ValueError("no number lies in this range")
    if found == Within():
        raise ValueError("a range needs a bound")
    return found


def _finite(number: float) -> float:
    if not math.isfinite(number) or abs(number) > 1e15:
        raise ValueError(f"{number} is too large a number")
    return round(float(number), 12)


def _text(written: Any) -> OneOf:
    if isinstance(written, Mapping):
        if set(written) != {"not"}:
            raise ValueError(f"must be a text, a list of texts, or {{not: …}}, not {', '.join(map(repr, written))}")
        return OneOf(frozenset(_texts(written["not"])), negated=True)
    return OneOf(frozenset(_texts(written)))


def _set(written: Any) -> Holds:
    if not isinstance(written, Mapping):
        return Holds(any_of=frozenset(_texts(written)))
    if unknown := [key for key in written if key not in {"any", "all", "none"}]:
        raise ValueError(f"a list of texts is asked with any, all and none; {unknown[0]!r} is none of them")
    sides = {key: frozenset(_texts(names)) for key, names in written.items()}
    if not sides:
        raise ValueError("is empty: say any, all or none")
    found = Holds(sides.get("any", frozenset()), sides.get("all", frozenset()), sides.get("none", frozenset()))
    if not found.meets(found):
        raise ValueError("asks for what it excludes")
    return found


def _texts(written: Any) -> list[str]:
    listed = written if isinstance(written, list | tuple) else [written]
    if wrong := [one for one in listed if not isinstance(one, str)]:
        raise ValueError(f"must be text, not {wrong[0]!r} (write it in quotes)")
    if not listed or not all(listed):
        raise ValueError("an empty text or list is no condition")
    if wrong := [one for one in listed if UNSTORABLE.search(one)]:
        raise ValueError(f"holds control characters or broken Unicode: {wrong[0]!r}")
    return list(listed)
