"""What every detector of sensitive data shares: a finding, and the words that stand before a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Finding:
    """Sensitive data at text[start:end]. `kind` is what it is called in packs, notes and masks."""

    start: int
    end: int
    kind: str


class Detector(Protocol):
    """Finds one kind of sensitive data. Full-width digits and letters are ASCII by the time it looks."""

    @property
    def kind(self) -> str:
        """What it finds, as packs call it."""

    def find(self, text: str) -> Iterator[Finding]:
        """Every place where it stands, in order."""


_DIGITS = re.compile(r"[0-9](?:[ .()\u2010-\u2015\u00a0/-]{0,3}[0-9]){5,}")
_MARGIN = 12


def number_windows(text: str) -> list[tuple[int, int]]:
    """Stretches of `text` with six or more digits in a row, some characters around them included; in order.

    Patterns that begin with a look-behind are slow on long texts, so they are tried on these stretches only.
    """
    windows: list[tuple[int, int]] = []
    for match in _DIGITS.finditer(text):
        start, end = max(0, match.start() - _MARGIN), min(len(text), match.end() + _MARGIN)
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


def matches(pattern: re.Pattern[str], text: str, windows: list[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """Every match of `pattern` inside one of the windows."""
    for start, end in windows:
        yield from pattern.finditer(text, start, end)


_LABEL_REACH = 40
_IDENTIFIER = re.compile(
    r"(?<![A-Za-z])(?:order|invoice|ticket|case|serial|sku|part|item|product|tracking|shipment|batch|lot|model|imei|isbn|ean|upc|gtin"
    r"|reference|ref|transaction|contract|version|asset|po|rma|s/n|p/n|uuid|id)\s*(?:number|no|num|code|ids?|#)?s?\s*[.:：#=]*"
    r"(?:\s+(?:is|was|are))?\s*[#(\"'“‘`*_|]*\s*\Z"
    r"|(?:订单|单|工单|发票|运单|快递|物流|序列|批|批次|型|货|料|零件|产品|商品|合同|流水|交易|案件|编|条)[号码]*(?:编号|号码|号|码)"
    r"[是为]?\s*[:：#=]?\s*[*_|（(]*\s*\Z|[#№]\s*\Z",
    re.IGNORECASE,
)


def after_identifier_label(text: str, start: int) -> bool:
    """Whether the words right before `start` say that an identifier follows: "order no. ", "订单号：", "#"."""
    return bool(_IDENTIFIER.search(text[max(0, start - _LABEL_REACH) : start]))


def after_label(text: str, start: int, label: re.Pattern[str]) -> bool:
    """Whether `label` (a pattern that ends with the end of the text) fits the words right before `start`."""
    return bool(label.search(text[max(0, start - _LABEL_REACH) : start]))
