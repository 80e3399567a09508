from __future__ import annotations

from collections import Counter
from decimal import Decimal

from ingestion.cleaning.steps.unit_table import UNITS


def test_every_spelling_belongs_to_one_unit() -> None:
    counts = Counter(spelling for unit in UNITS for spelling in (unit.symbol, *unit.spellings))
    assert [spelling for spelling, count in counts.items() if count > 1] == []


def test_known_equalities_hold() -> None:
    units = {unit.symbol: unit for unit in UNITS}
    for value, unit, expected, other in (
        ("1", "bar", "100", "kPa"),
        ("32", "°F", "0", "°C"),
        ("212", "°F", "100", "°C"),
        ("1", "atm", "760", "mmHg"),
        ("1", "gal", "128", "fl oz"),
        ("1", "kWh", "3600", "kJ"),
        ("12", "inch", "1", "ft"),
        ("16", "oz", "1", "lb"),
    ):
        base = Decimal(value) * units[unit].factor + units[unit].offset
        converted = (base - units[other].offset) / units[other].factor
        assert abs(converted - Decimal(expected)) < Decimal("0.001"), (unit, other)
