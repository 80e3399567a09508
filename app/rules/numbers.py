"""Numbers and prices of an answer that stand in none of its sources.

Only the value counts: "1,299.00", "¥1299" and "1 299" are one number. An identifier (SO-1001, E14) is compared whole.
Sources may write a number as a word ("thirty days", 三十天); in the answer number words count before a unit only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_MARKER = re.compile(r"\[\d+(?:\s*,\s*\d+)*\]|【\d+】")
_ORDINAL = re.compile(r"^[ \t]*(?:[-*•][ \t]*)?\(?\d{1,2}[.)、:](?=\s|\D)", re.MULTILINE)
_CURRENCY = r"(?:[$€£¥₹]|(?:USD|EUR|GBP|CNY|RMB|HKD|JPY|US\$))"
_UNIT_OF_MONEY = (
    r"(?:[$€£¥₹]|(?:USD|EUR|GBP|CNY|RMB|HKD|JPY|dollars?|euros?|pounds?|yuan|cents?)\b"
    r"|元|块钱?|美元|欧元|英镑|港币|人民币|角|分钱)"
)
_DIGITS = r"\d{1,3}(?:[,'’]\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?:[.,]\d{2})?(?!\d)|\d+(?:[.,]\d+)*"
_NUMBER = re.compile(
    rf"(?P<before>{_CURRENCY}\s?)?(?P<digits>{_DIGITS})(?P<scale>\s?(?:万|亿|k\b|K\b|million\b|thousand\b))?"
    rf"(?P<after>\s?{_UNIT_OF_MONEY})?",
)
_IDENTIFIER = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9][.,])(?=[0-9A-Za-z_/#-]*[A-Za-z])(?=[0-9A-Za-z_/#-]*\d)"
    r"[0-9A-Za-z]+(?:[-_/#][0-9A-Za-z]+)*(?:\.\d+)*"
)
"""Not the end of a decimal with its unit ("0.15/gallon"); a version whole ("v1.4.12")."""
_MEASURE = re.compile(r"\d+(?:\.\d+)?[A-Za-z°%]{1,4}")
_SCALES = {"万": 10_000, "亿": 100_000_000, "k": 1_000, "thousand": 1_000, "million": 1_000_000}

_SMALL_WORDS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
"""
_TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_MONTH_WORDS = "jan feb mar apr may jun jul aug sep oct nov dec"
_SMALL, _TENS, _MONTHS = (words.split() for words in (_SMALL_WORDS, _TENS_WORDS, _MONTH_WORDS))
_WORDS = {word: value for value, word in enumerate(_SMALL)} | {word: 20 + 10 * n for n, word in enumerate(_TENS)}
_WORD_NUMBER = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[- ](?P<ones>{'|'.join(_SMALL[1:10])}))?|(?P<small>{'|'.join(_SMALL)}))\b"
    r"(?P<hundred>[ -]hundred\b)?"
    r"(?P<unit>[ -](?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|percent|times|pieces?|dollars?|euros?"
    r"|lit(?:re|er)s?|bars?|working|business)\b)?",
    re.IGNORECASE,
)
_HAN_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_HAN_PLACES = {"十": 10, "百": 100, "千": 1000}
_HAN_NUMBER = re.compile(
    r"(?P<digits>[零〇一二两三四五六七八九十百千]+)(?P<ten_thousand>万)?"
    r"(?P<unit>(?:个)?(?:年|月|天|日|周|星期|小时|分钟|秒|元|块|美元|欧元|折|次|件|倍|升|工作日|成))?"
)
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})[a-z]{{0,6}}\b", re.IGNORECASE)
_HAN_MONEY = ("元", "块", "美元", "欧元")


_LETTER_OR_DIGIT = re.compile(r"[0-9A-Za-z]")
_JOINED_BEFORE = re.compile(r"[0-9A-Za-z]|[0-9][.,-]|[A-Za-z]-")
_JOINED_AFTER = re.compile(r"[0-9A-Za-z]|[.,-][0-9]|-[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written; `value` is its value, or an identifier in lower case. `price`: an amount of money.

    `core` is what of it a source must have literally to support it without further reading; "" where nothing would do.
    """

    written: str
    value: Decimal | str
    price: bool
    core: str


def unsupported_numbers(answer: str, sources: Iterable[str]) -> tuple[Number, ...]:
    """The numbers of `answer` that stand in none of `sources`, in order; markers and list numbers do not count.

    What stands between two markers and word for word in a source is not looked at further.
    """
    texts = [_plain(source).lower() for source in sources]
    spoken = [
        part for part in _MARKER.split(_plain(answer)) if not any(_stands_in(_quoted(part), text) for text in texts)
    ]
    claimed = list(_numbers(_ORDINAL.sub(" ", " ".join(spoken))))
    left = [number for number in claimed if not any(_stands_in(number.core, text) for text in texts)]
    for read in (_digits_in, _words_in):
        if not left:
            break
        known = {value for text in texts for value in read(text)}
        left = [number for number in left if number.value not in known]
    return tuple(left)


def _stands_in(core: str, text: str) -> bool:
    """Whether `text` holds `core` literally, not as part of a longer number or word."""
    at = text.find(core) if core else -1
    while at >= 0:
        before, after = text[max(0, at - 2) : at], text[at + len(core) :][:2]
        joined = _JOINED_BEFORE.fullmatch(before) or _LETTER_OR_DIGIT.match(before[-1:]) or _JOINED_AFTER.match(after)
        if not joined:
            return True
        at = text.find(core, at + 1)
    return False


def _digits_in(text: str) -> Iterable[Decimal | str]:
    return (number.value for match in _NUMBER.finditer(text) for number in _digits(match))


def _words_in(text: str) -> Iterable[Decimal | str]:
    """Values that `text` names in words; months count as numbers: "5 January" supports 01-05."""
    yield from (Decimal(_MONTHS.index(match[0][:3]) + 1) for match in _MONTH.finditer(text))
    yield from (number.value for number in _in_words(text, need_unit=False))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _quoted(part: str) -> str:
    return part.strip().lower()


def _numbers(text: str) -> Iterable[Number]:
    taken: list[tuple[int, int]] = []
    for match in _IDENTIFIER.finditer(text):
        if not _MEASURE.fullmatch(match[0]):
            taken.append(match.span())
            yield Number(match[0], match[0].lower(), False, match[0].lower())
    rest = _blanked(text, taken)
    for match in _NUMBER.finditer(rest):
        yield from _digits(match)
    yield from _in_words(rest, need_unit=True)


def _in_words(text: str, *, need_unit: bool) -> Iterable[Number]:
    for match in _WORD_NUMBER.finditer(text):
        if match["unit"] or not need_unit:
            money = "dollar" in match[0].lower() or "euro" in match[0].lower()
            yield Number(match[0].strip(), Decimal(_word_value(match)), money, match[0].strip().lower())
    for match in _HAN_NUMBER.finditer(text):
        if match["unit"] or not need_unit:
            money = (match["unit"] or "").removeprefix("个") in _HAN_MONEY
            yield Number(match[0], Decimal(_han_value(match)), money, "")


def _blanked(text: str, places: list[tuple[int, int]]) -> str:
    pieces, at = [], 0
    for start, end in places:
        pieces += [text[at:start], " " * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])


def _digits(match: re.Match[str]) -> Iterable[Number]:
    price = bool(match["before"] or match["after"])
    value = _value(match["digits"])
    if value is None:  # a version, an address, a date with dots: its parts count
        parts = re.split(r"[.,]", match["digits"])
        yield from (Number(match[0].strip(), Decimal(part), price, match["digits"]) for part in parts if part)
        return
    scale = (match["scale"] or "").strip().lower()
    if scale == "k" and not price:  # 401k is a plan, not a number
        scale = ""
    yield Number(match[0].strip(), value * _SCALES.get(scale, 1), price, "" if scale else match["digits"])


def _value(digits: str) -> Decimal | None:
    """The value of digits with separators; None where they make no single number."""
    plain = re.sub(r"[ '’]", "", digits)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
        plain = plain.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d{1,2}", plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d+,\d{1,2}", plain):
        plain = plain.replace(",", ".")
    try:
        return Decimal(plain).normalize()
    except InvalidOperation:
        return None


def _word_value(match: re.Match[str]) -> int:
    if match["small"]:
        value = _WORDS[match["small"].lower()]
    else:
        value = _WORDS[match["tens"].lower()] + _WORDS.get((match["ones"] or "").lower(), 0)
    return value * 100 if match["hundred"] else value


def _han_value(match: re.Match[str]) -> int:
    digits = match["digits"]
    if len(digits) > 1 and not any(place in digits for place in _HAN_PLACES):  # 二〇二六: read one by one
        total = int("".join(str(_HAN_DIGITS[digit]) for digit in digits))
    else:
        total, current = 0, 0
        for character in digits:
            if character in _HAN_PLACES:
                total += max(current, 1) * _HAN_PLACES[character]
                current = 0
            else:
                current = _HAN_DIGITS[character]
        total += current
    return total * 10_000 if match["ten_thousand"] else total
