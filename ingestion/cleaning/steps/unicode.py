"""Step `unicode`: one way to write each character; nothing invisible; Chinese punctuation stays Chinese."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import Field

from ingestion.cleaning.model import Draft, Verdict, kept
from ingestion.cleaning.options import Options

# Soft hyphen, grapheme joiner, fillers, zero-width space, direction marks and overrides, word joiner and invisible
# operators, byte order mark, annotation marks, ideographic variants, and the tag characters that can smuggle text.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
# Joiners mean something in Arabic and Indic scripts and inside emoji only.
_STRAY_JOINER = re.compile("(?<![\u0600-\u1fff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]+")
_HAS_JOINER = re.compile("[\u200c\u200d]")

_WIDE = {code: code - 0xFEE0 for block in ("０９", "ＡＺ", "ａｚ") for code in range(ord(block[0]), ord(block[1]) + 1)}
_COMPATIBILITY = {
    code: form
    for block in ((0x2F00, 0x2FD5), (0x3371, 0x33DF), (0xFB00, 0xFB06), (0xFF65, 0xFF9F))
    for code in range(block[0], block[1] + 1)
    if (form := unicodedata.normalize("NFKC", chr(code)).replace("m2", "m²").replace("m3", "m³")) != chr(code)
}
_FORMS: dict[int, str | int | None] = {**_WIDE, **_COMPATIBILITY, 0x2103: "°C", 0x2109: "°F", 0x2126: "Ω"}
_FORMS |= {0x212A: "K", 0x00B5: "μ"}
_HAS_FORM = re.compile(
    "[\u00b5\u2103\u2109\u2126\u212a\u2f00-\u2fd5\u3371-\u33df\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff65-\uff9f]"
)
_WIDE_SIGN = re.compile(
    "(?<=[0-9A-Za-z])[＃％＆＋－．／＝＠＿](?=[0-9A-Za-z])|(?<=[0-9])％|(?<![0-9A-Za-z])[＃＋－](?=[0-9])"
)


class UnicodeOptions(Options):
    """Options of `unicode`."""

    full_width: bool = Field(default=True, description="full-width letters, digits and signs between them become ASCII")

    def build(self) -> UnicodeStep:
        """The step with these options."""
        return UnicodeStep(self.full_width)


@dataclass(frozen=True, slots=True)
class UnicodeStep:
    """Composed characters (NFC), invisible ones removed, full-width letters and digits as ASCII."""

    name: ClassVar[str] = "unicode"
    full_width: bool = True

    def apply(self, draft: Draft) -> Verdict:
        """The same draft with every character in its usual form."""
        done = replace(
            draft,
            title=self._usual(draft.title),
            text=self._usual(draft.text),
            metadata={key: self._usual(value) for key, value in draft.metadata.items()},
        )
        return kept(done, self.name, *([] if done == draft else ["invisible or unusual characters normalised"]))

    def _usual(self, text: str) -> str:
        if text.isascii():
            return text
        text = _INVISIBLE.sub("", text)
        if _HAS_JOINER.search(text):
            text = _STRAY_JOINER.sub("", text)
        text = unicodedata.normalize("NFC", text)
        if not self.full_width:
            return text
        if _HAS_FORM.search(text):
            text = text.translate(_FORMS)
        return unicodedata.normalize("NFC", _WIDE_SIGN.sub(lambda match: chr(ord(match[0]) - 0xFEE0), text))
