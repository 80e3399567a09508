"""The units that step `units` knows without being told: spellings in English and Chinese, and how they convert.

A value in a unit is value x factor + offset in the base unit of its dimension (SI Brochure, 9th edition; NIST SP 811).
Spellings of Latin letters are sought exactly as written: `mm` is not `MM`, and `M` is not a metre. Short ones that are
ordinary words too (`in`, `C`, `F`, `h`, `pt`) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its symbol, dimension, conversion to the base unit, other spellings, and what may not follow those."""

    symbol: str
    dimension: str
    factor: Decimal
    offset: Decimal = Decimal(0)
    spellings: tuple[str, ...] = ()
    not_before: str = ""
    """Characters that make a Chinese spelling the beginning of another word: 升 before 级 is an upgrade, no litre."""


def _unit(
    symbol: str, dimension: str, factor: str, spellings: str = "", *, offset: str = "0", not_before: str = ""
) -> Unit:
    """A row of the table; an underscore in a spelling stands for a space."""
    names = tuple(name.replace("_", " ") for name in spellings.split())
    return Unit(symbol, dimension, Decimal(factor), Decimal(offset), names, not_before)


UNITS = (
    _unit("Pa", "pressure", "1", "帕 帕斯卡", not_before="萨雷"),
    _unit("kPa", "pressure", "1000", "KPa kpa 千帕"),
    _unit("MPa", "pressure", "1000000", "Mpa 兆帕"),
    _unit("bar", "pressure", "100000", "Bar BAR bars 巴", not_before="士西黎基拉掌结"),
    _unit("mbar", "pressure", "100", "毫巴"),
    _unit("psi", "pressure", "6894.757293168", "PSI Psi psig"),
    _unit("atm", "pressure", "101325", "大气压"),
    _unit("mmHg", "pressure", "133.322387415", "mm_Hg 毫米汞柱"),
    _unit("K", "temperature", "1"),
    _unit("°C", "temperature", "1", "℃ °_C °c degC deg_C degrees_Celsius degree_Celsius 摄氏度", offset="273.15"),
    _unit(
        "°F",
        "temperature",
        "0.5555555555555555555556",
        "℉ °_F °f degF deg_F degrees_Fahrenheit 华氏度",
        offset="255.3722222222222222222",
    ),
    _unit("mm", "length", "0.001", "毫米 公厘 millimetres millimeters millimetre millimeter"),
    _unit("cm", "length", "0.01", "厘米 公分 centimetres centimeters centimetre centimeter"),
    _unit("m", "length", "1", "米 metres meters metre meter", not_before="饭线粉兰色其勒糊尔粒字制"),
    _unit("km", "length", "1000", "公里 千米 kilometres kilometers"),
    _unit("inch", "length", "0.0254", "inches Inch Inches 英寸"),
    _unit("ft", "length", "0.3048", "feet foot 英尺"),
    _unit("mile", "length", "1609.344", "miles 英里"),
    _unit("mg", "mass", "0.000001", "毫克 milligrams milligram"),
    _unit("mcg", "mass", "0.000000001", "µg μg ug 微克 micrograms microgram"),
    _unit("g", "mass", "0.001", "克 gr grams gram grammes", not_before="拉服隆制罗里林莱劳勒"),
    _unit("kg", "mass", "1", "KG Kg kgs KGS Kgs 千克 公斤 kilograms kilogram kilos"),
    _unit("t", "mass", "1000", "吨 公吨 tonnes tonne", not_before="位"),
    _unit("lb", "mass", "0.45359237", "lbs LBS Lbs pounds_weight 磅"),
    _unit("oz", "mass", "0.028349523125", "ounces ounce 盎司"),
    _unit("jin", "mass", "0.5", "斤 市斤"),
    _unit("mL", "volume", "0.000001", "ml ML 毫升 cc millilitres milliliters"),
    _unit("cL", "volume", "0.00001", "cl 厘升"),
    _unit(
        "L", "volume", "0.001", "l Ltr ltr 升 公升 litres liters litre liter", not_before="级降高温至到职值学旗压起序"
    ),
    _unit("m³", "volume", "1", "立方米 m^3 cbm CBM"),
    _unit("gal", "volume", "0.003785411784", "gallons gallon 加仑"),
    _unit("fl oz", "volume", "0.0000295735295625", "fl._oz. fl.oz. fluid_ounces 液体盎司"),
    _unit("m²", "area", "1", "平方米 平米 sqm m^2 ㎡"),
    _unit("sq ft", "area", "0.09290304", "sqft ft² 平方英尺"),
    _unit("W", "power", "1", "瓦 瓦特 watts watt", not_before="斯楞解"),
    _unit("kW", "power", "1000", "KW Kw 千瓦"),
    _unit("hp", "power", "745.6998715822702", "HP 马力"),
    _unit("J", "energy", "1", "焦耳 joules"),
    _unit("kJ", "energy", "1000", "千焦 KJ"),
    _unit("kcal", "energy", "4184", "千卡 大卡 Kcal"),
    _unit("kWh", "energy", "3600000", "KWh kwh KWH 千瓦时"),
    _unit("Nm", "torque", "1", "N·m N.m 牛米 牛·米"),
    _unit("lbf·ft", "torque", "1.3558179483314004", "ft-lb ft·lb ft-lbs lb-ft"),
    _unit("L/min", "flow", "1", "l/min lpm LPM 升/分钟 升每分钟"),
    _unit("gpm", "flow", "3.785411784", "GPM gal/min"),
    _unit("m³/h", "flow", "16.66666666666666666667", "m3/h 立方米/小时"),
    _unit("km/h", "speed", "1", "kmh km/hr kph 公里/小时 千米/小时 公里每小时"),
    _unit("mph", "speed", "1.609344", "MPH 英里/小时"),
)
"""In an order that does not matter; the longest spelling is tried first."""
