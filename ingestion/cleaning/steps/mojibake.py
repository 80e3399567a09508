"""Text that was read in the wrong encoding somewhere on its way: found and read again.

Three kinds: UTF-8 read as a single-byte encoding (ftfy knows these), GBK read as Latin-1 (`ÖÐÎÄ`), and UTF-8 read
as GBK (`涓枃`). The last two are repaired only where the result is unmistakably Chinese.
"""

from __future__ import annotations

import re

import ftfy

# A mis-read UTF-8 lead byte is one of these in every encoding ftfy tries; text without them is not looked at further.
_SUSPECT = re.compile("[\u0080-\u052f\u201a\u221a\u2500-\u257f]")
_GBK_AS_LATIN = re.compile("[\u00a1-\u00fe]{4,}")
_UTF8_AS_GBK = re.compile("[\u00a4-\u00f7\u0391-\u0451\u2010-\u2642\u3000-\u9fff\ue000-\uf8ff\ufe30-\uffe5]{4,}")
_COMMON_HANZI_ROWS = range(0xB0, 0xD8)
_LATIN_LETTER = re.compile("[\u00c0-\u00ff]")


def repair(text: str) -> str:
    """`text` with each mis-read line read again; a line that is right stays as it is."""
    if text.isascii():
        return text
    if _SUSPECT.search(text):
        text = "\n".join(_repair_line(line) if _SUSPECT.search(line) else line for line in text.split("\n"))
    return _UTF8_AS_GBK.sub(lambda match: _utf8_read_as_gbk(match.group()), text)


def _repair_line(line: str) -> str:
    line = _GBK_AS_LATIN.sub(lambda match: _gbk_read_as_latin(match.group()), line)
    return str(ftfy.fix_encoding(line))


def _gbk_read_as_latin(run: str) -> str:
    """Chinese where every pair of bytes is one of the 3,755 common characters of GB 2312; else `run`."""
    if len(run) % 2 or not _LATIN_LETTER.search(run):
        return run
    data = run.encode("latin-1")
    if any(byte not in _COMMON_HANZI_ROWS for byte in data[::2]):
        return run
    try:
        return data.decode("gb2312")
    except UnicodeDecodeError:
        return run


def _utf8_read_as_gbk(run: str) -> str:
    """Chinese where the bytes of `run` are exactly UTF-8 for at least four Chinese characters; else `run`."""
    try:
        data = run.encode("gb18030")
        if data[0] not in range(0xE3, 0xF0):
            return run
        text = data.decode("utf-8")
    except UnicodeError:
        return run
    chinese = sum("\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef" for character in text)
    return text if chinese >= 4 and chinese == len(text) else run
