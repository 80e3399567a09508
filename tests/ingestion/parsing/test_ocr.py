from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.ingestion.parsing.files import read

LINES = (
    "Delivery note 4711 for espresso machines",
    "Twelve grinders were packed on Monday",
    "Please sign and return this sheet",
)


def scan(turn: int = 0, kind: str = "PNG") -> bytes:
    """A page with three lines, turned counter-clockwise."""
    picture = Image.new("RGB", (900, 300), "white")
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(LINES):
        draw.text((40, 40 + 80 * number), line, fill="black", font=ImageFont.load_default(36))
    out = io.BytesIO()
    picture.rotate(turn, expand=True).save(out, kind)
    return out.getvalue()


def squeezed(text: str) -> str:
    return "".join(text.split()).lower()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_picture_is_read_however_it_is_turned(tmp_path: Path, turn: int) -> None:
    text = squeezed(read(tmp_path, "note.png", scan(turn)).text)
    assert [squeezed(line) in text for line in LINES] == [True, True, True]
    assert text.index("4711") < text.index("grinders") < text.index("sign")


def test_a_scanned_page_of_a_pdf_is_read(tmp_path: Path) -> None:
    parsed = read(tmp_path, "note.pdf", scan(kind="PDF"))
    assert squeezed(LINES[1]) in squeezed(parsed.text)
    assert (parsed.media_type, parsed.pages) == ("application/pdf", 1)
