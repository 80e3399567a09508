"""Builds the sample's binary documents from the texts in `document_sources/` and the table of error codes.

    python samples/make_documents.py [--chinese-font PATH]

The same input gives the same bytes. Pictures with Chinese text need a Chinese font (Debian: fonts-wqy-microhei);
without one they are left as they are.
"""

from __future__ import annotations

import argparse
import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import docx
import xlsxwriter
from document_blocks import Block, read_blocks
from document_pdf import make_pdf
from PIL import Image, ImageDraw, ImageFont
from pptx import Presentation
from pptx.util import Inches

HERE = Path(__file__).parent
TEXTS, DOCUMENTS = HERE / "document_sources", HERE / "documents"
CHINESE_FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
MADE_AT = datetime(2026, 11, 2, 8, tzinfo=UTC)


def make_docx(blocks: Sequence[Block]) -> bytes:
    """A Word document with headings, lists and tables."""
    document = docx.Document()
    document.core_properties.created = document.core_properties.modified = MADE_AT
    document.core_properties.author = "Tassberg"
    for block in blocks:
        if block.kind == "heading":
            document.add_heading(block.text, block.level)
        elif block.kind == "bullet":
            document.add_paragraph(block.text, style="List Bullet")
        elif block.kind == "paragraph":
            document.add_paragraph(block.text)
        elif block.kind == "table":
            table = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
            for row in block.rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
    file = io.BytesIO()
    document.save(file)
    return _same_zip(file.getvalue())


def make_pptx(blocks: Sequence[Block]) -> bytes:
    """One slide per heading: its bullets in the body, its table below."""
    show = Presentation()
    show.core_properties.created = show.core_properties.modified = MADE_AT
    show.core_properties.author = "Tassberg"
    slide = None
    for block in blocks:
        if block.kind == "heading":
            slide = show.slides.add_slide(show.slide_layouts[1])
            slide.shapes.title.text = block.text
        elif slide is not None and block.kind == "bullet":
            frame = slide.placeholders[1].text_frame
            paragraph = frame.paragraphs[0] if not frame.text else frame.add_paragraph()
            paragraph.text = block.text
        elif slide is not None and block.kind == "table":
            rows, columns = len(block.rows), len(block.rows[0])
            table = slide.shapes.add_table(
                rows, columns, Inches(0.6), Inches(1.9), Inches(8.8), Inches(0.5 * rows)
            ).table
            for y, row in enumerate(block.rows):
                for x, text in enumerate(row):
                    table.cell(y, x).text = text
    file = io.BytesIO()
    show.save(file)
    return _same_zip(file.getvalue())


def make_xlsx(blocks: Sequence[Block]) -> bytes:
    """One sheet per heading with the table that follows it; numbers are numbers."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"author": "Tassberg", "created": MADE_AT})
    bold, sheet = book.add_format({"bold": True}), None
    for block in blocks:
        if block.kind == "heading":
            sheet = book.add_worksheet(block.text)
        elif sheet is not None and block.kind == "table":
            sheet.write_row(0, 0, block.rows[0], bold)
            for y, row in enumerate(block.rows[1:], 1):
                for x, text in enumerate(row):
                    sheet.write(y, x, float(text) if text.replace(".", "", 1).lstrip("-").isdigit() else text)
    book.close()
    return _same_zip(file.getvalue())


def make_picture(blocks: Sequence[Block], font_file: Path | None) -> Image.Image:
    """Black text on a white page, headings larger: something to be read by OCR."""

    def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
        return ImageFont.truetype(str(font_file), size) if font_file else ImageFont.load_default(size)

    page = Image.new("L", (1240, 200 + 150 * len(blocks)), 255)
    draw, y = ImageDraw.Draw(page), 100.0
    for block in blocks:
        chosen = font(52 if block.kind == "heading" else 32)
        for line in _lines(block.text, partial(draw.textlength, font=chosen), 1040):
            draw.text((100, y), line, 0, chosen)
            y += 80 if block.kind == "heading" else 50
        y += 24
    return page.crop((0, 0, 1240, int(y) + 80))


def make_scan(blocks: Sequence[Block], font_file: Path | None) -> bytes:
    """A PDF with one picture of a page, a little askew, black and white as an office scanner makes it."""
    page = Image.new("L", (1240, 1754), 255)
    page.paste(make_picture(blocks, font_file), (0, 60))
    file = io.BytesIO()
    askew = page.rotate(0.4, fillcolor=255, resample=Image.Resampling.BICUBIC).convert("1", dither=Image.Dither.NONE)
    stamp = MADE_AT.timetuple()
    askew.save(file, "PDF", resolution=150, creationDate=stamp, modDate=stamp, producer="Tassberg", title="scan")
    return file.getvalue()


def make_png(blocks: Sequence[Block], font_file: Path | None) -> bytes:
    """The picture of a display or a label."""
    file = io.BytesIO()
    make_picture(blocks, font_file).save(file, "PNG", optimize=True)
    return file.getvalue()


def error_table(*columns: str) -> list[Block]:
    """The error codes as a titled table of the columns asked for."""
    with (DOCUMENTS / "service" / "error-codes.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(row[column] for column in columns) for row in csv.DictReader(file)]
    chinese = "名称" in columns
    names = {"code": "代码" if chinese else "Code", "title": "Error", "remedy": "What to do"}
    header = tuple(names.get(column, column) for column in columns)
    blocks = [Block("heading", "错误代码" if chinese else "Error codes E01 to E42", 1)]
    step = len(rows) if chinese else 21
    for start in range(0, len(rows), step):
        blocks += [Block("break")] * bool(start)
        blocks.append(Block("table", rows=(header, *rows[start : start + step])))
    return blocks


def _lines(text: str, measure: Callable[[str], float], width: int) -> list[str]:
    lines, line = [], ""
    for piece in text if any(ord(c) > 0x2E80 for c in text) else [word + " " for word in text.split()]:
        if line and measure(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()]


def _same_zip(data: bytes) -> bytes:
    """The same archive with every time stamp put to one moment."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, (2026, 11, 2, 8, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def make_all(chinese_font: Path | None) -> dict[str, bytes]:
    """Path under `documents/` → bytes."""

    def text(name: str) -> list[Block]:
        return read_blocks((TEXTS / f"{name}.md").read_text(encoding="utf-8"))

    made = {
        "manuals/aurora-duo-manual.pdf": make_pdf(text("aurora-duo-manual"), chinese=False),
        "manuals/quick-start-zh.pdf": make_pdf(text("quick-start-zh"), chinese=True),
        "manuals/error-codes.pdf": make_pdf(error_table("code", "title", "remedy"), chinese=False),
        "manuals/error-codes-zh.xlsx": make_xlsx(error_table("code", "名称", "处理方法")),
        "manuals/grinder-calibration.docx": make_docx(text("grinder-calibration")),
        "manuals/error-display-e14.png": make_png(text("error-display-e14"), None),
        "policies/returns-and-warranty-zh.docx": make_docx(text("returns-and-warranty-zh")),
        "contracts/service-contract-terms.docx": make_docx(text("service-contract-terms")),
        "contracts/seeblick-contract-scan.pdf": make_scan(text("seeblick-contract-scan"), None),
        "sales/price-list-2026.xlsx": make_xlsx(text("price-list-2026")),
        "sales/product-training.pptx": make_pptx(text("product-training")),
        "shop/product-range-zh.pptx": make_pptx(text("product-range-zh")),
        "finance/q3-2026-report.xlsx": make_xlsx(text("q3-2026-report")),
        "finance/board-minutes-2026-10.pdf": make_pdf(text("board-minutes-2026-10"), chinese=False),
        "hr/salary-bands-2026.xlsx": make_xlsx(text("salary-bands-2026")),
    }
    if chinese_font:
        made["manuals/water-filter-label-zh.png"] = make_png(text("water-filter-label-zh"), chinese_font)
        made["service/delivery-note-zh-scan.pdf"] = make_scan(text("delivery-note-zh-scan"), chinese_font)
    return made


def main() -> None:
    """Writes every document whose bytes changed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chinese-font", type=Path, default=CHINESE_FONT)
    font: Path = parser.parse_args().chinese_font
    for name, data in make_all(font if font.exists() else None).items():
        path = DOCUMENTS / name
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
            print(f"{name}: {len(data)} bytes")


if __name__ == "__main__":
    main()
