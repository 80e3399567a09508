"""Text in any encoding, and which encoding that is."""

from __future__ import annotations

import codecs
import re

from ingestion.parsing.markdown import clean
from ingestion.parsing.model import Draft, Source
from retrieval.errors import RejectedError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 65_536
_HAN = re.compile("[\u4e00-\u9fff]")
_COMMON = frozenset(
    "的一是不了在人有我他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用"
    "發這為來個們時後會對說過家學國業務產品號數據價格訂單客戶服務日期名稱商品电话地址公司数量价格订单产品编号日期名称"
    "，。、：；（）"
)


def decode(data: bytes) -> str:
    """`data` as text, its byte order mark removed; what no encoding explains becomes U+FFFD."""
    return codecs.decode(data, encoding_of(data), "replace").removeprefix("\ufeff")


def encoding_of(data: bytes) -> str:
    """The name of the encoding that explains `data` best: byte order mark, UTF-8, UTF-16, Chinese, then the rest."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    if _decodes(data, "utf-8"):
        return "utf-8"
    if wide := _wide(data[:_SAMPLE_BYTES]):
        return wide
    if _mostly_utf8(data[:_SAMPLE_BYTES]):
        return "utf-8"
    return _chinese(data[:_SAMPLE_BYTES]) or _guessed(data[:_SAMPLE_BYTES])


def looks_like_text(data: bytes) -> bool:
    """Whether the beginning of a file can be text: hardly any control characters."""
    if not data:
        return False
    if any(data.startswith(mark) for mark, _ in _BOMS) or _wide(data):
        return True
    control = sum(byte < 32 and byte not in b"\t\n\r\x0b\x0c\x1b\x1a" for byte in data)
    return control <= len(data) * 0.005 and b"\0\0" not in data


def parse_text(source: Source) -> Draft:
    """Plain text as it is; form feeds in it part pages."""
    text = decode(source.path.read_bytes())
    if not text.strip():
        raise RejectedError(f"{source.filename} has no text")
    pages = [clean(page).strip("\n").rstrip() for page in text.split("\f")]
    while pages and not pages[-1]:
        pages.pop()
    return Draft("", tuple(pages), "text/plain", paged=len(pages) > 1)


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        codecs.decode(data, encoding)
    except UnicodeDecodeError:
        return False
    return b"\0" not in data


def _mostly_utf8(data: bytes) -> bool:
    """UTF-8 with a few broken bytes: a log line cut off, a name from another system."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(ord(sign) > 127 for sign in text) - bad
    return good > 20 * bad


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: every other byte of its Latin letters and line ends is zero."""
    half = len(data) // 2
    if half < 2:
        return ""
    for name, zeros, letters in (("utf-16-le", data[1::2], data[::2]), ("utf-16-be", data[::2], data[1::2])):
        if zeros.count(0) > 0.3 * half and letters.count(0) < 0.02 * half:
            return name
    return ""


def _chinese(data: bytes) -> str:
    """GB18030 or Big5 where the text that comes out looks Chinese; "" otherwise."""
    best, best_score = "", 0.0
    for name in ("gb18030", "big5hkscs"):
        try:
            text = codecs.getincrementaldecoder(name)().decode(data)
        except UnicodeDecodeError:
            continue
        foreign = [sign for sign in text if ord(sign) > 127]
        han = len(_HAN.findall(text))
        if not foreign or han < 0.6 * len(foreign):
            continue
        score = (sum(sign in _COMMON for sign in foreign) + 0.05 * han) / len(foreign)
        if score > best_score:
            best, best_score = name, score
    return best if best_score > 0.1 else ""


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_exclusion=["utf_7"]).best()
    western = {
        "cp1250",
        "cp1257",
        "latin_1",
        "iso8859_10",
        "iso8859_16",
        "mac_roman",
        "cp1254",
        "cp1258",
        "cp775",
        "hp_roman8",
    }
    name = best.encoding if best else "cp1252"
    return "cp1252" if name in western else name
