"""A PDF writer just large enough for the sample: text with headings and ruled tables on A4.

English is set in Helvetica, Chinese in the font STSong-Light that PDF readers know by name: neither is embedded
(PDF 32000-1, 9.6.2.2 and 9.7.5.2).
"""

from __future__ import annotations

from collections.abc import Sequence

from document_blocks import Block

_WIDTH, _HEIGHT, _MARGIN = 595, 842, 60
_NARROW, _WIDE = set("ijlftrI.,;:'|!()[]- "), set("mwMW%@")


def make_pdf(blocks: Sequence[Block], *, chinese: bool) -> bytes:
    """The bytes of a PDF that is the same each time."""
    page = _Page(chinese=chinese)
    pages = [page]
    for block in blocks:
        if block.kind == "break" or page.y < _MARGIN + 60 + 18 * len(block.rows):
            page = _Page(chinese=chinese)
            pages.append(page)
        page.add(block)
    return _assemble([page.content for page in pages], _chinese_fonts() if chinese else _english_fonts())


class _Page:
    def __init__(self, *, chinese: bool) -> None:
        self.chinese = chinese
        self.y = float(_HEIGHT - _MARGIN)
        self._operators: list[str] = []

    @property
    def content(self) -> bytes:
        return "\n".join(self._operators).encode("ascii")

    def add(self, block: Block) -> None:
        if block.kind == "heading":
            self._paragraph(block.text, (20, 15, 12)[min(block.level, 3) - 1], bold=True)
        elif block.kind == "paragraph":
            self._paragraph(block.text, 10.5)
        elif block.kind == "bullet":
            self._paragraph(("· " if self.chinese else "• ") + block.text, 10.5)
        elif block.kind == "table":
            self._table(block.rows)

    def _paragraph(self, text: str, size: float, *, bold: bool = False) -> None:
        self.y -= size * 0.5
        for line in _wrap(text, size, _WIDTH - 2 * _MARGIN):
            self.y -= size * 1.35
            self._show(line, _MARGIN, self.y, size, bold=bold)

    def _table(self, rows: Sequence[Sequence[str]]) -> None:
        size = 9.0
        longest = [max(_measure(row[i], size) for row in rows) + 10 for i in range(len(rows[0]))]
        scale = min(1.0, (_WIDTH - 2 * _MARGIN) / sum(longest))
        widths = [max(width * scale, 34) for width in longest]
        self.y -= 8
        for number, row in enumerate(rows):
            cells = [_wrap(cell, size, width - 6) for cell, width in zip(row, widths, strict=True)]
            height = max(len(lines) for lines in cells) * size * 1.3 + 5
            x = float(_MARGIN)
            for lines, width in zip(cells, widths, strict=True):
                self._operators.append(f"0.5 w {x:.1f} {self.y - height:.1f} {width:.1f} {height:.1f} re S")
                for index, line in enumerate(lines):
                    self._show(line, x + 3, self.y - (index + 1) * size * 1.3 + 1, size, bold=number == 0)
                x += width
            self.y -= height

    def _show(self, text: str, x: float, y: float, size: float, *, bold: bool) -> None:
        code = text.encode("utf-16-be" if self.chinese else "cp1252", "replace").hex()
        font = "F1" if bold and not self.chinese else "F0"
        self._operators.append(f"BT /{font} {size} Tf {x:.1f} {y:.1f} Td <{code}> Tj ET")


def _measure(text: str, size: float) -> float:
    """Points that `text` takes, a little too large rather than too small."""
    widths = {**dict.fromkeys(_NARROW, 0.33), **dict.fromkeys(_WIDE, 0.9)}
    return sum(1.0 if ord(c) > 0x2E80 else widths.get(c, 0.72 if c.isupper() else 0.57) for c in text) * size


def _wrap(text: str, size: float, width: float) -> list[str]:
    """Lines no wider than `width`; Chinese breaks anywhere."""
    lines, line = [], ""
    pieces = list(text) if any(ord(c) > 0x2E80 for c in text) else [word + " " for word in text.split()]
    for piece in pieces:
        if line and _measure(line + piece.rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()]


def _assemble(contents: Sequence[bytes], fonts: Sequence[bytes]) -> bytes:
    first_page = 3 + len(fonts)
    kids = " ".join(f"{first_page + 2 * i} 0 R" for i in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        *fonts,
    ]
    for number, content in enumerate(contents):
        stream = first_page + 2 * number + 1
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] /Contents {stream} 0 R "
            f"/Resources << /Font << /F0 3 0 R /F1 4 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
    body, offsets = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n", []
    for number, value in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, value)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + head + table + tail


def _english_fonts() -> list[bytes]:
    return [
        b"<< /Type /Font /Subtype /Type1 /BaseFont /%b /Encoding /WinAnsiEncoding >>" % name
        for name in (b"Helvetica", b"Helvetica-Bold")
    ]


def _chinese_fonts() -> list[bytes]:
    """A composite font of Adobe's Chinese collection, whose codes are UTF-16: readers know its characters by heart."""
    composite = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [5 0 R] >>"
    )
    characters = (
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 6 0 R /DW 1000 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /W [1 [500] 2 95 500 814 939 500] >>"
    )
    descriptor = (
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"
    )
    return [composite, composite, characters, descriptor]
