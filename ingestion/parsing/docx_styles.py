"""Styles and numbering of a Word document: heading levels, list levels and the numbers Word would print."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingestion.parsing.xml_reader import Element, attribute, child, children

_HEADING_NAME = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|标题|標題|見出し|제목)\s*([1-9])$", re.IGNORECASE
)
_CODE_NAME = re.compile(
    r"^(?:source ?code|code(?: ?block)?|html preformatted|preformatted(?: text)?|verbatim|macro text)$", re.IGNORECASE
)
_TITLES = {"title": 0, "subtitle": 2, "标题": 0, "副标题": 2}
_HAN_DIGITS = "零一二三四五六七八九"
_MONOSPACED = frozenset(
    [
        "courier",
        "courier new",
        "consolas",
        "menlo",
        "monaco",
        "lucida console",
        "dejavu sans mono",
        "liberation mono",
        "source code pro",
        "cascadia code",
        "cascadia mono",
        "fira code",
        "jetbrains mono",
        "sf mono",
        "ubuntu mono",
        "andale mono",
    ]
)


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph style says; inherited values are filled in. `outline` is -1 for body text."""

    name: str
    outline: int
    number_id: str
    level: int
    code: bool
    monospaced: bool


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: how its number looks and where it begins."""

    kind: str
    pattern: str
    start: int


_PLAIN = Style("", -1, "", 0, code=False, monospaced=False)


class Styles:
    """Styles by id, each with what it inherits."""

    def __init__(self, root: Element | None) -> None:
        self._raw = {attribute(style, "styleId"): style for style in children(root, "style")}
        self._known: dict[str, Style] = {}
        self.default = next(
            (
                key
                for key, style in self._raw.items()
                if attribute(style, "default") in {"1", "true"} and attribute(style, "type") == "paragraph"
            ),
            "",
        )

    def get(self, style_id: str) -> Style:
        """The style of that id; an unknown one is plain."""
        return self._resolve(style_id or self.default, 0)

    def _resolve(self, style_id: str, depth: int) -> Style:
        if style_id in self._known:
            return self._known[style_id]
        raw = self._raw.get(style_id)
        if raw is None or depth > 20:
            return _PLAIN
        based_on = child(raw, "basedOn")
        parent = self._resolve(attribute(based_on, "val"), depth + 1) if based_on is not None else _PLAIN
        name = _value(raw, "name") or style_id
        properties = child(raw, "pPr")
        number = child(properties, "numPr")
        outline = _outline_of_name(name)
        if outline < 0:
            outline = _integer(_value(properties, "outlineLvl"), parent.outline)
        style = Style(
            name=name,
            outline=outline if outline < 9 else -1,
            number_id=_value(number, "numId") or parent.number_id,
            level=_integer(_value(number, "ilvl"), parent.level),
            code=bool(_CODE_NAME.match(name)) or parent.code,
            monospaced=is_monospaced(child(raw, "rPr"), inherited=parent.monospaced),
        )
        self._known[style_id] = style
        return style


class Numbering:
    """Counts as Word counts: one counter per list and level, deeper ones begin anew."""

    def __init__(self, root: Element | None) -> None:
        abstract = {attribute(one, "abstractNumId"): one for one in children(root, "abstractNum")}
        self._lists: dict[str, tuple[str, dict[int, Level]]] = {}
        for number in children(root, "num"):
            target = _value(number, "abstractNumId")
            levels = _levels(abstract.get(target))
            for override in children(number, "lvlOverride"):
                index = _integer(attribute(override, "ilvl"), 0)
                if child(override, "lvl") is not None:
                    levels[index] = _level(child(override, "lvl"))
            self._lists[attribute(number, "numId")] = (target, levels)
        self._counters: dict[str, dict[int, int]] = {}

    def next(self, number_id: str, level: int) -> str:
        """The marker of the next paragraph of that list: "-" for bullets, "" for no list, else such as "1.2."."""
        if number_id not in self._lists:
            return "" if number_id in {"", "0"} else "-"
        target, levels = self._lists[number_id]
        shape = levels.get(level)
        if shape is None:
            return "-"
        counters = self._counters.setdefault(target, {})
        counters[level] = counters.get(level, shape.start - 1) + 1
        for deeper in [one for one in counters if one > level]:
            del counters[deeper]
        if shape.kind == "bullet":
            return "-"
        if shape.kind == "none" or not shape.pattern:
            return ""
        return re.sub(r"%([1-9])", lambda match: self._number(levels, counters, int(match.group(1)) - 1), shape.pattern)

    def _number(self, levels: dict[int, Level], counters: dict[int, int], level: int) -> str:
        shape = levels.get(level, Level("decimal", "", 1))
        return _format(counters.setdefault(level, shape.start), shape.kind)


def is_monospaced(run_properties: Element | None, *, inherited: bool = False) -> bool:
    """Whether the run's font is one that code is set in."""
    fonts = child(run_properties, "rFonts")
    if fonts is None:
        return inherited
    name = (attribute(fonts, "ascii") or attribute(fonts, "hAnsi") or attribute(fonts, "cs")).lower()
    return name in _MONOSPACED if name else inherited


def _outline_of_name(name: str) -> int:
    """0 for a title, n for "heading n" less one; -1 for other names."""
    match = _HEADING_NAME.match(name.strip())
    return int(match.group(1)) - 1 if match else -1


def is_title(name: str) -> int:
    """1 for a document's title, 2 for its subtitle, 0 for other style names."""
    return {0: 1, 2: 2}.get(_TITLES.get(name.strip().lower(), -1), 0)


def _levels(root: Element | None) -> dict[int, Level]:
    return {_integer(attribute(one, "ilvl"), 0): _level(one) for one in children(root, "lvl")}


def _level(root: Element) -> Level:
    return Level(_value(root, "numFmt") or "decimal", _value(root, "lvlText"), _integer(_value(root, "start"), 1))


def _value(parent: Element | None, name: str) -> str:
    found = child(parent, name)
    return attribute(found, "val") if found is not None else ""


def _integer(text: str, default: int) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else default


def _format(number: int, kind: str) -> str:
    if kind in {"lowerLetter", "upperLetter"}:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in {"lowerRoman", "upperRoman"}:
        return roman(number).lower() if kind == "lowerRoman" else roman(number)
    if kind.startswith(("chinese", "japanese", "ideograph", "taiwanese")):
        return han_number(number)
    return f"{number:02d}" if kind == "decimalZero" else str(number)


def roman(number: int) -> str:
    """A Roman number."""
    text = ""
    for value, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ["M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"],
        strict=True,
    ):
        text += sign * (number // value)
        number %= value
    return text


def han_number(number: int) -> str:
    """A Chinese number up to 99; above in digits."""
    if not 0 <= number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _HAN_DIGITS[tens] + "十"
    return head + (_HAN_DIGITS[ones] if ones or not tens else "")
