from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import pptx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from pptx.util import Inches

from tests.ingestion.parsing.files import packed, read


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_headings_lists_and_paragraphs_of_a_word_document(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_heading("Service manual", 0)
    made.add_heading("第一章 概述", 1)
    made.add_paragraph("意式咖啡机需要定期除垢。")
    made.add_paragraph("first", style="List Bullet")
    made.add_paragraph("then", style="List Number")
    parsed = read(tmp_path, "m.docx", saved(made))
    assert "# Service manual\n\n## 第一章 概述\n\n意式咖啡机需要定期除垢。\n\n- first\n1. then" in parsed.text
    assert parsed.title == "Service manual"


def test_merged_cells_of_a_word_table_say_the_same_in_each_place(tmp_path: Path) -> None:
    made = docx.Document()
    table = made.add_table(3, 3)
    for row in range(3):
        for column in range(3):
            table.cell(row, column).text = f"{row}|{column}"
    table.cell(1, 0).merge(table.cell(1, 1)).text = "wide"
    table.cell(1, 2).merge(table.cell(2, 2)).text = "tall"
    text = read(tmp_path, "m.docx", saved(made)).text
    assert text == "| 0\\|0 | 0\\|1 | 0\\|2 |\n| - | - | - |\n| wide | wide | tall |\n| 2\\|0 | 2\\|1 | tall |"


def test_emphasis_encloses_words_but_never_splits_one(tmp_path: Path) -> None:
    made = docx.Document()
    paragraph = made.add_paragraph("plain ")
    paragraph.add_run("bold words").bold = True
    paragraph.add_run(" end")
    assert read(tmp_path, "m.docx", saved(made)).text == "plain **bold words** end"


def test_deleted_and_hidden_text_of_a_word_document_is_left_out(tmp_path: Path) -> None:
    made = docx.Document()
    paragraph = made.add_paragraph("kept")
    hidden = paragraph.add_run("secret")
    hidden.font.hidden = True
    deletion = OxmlElement("w:del")
    run, words = OxmlElement("w:r"), OxmlElement("w:delText")
    words.text = "gone"
    run.append(words)
    deletion.append(run)
    paragraph._p.append(deletion)
    assert paragraph._p.find(qn("w:del")) is not None
    assert read(tmp_path, "m.docx", saved(made)).text == "kept"


def test_slides_are_pages_with_titles_tables_and_notes(tmp_path: Path) -> None:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.shapes.title.text = "Grinders"
    slide.placeholders[1].text = "burrs\nhoppers"
    second = made.slides.add_slide(made.slide_layouts[5])
    second.shapes.title.text = "价格"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for number, text in enumerate(("part", "price", "burr", "12")):
        table.cell(number // 2, number % 2).text = text
    second.notes_slide.notes_text_frame.text = "mention the discount"
    parsed = read(tmp_path, "s.pptx", saved(made))
    assert parsed.text.split("\f") == [
        "# Grinders\n\n- burrs\n- hoppers",
        "# 价格\n\n| part | price |\n| - | - |\n| burr | 12 |\n\nNotes: mention the discount",
    ]
    assert parsed.pages == 2


ODF = 'xmlns:office="urn:o" xmlns:text="urn:t" xmlns:table="urn:b" xmlns:draw="urn:d" xmlns:presentation="urn:p"'


def odf(kind: str, body: str) -> bytes:
    content = f"<office:document-content {ODF}><office:body>{body}</office:body></office:document-content>"
    return packed({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content})


def test_an_opendocument_text_keeps_headings_lists_and_notes(tmp_path: Path) -> None:
    body = (
        '<office:text><text:h text:outline-level="1">Care</text:h><text:p>Rinse<text:s text:c="1"/>daily'
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>with water</text:p>"
        "</text:note-body></text:note>.</text:p><text:list><text:list-item><text:p>brush</text:p><text:list>"
        "<text:list-item><text:p>soft</text:p></text:list-item></text:list></text:list-item></text:list></office:text>"
    )
    text = read(tmp_path, "c.odt", odf("text", body)).text
    assert text == "# Care\n\nRinse daily[^1].\n\n- brush\n    - soft\n\n[^1]: with water"


def test_an_opendocument_presentation_has_a_page_for_each_slide(tmp_path: Path) -> None:
    slide = (
        '<draw:page draw:name="s{0}"><draw:frame presentation:class="title"><draw:text-box><text:p>T{0}</text:p>'
        "</draw:text-box></draw:frame><draw:frame><draw:text-box><text:p>b{0}</text:p></draw:text-box></draw:frame>"
        "</draw:page>"
    )
    body = f"<office:presentation>{slide.format(1)}{slide.format(2)}</office:presentation>"
    assert read(tmp_path, "c.odp", odf("presentation", body)).text == "# T1\n\nb1\f# T2\n\nb2"


def test_a_repeated_cell_of_an_opendocument_table_cannot_fill_the_memory(tmp_path: Path) -> None:
    wide = '<table:table-cell table:number-columns-repeated="99999999"/>'
    cells = f"<table:table-cell><text:p>x</text:p></table:table-cell>{wide}"
    row = f'<table:table-row table:number-rows-repeated="99999999">{cells}</table:table-row>'
    body = f"<office:text><table:table>{row}</table:table></office:text>"
    text = read(tmp_path, "c.odt", odf("text", body), cells=5000).text
    assert text.count("| x |") == 1000
