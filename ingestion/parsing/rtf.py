"""The text of RTF, also of the packed kind inside Outlook messages ([MS-OXRTFCP])."""

from __future__ import annotations

import codecs
import re
import struct

from ingestion.parsing.markdown import clean
from ingestion.parsing.model import Draft, Source
from retrieval.errors import RejectedError

_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096
_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.IGNORECASE
)
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr themedata datastore "
    b"listtable listoverridetable rsidtbl generator xmlnstbl fldinst bkmkstart bkmkend latentstyles".split()
)
_BREAKS = {b"par": "\n\n", b"line": "\n", b"tab": "\t", b"row": "\n", b"cell": " | ", b"page": "\f", b"sect": "\n\n"}
_SIGNS = {
    b"emdash": "—",
    b"endash": "–",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
    b"bullet": "•",
}
_CHARSETS = {128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253", 204: "cp1251", 238: "cp1250"}


def parse_rtf(source: Source) -> Draft:
    """A document in Rich Text Format: its paragraphs as text, without looks."""
    text = rtf_text(source.path.read_bytes())
    if not text.strip():
        raise RejectedError(f"{source.filename} has no text")
    pages = tuple(clean(page).strip() for page in text.split("\f"))
    return Draft("", pages, "application/rtf", paged=len(pages) > 1)


def unpack_rtf(data: bytes) -> bytes:
    """Packed RTF as plain RTF; b"" where it is damaged."""
    if len(data) < 16:
        return b""
    _, size, kind = struct.unpack_from("<IIi", data, 0)
    if kind == 0x414C454D:
        return data[16 : 16 + size]
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\0"))
    write, at = len(_DICTIONARY), 16
    out = bytearray()
    while at < len(data) and len(out) < size:
        control = data[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                piece = data[at : at + 1]
                at += 1
            else:
                if at + 2 > len(data):
                    return bytes(out)
                offset, length = divmod(int.from_bytes(data[at : at + 2], "big"), 16)
                at += 2
                if offset == write % _WINDOW:
                    return bytes(out)
                piece = b""
                for step in range(length + 2):
                    sign = window[(offset + step) % _WINDOW]
                    window[write % _WINDOW] = sign
                    write += 1
                    piece += bytes((sign,))
                out += piece
                continue
            if piece:
                window[write % _WINDOW] = piece[0]
                write += 1
                out += piece
    return bytes(out)


def rtf_text(data: bytes) -> str:
    """The words of an RTF document."""
    codepage = "cp1252"
    if found := re.search(rb"\\ansicpg(\d{3,5})", data[:2000]):
        codepage = {"936": "gb18030", "65001": "utf-8"}.get(found[1].decode(), f"cp{found[1].decode()}")
    fonts = {
        int(number): _CHARSETS[int(charset)]
        for number, charset in re.findall(rb"\\f(\d{1,4})[^{}]*?\\fcharset(\d{1,3})", data[:50_000])
        if int(charset) in _CHARSETS
    }
    return _Reader(codepage, fonts).read(data)


class _Reader:
    """Walks the tokens once, keeping a stack of groups: (skipped, characters after a Unicode sign, code page)."""

    def __init__(self, codepage: str, fonts: dict[int, str]) -> None:
        self._default = codepage
        self._fonts = fonts
        self._out: list[str] = []
        self._bytes = bytearray()
        self._state = (False, 1, codepage)
        self._stack: list[tuple[bool, int, str]] = []
        self._pass = 0

    def read(self, data: bytes) -> str:
        """The text of all groups that are shown."""
        for token in _TOKEN.finditer(data):
            word, number, code, sign, brace, text = token.groups()
            if brace or word or sign:
                self._flush()
            if brace == b"{":
                self._stack.append(self._state)
            elif brace == b"}":
                self._state = self._stack.pop() if self._stack else self._state
            elif word:
                self._word(word, number)
            elif sign:
                self._sign(sign)
            elif code or text:
                self._add(bytes.fromhex(code.decode()) if code else text)
        self._flush()
        return "".join(self._out)

    def _word(self, word: bytes, number: bytes | None) -> None:
        skipped, after, codepage = self._state
        if word in _SKIPPED:
            self._state = (True, after, codepage)
        elif word == b"uc" and number:
            self._state = (skipped, int(number), codepage)
        elif word == b"f" and number:
            self._state = (skipped, after, self._fonts.get(int(number), self._default))
        elif skipped:
            return
        elif word == b"u" and number:
            self._out.append(chr(int(number) % 65536))
            self._pass = after
        else:
            self._out.append(_BREAKS.get(word, "") or _SIGNS.get(word, ""))

    def _sign(self, sign: bytes) -> None:
        skipped, after, codepage = self._state
        if sign == b"*":
            self._state = (True, after, codepage)
        elif not skipped:
            self._out.append(
                {b"~": " ", b"_": "-", b"-": ""}.get(sign, sign.decode("latin-1") if sign in b"\\{}" else "")
            )

    def _add(self, piece: bytes) -> None:
        if self._pass:
            piece, self._pass = piece[self._pass :], max(self._pass - len(piece), 0)
        if not self._state[0]:
            self._bytes += piece

    def _flush(self) -> None:
        if self._bytes:
            try:
                name = codecs.lookup(self._state[2]).name
            except LookupError:
                name = "cp1252"
            text = self._bytes.decode(name, "replace")
            self._out.append(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
            self._bytes = bytearray()
