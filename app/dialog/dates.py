"""Dates as people write them in English and Chinese, relative ones included; pure: `today` is given.

A date without a year is the one nearest to today, and of a past event's and a future one's the past. 03/04/2026 is
read as month/day unless only day/month is possible; with dots it is day.month.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + "|sept"
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_DAY = "|".join(_DAYS)
_RELATIVE = {
    "day before yesterday": -2, "day after tomorrow": 2, "yesterday": -1, "today": 0, "tomorrow": 1,
    "大前天": -3, "前天": -2, "前日": -2, "昨天": -1, "昨日": -1, "昨晚": -1,
    "今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "大后天": 3,
}  # fmt: skip
_CHINESE_DIGITS = {**{digit: at for at, digit in enumerate("〇一二三四五六七八九")}, "零": 0, "两": 2, "日": 7, "天": 7}
_NUMBER = r"\d{1,3}|[一二两三四五六七八九十]{1,3}"
_WORDS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date and where it stands in the text; `day` is None where the text names a day that no calendar has."""

    start: int
    end: int
    day: date | None


def find_dates(text: str, today: date) -> list[FoundDate]:
    """Every date in `text`, in order; of two that overlap the longer."""
    found = sorted(_all(text.lower(), today), key=lambda one: (one.start, -one.end))
    kept: list[FoundDate] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _all(text: str, today: date) -> Iterator[FoundDate]:
    for pattern, read in _FORMS:
        for match in pattern.finditer(text):
            try:
                yield FoundDate(*match.span(), read(match, today))
            except (ValueError, OverflowError):
                yield FoundDate(*match.span(), None)


def _number(written: str) -> int:
    """ "12", "十二" and "二十三" as numbers."""
    if written.isdigit():
        return int(written)
    if written in _WORDS:
        return _WORDS[written]
    tens, ten, ones = written.partition("十")
    if ten:
        return 10 * (_CHINESE_DIGITS[tens] if tens else 1) + (_CHINESE_DIGITS[ones] if ones else 0)
    return _CHINESE_DIGITS[written]


def _year(written: str) -> int:
    if not written.isdigit():
        written = "".join(str(_CHINESE_DIGITS[digit]) for digit in written)
    year = int(written)
    return year if year > 99 else 2000 + year


def _nearest(month: int, day: int, today: date) -> date:
    """That day of the year nearest to today, the past one where both are as near as a month or two."""
    last, this = (_in_year(today.year + step, month, day) for step in (-1, 0))
    if this is None or (this - today).days > 90:
        if last is None:
            raise ValueError("no such day in these years")
        return last
    return this


def _in_year(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        if (month, day) == (2, 29):
            return None
        raise


def _iso(match: re.Match[str], _today: date) -> date:
    return date(int(match["y"]), int(match["m"]), int(match["d"]))


def _slashed(match: re.Match[str], _today: date) -> date:
    first, second, year = int(match["a"]), int(match["b"]), _year(match["y"])
    month, day = (second, first) if match["sign"] == "." or first > 12 else (first, second)
    return date(year, month, day)


def _chinese(match: re.Match[str], today: date) -> date:
    month, day = _number(match["m"]), _number(match["d"])
    said = match["y"]
    if not said:
        return _nearest(month, day, today)
    named = {"今": 0, "去": -1, "前": -2, "明": 1}
    year = today.year + named[said] if said in named else _year(said)
    return date(year, month, day)


def _named_month(match: re.Match[str], today: date) -> date:
    month = next(at for at, name in enumerate(_MONTHS, 1) if name.startswith(match["m"][:3]))
    return date(_year(match["y"]), month, int(match["d"])) if match["y"] else _nearest(month, int(match["d"]), today)


def _relative(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=_RELATIVE[" ".join(match[0].split())])


def _ago(match: re.Match[str], today: date) -> date:
    days = _number(match["n"]) * (7 if match["unit"] in {"week", "周", "星期", "个星期", "礼拜", "个礼拜"} else 1)
    return today + timedelta(days=days if match["sense"] in {"后", "之后", "以后"} else -days)


def _in_days(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=_number(match["n"]) * (7 if match["unit"] == "week" else 1))


def _weekday(match: re.Match[str], today: date) -> date:
    """ "last Monday" is the latest before today, "next" and a bare one the first after it or today."""
    ahead = (_DAYS.index(match["day"]) - today.weekday()) % 7
    if match["which"] == "last":
        return today - timedelta(days=7 - ahead if ahead else 7)
    return today + timedelta(days=ahead or (7 if match["which"] == "next" else 0))


def _chinese_weekday(match: re.Match[str], today: date) -> date:
    """Weeks begin on Monday: 上周五 is the Friday of the week before this one."""
    weeks = {"上上": -2, "上": -1, "这": 0, "本": 0, "": 0, "下": 1, "下下": 2}[match["which"]]
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(days=7 * weeks + _CHINESE_DIGITS[match["day"]] - 1)


Reader = Callable[[re.Match[str], date], date]
_EDGE, _END = r"(?<![0-9A-Za-z_./-])", r"(?![0-9A-Za-z_]|[./-][0-9])"
_FORMS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (re.compile(rf"{_EDGE}(?P<y>(?:19|20)\d\d)(?P<s>[-/.])(?P<m>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}}){_END}"), _iso),
    (re.compile(rf"{_EDGE}(?P<a>\d{{1,2}})(?P<sign>[/.])(?P<b>\d{{1,2}})(?P=sign)(?P<y>\d{{4}}|\d\d){_END}"), _slashed),
    (
        re.compile(
            rf"(?:(?P<y>(?:19|20)?\d\d|二[〇零][〇零一二三四五六七八九]{{2}}|[今去前明](?=年))年)?\s?"
            rf"(?P<m>{_NUMBER})月\s?(?P<d>{_NUMBER})(?:日|号)?"
        ),
        _chinese,
    ),
    (
        re.compile(rf"\b(?P<m>{_MONTH})\.?\s+(?:the\s+)?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s*(?P<y>(?:19|20)\d\d)\b)?"),
        _named_month,
    ),
    (
        re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m>{_MONTH})\b\.?(?:,?\s*(?P<y>(?:19|20)\d\d)\b)?"),
        _named_month,
    ),
    (re.compile(r"\b(?:day before yesterday|day after tomorrow|yesterday|today|tomorrow)\b"), _relative),
    (re.compile("大前天|大后天|前天|前日|昨天|昨日|昨晚|今天|今日|明天|明日|后天"), _relative),
    (re.compile(rf"\b(?P<n>\d{{1,3}}|{'|'.join(_WORDS)})\s+(?P<unit>day|week)s?\s+(?P<sense>ago)\b"), _ago),
    (
        re.compile(rf"(?P<n>{_NUMBER})(?P<unit>天|日|个星期|星期|个礼拜|礼拜|周)(?P<sense>之前|以前|前|之后|以后|后)"),
        _ago,
    ),
    (re.compile(rf"\bin\s+(?P<n>\d{{1,3}}|{'|'.join(_WORDS)})\s+(?P<unit>day|week)s?\b"), _in_days),
    (re.compile(rf"\b(?:(?P<which>last|next|this|on)\s+)(?P<day>{_DAY})\b"), _weekday),
    (
        re.compile(
            r"(?<![一二三四五六七八九十两几每\d])(?P<which>上上|下下|上|下|这|本|)(?:个)?"
            r"(?:周|星期|礼拜)(?P<day>[一二三四五六日天])"
        ),
        _chinese_weekday,
    ),
)  # fmt: skip
