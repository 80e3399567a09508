"""Step `units`: a measured value is written in the house's unit too, and what stood there stays: "15 bar (1.5 MPa)"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from ingestion.cleaning.markdown import Spans, protected
from ingestion.cleaning.model import Draft, Verdict, rewritten
from ingestion.cleaning.options import Options
from ingestion.cleaning.steps.unit_table import UNITS, Unit

_NUMBER = r"\d{1,15}(?:,\d{3})*(?:[.,]\d{1,9})?"
_LETTER = re.compile(r"[A-Za-z\u00b5\u03bc°℃℉㎡]")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_BEFORE = re.compile(r"(?:\A|[^0-9A-Za-z_.,#/+$€£¥￥−-]|(?:\A|[^0-9A-Za-z_.,#/+)\]-])(?P<minus>[-−]))\Z")
_SMALLEST, _LARGEST = Decimal("0.01"), Decimal(100_000)  # beyond these a conversion reads worse than the original
_QUICK = re.compile(r"\d *[^\d\s]")


class DefinedUnit(BaseModel):
    """A unit of the house's own: 1 of it is `factor` of the known unit `of`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: str
    factor: Decimal = Field(gt=0)
    spellings: tuple[str, ...] = ()


class UnitsOptions(Options):
    """Options of `units`."""

    to: tuple[str, ...] = Field(default=(), description="units to convert to, one per dimension: MPa, °C, kg …")
    define: dict[str, DefinedUnit] = Field(default_factory=dict, description="units of your own, by their symbol")

    def build(self) -> UnitsStep:
        """The step with these options.

        Raises:
            ValueError: a unit is not known, or two of one dimension are asked for.
        """
        units = {unit.symbol: unit for unit in UNITS}
        for symbol, own in self.define.items():
            base = units.get(own.of)
            if base is None or base.offset:
                raise ValueError(f"unit {symbol!r}: {own.of!r} is not a known unit to define it by")
            units[symbol] = Unit(symbol, base.dimension, base.factor * own.factor, Decimal(0), own.spellings)
        return UnitsStep(_pattern(units.values()), _by_spelling(units.values()), _targets(self.to, units))


def _targets(to: tuple[str, ...], units: Mapping[str, Unit]) -> dict[str, Unit]:
    targets: dict[str, Unit] = {}
    for symbol in to:
        if symbol not in units:
            raise ValueError(f"unit {symbol!r} is not known; known are {', '.join(sorted(units))}")
        other = targets.setdefault(units[symbol].dimension, units[symbol])
        if other.symbol != symbol:
            raise ValueError(f"{other.symbol!r} and {symbol!r} both measure {other.dimension}: convert to one of them")
    return targets


@dataclass(frozen=True, slots=True)
class UnitsStep:
    """Values with a known unit: regular spelling, and the value in the target unit in brackets behind."""

    name: ClassVar[str] = "units"
    pattern: re.Pattern[str]
    units: Mapping[str, Unit]
    targets: Mapping[str, Unit]

    def apply(self, draft: Draft) -> Verdict:
        """The same draft with its measured values normalised."""
        return rewritten(draft, self._text(draft.title), self._text(draft.text), self.name, "units normalised")

    def _text(self, text: str) -> str:
        if not _QUICK.search(text):
            return text
        shield = protected(text)
        return self.pattern.sub(lambda match: self._value(match, shield), text)

    def _value(self, match: re.Match[str], shield: Spans) -> str:
        unit = self.units[match["unit"]]
        before = _BEFORE.search(match.string, max(0, match.start() - 2), match.start())
        behind = match.string[match.end() : match.end() + 1]
        if before is None or shield.touch(*match.span()) or (behind and behind in unit.not_before):
            return match[0]
        numbers = [number for number in (match["low"], match["high"]) if number]
        written = match["unit"] if not _LETTER.match(match["unit"]) else unit.symbol
        gap = "" if written is not unit.symbol and not match["gap"] else " "
        original = match[0][: match.start("gap") - match.start()] + gap + written
        target = self.targets.get(unit.dimension)
        if target is None or (target is unit and written == unit.symbol) or _is_converted(match, target):
            return original
        sign = -1 if before["minus"] else 1
        decimals = [sign * _decimal(numbers[0]), *map(_decimal, numbers[1:])]
        values = [_converted(decimal, unit, target) for decimal in decimals]
        if not all(value == 0 or _SMALLEST <= abs(value) < _LARGEST for value in values):
            return original
        return f"{original} ({'-'.join(map(_number, values, numbers))} {target.symbol})"


def _is_converted(match: re.Match[str], target: Unit) -> bool:
    """Whether a value in the target unit stands beside it in brackets, before or behind."""
    behind = match.string[match.end() : match.end() + 40]
    if re.match(rf"\s?[(（][^()（）]*\d\s?{re.escape(target.symbol)}[)）]", behind):
        return True
    before = match.string[max(0, match.start() - 40) : match.start()]
    return bool(behind[:1] in {")", "）"} and re.search(rf"\d\s?{re.escape(target.symbol)}\s?[(（]\Z", before))


def _decimal(number: str) -> Decimal:
    """ "1,500" and "1,500.5" have thousands' commas, "1,5" a decimal one."""
    return Decimal(number.replace(",", "") if _THOUSANDS.fullmatch(number) else number.replace(",", "."))


def _converted(value: Decimal, unit: Unit, target: Unit) -> Decimal:
    return (value * unit.factor + unit.offset - target.offset) / target.factor


def _number(value: Decimal, original: str) -> str:
    """`value` to as many digits as the original had, at least three, without zeros at the end."""
    digits = max(3, sum(character.isdigit() for character in original.lstrip("0.,")))
    rounded = f"{value:.{digits}g}"
    plain = f"{Decimal(rounded):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _by_spelling(units: Iterable[Unit]) -> dict[str, Unit]:
    return {spelling: unit for unit in units for spelling in (unit.symbol, *unit.spellings)}


def _pattern(units: Iterable[Unit]) -> re.Pattern[str]:
    """A number or a range of two, not inside an identifier, then a unit that is not the beginning of a longer word."""
    spellings = sorted(_by_spelling(units), key=len, reverse=True)
    latin = "|".join(re.escape(spelling) for spelling in spellings if ord(spelling[-1]) < 0x2E80)
    chinese = "|".join(re.escape(spelling) for spelling in spellings if ord(spelling[-1]) >= 0x2E80)
    return re.compile(
        rf"(?P<low>{_NUMBER})(?:(?:-|\s-\s|\s?(?:–|—|~|～|至|到|to)\s?)(?P<high>{_NUMBER}))?"
        rf"(?P<gap>[ \u00a0]?)(?P<unit>(?:{latin})(?![0-9A-Za-z_²³^/·*\u00b5\u03bc-])|{chinese})"
    )
