"""E-mail addresses (RFC 5321 as people use it), also written "name [at] domain [dot] com"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ingestion.cleaning.detectors.model import Finding

_LOCAL = re.compile(r"[A-Za-z0-9\u00c0-\u024f.!#$%&'*+/=?^_{}~-]{1,64}\Z")
_LEADING = re.compile(r"[.!#$%&'*/=?^{}~-]*")
_EDGE = r"[A-Za-z0-9\u00c0-\u024f]"
_DOMAIN = re.compile(rf"(?:{_EDGE}(?:[A-Za-z0-9\u00c0-\u024f-]{{0,61}}{_EDGE})?\.){{1,8}}[A-Za-z]{{2,24}}(?![A-Za-z])")
_SPELLED = re.compile(
    r"(?<![A-Za-z0-9._+-])[A-Za-z0-9._+-]{1,64}\s?[\[({]\s?at\s?[\])}]\s?"
    r"[A-Za-z0-9-]{1,63}(?:(?:\s?[\[({]\s?dot\s?[\])}]\s?|\.)[A-Za-z0-9-]{1,63}){1,4}",
    re.IGNORECASE,
)
_AT_IN_WORDS = re.compile(r"[\[({]\s?[aA][tT]\s?[\])}]")
_AT = re.compile(r"@")


@dataclass(frozen=True, slots=True)
class EmailDetector:
    """Finds e-mail addresses; time is proportional to the text."""

    kind: ClassVar[str] = "email"

    def find(self, text: str) -> Iterator[Finding]:
        """Every address, in order; written-out ones last."""
        for at in _AT.finditer(text):
            domain = _DOMAIN.match(text, at.end())
            if domain is None:
                continue
            window = text[max(0, at.start() - 64) : at.start()]
            local = _LOCAL.search(window)
            if local is None:
                continue
            start = at.start() - len(local[0])
            start = _LEADING.match(text, start, at.start()).end()  # type: ignore[union-attr]  # fits the empty text
            if start < at.start():
                yield Finding(start, domain.end(), self.kind)
        if _AT_IN_WORDS.search(text):
            for match in _SPELLED.finditer(text):
                yield Finding(match.start(), match.end(), self.kind)
