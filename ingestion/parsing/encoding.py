"""Which characters a file's bytes are: byte order mark, UTF-8, UTF-16, Chinese code pages, then by statistics."""

from __future__ import annotations

import codecs
import re

_SAMPLE = 200_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""(?:<\?xml[^>]{0,200}encoding|<meta[^>]{0,200}charset|@charset)\s*=?\s*["']?([A-Za-z0-9_:.-]{3,30})""",
    re.IGNORECASE,
)
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs", "iso-8859-1": "cp1252"}
_HIGH = re.compile(rb"[\x80-\xff]")
_LONE_HIGH = re.compile(rb"(?<![\x80-\xff])[\xa0-\xff](?![\x80-\xff])")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes) -> str:
    """`data` as text; never fails (undecodable bytes become U+FFFD)."""
    return data.decode(guess_encoding(data), errors="replace").removeprefix("\ufeff")


def is_text(data: bytes) -> bool:
    """Whether `data` is text in some encoding: hardly a control character once it is decoded."""
    sample = data[:_SAMPLE]
    text = sample.decode(guess_encoding(sample), errors="replace")
    strange = len(_BINARY.findall(text)) + text.count("\ufffd")
    return strange <= len(text) * 0.005 + (1 if len(text) > 20 else 0)


def guess_encoding(data: bytes) -> str:
    """The name of a codec that reads `data`."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return name
    if _is(data, "utf-8"):
        return "utf-8" if b"\x00" not in data[:_SAMPLE] else _utf16(data) or "utf-8"
    declared = _DECLARED.search(data[:2048])
    if declared:
        name = declared.group(1).decode("ascii").lower()
        name = _WIDER.get(name, name)
        if not name.startswith("utf-16") and _is(data, name):
            return name
    return _utf16(data) or _east_asian(data) or _by_statistics(data)


def _is(data: bytes, name: str) -> bool:
    try:
        codecs.getincrementaldecoder(name)().decode(data, final=len(data) < _SAMPLE)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _utf16(data: bytes) -> str:
    """UTF-16 without a byte order mark: one half of the byte pairs is nearly constant."""
    sample = data[: _SAMPLE // 2 * 2]
    if len(sample) < 4 or len(data) % 2:
        return ""
    for name, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        low = sample[0::2] if name == "utf-16-le" else sample[1::2]
        if high.count(0) > 0.3 * len(high) and low.count(0) < 0.05 * len(low):
            return name
    return ""


def _east_asian(data: bytes) -> str:
    """The code page whose everyday characters the text is made of; "" where it is not East Asian.

    In GB 2312 and Big5 the everyday characters stand in one block; kana and hangul in theirs.
    """
    sample = data[:_SAMPLE]
    high = len(_HIGH.findall(sample))
    if not high or len(_LONE_HIGH.findall(sample)) > 0.35 * high:
        return ""
    found = [(score, name) for name, score in ((name, _everyday(sample, name)) for name in _EVERYDAY) if score > 0.7]
    return max(found)[1] if found else ""


_EVERYDAY = {
    "gb18030": re.compile(rb"[\xb0-\xd7][\xa1-\xfe]|[\xa1\xa3][\xa1-\xfe]"),
    "big5hkscs": re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]|[\xa1-\xa3][\x40-\x7e\xa1-\xbf]"),
    "shift_jis": re.compile(rb"\x82[\x9f-\xf1]|\x83[\x40-\x96]|\x81[\x41-\x76]|[\x88-\x97][\x40-\xfc]"),
    "euc_jp": re.compile(rb"[\xa4\xa5][\xa1-\xf6]|\xa1[\xa1-\xfe]|[\xb0-\xcf][\xa1-\xfe]"),
    "euc_kr": re.compile(rb"[\xb0-\xc8][\xa1-\xfe]|\xa1[\xa1-\xfe]"),
}
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile("[\uac00-\ud7a3]")


def _everyday(sample: bytes, name: str) -> float:
    """The share of wide characters that are everyday ones in code page `name`; 0 where it cannot be that page."""
    if not _is(sample, name):
        return 0.0
    text = sample.decode(name, errors="ignore")
    wide = [character for character in text if ord(character) > 0xFF]
    if not wide:
        return 0.0
    share = sum(_EVERYDAY[name].fullmatch(character.encode(name, errors="ignore")) is not None for character in wide)
    score = share / len(wide)
    if name in {"shift_jis", "euc_jp"}:
        return score if len(_KANA.findall(text)) > 0.25 * len(wide) else 0.0
    if name == "euc_kr":
        return 1.1 if _looks_korean(text, len(wide)) else 0.0
    return score


def _looks_korean(text: str, wide: int) -> bool:
    """Hangul in words between blanks: the bytes of short Chinese words make hangul, too."""
    hangul = len(_HANGUL.findall(text))
    return hangul >= 8 and hangul > 0.95 * wide and text.count(" ") > 0.08 * hangul


def _by_statistics(data: bytes) -> str:
    from charset_normalizer import from_bytes

    sample = data[:50_000]
    high = len(_HIGH.findall(sample))
    if len(_LONE_HIGH.findall(sample)) > 0.8 * high and high < 0.12 * len(sample):
        return "cp1252"
    best = from_bytes(sample, cp_exclusion=["utf_7"]).best()
    return best.encoding if best is not None and _is(sample, best.encoding) else "cp1252"
