from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from tests.ingestion.parsing.files import packed, read


def message(subject: str = "订单 SO-1042 的发票") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "王芳 <wang@example.com>", "sales@example.com", subject
    made.set_content("您好，\n请查收附件。\n")
    return made


def test_head_body_and_attachments_are_read(tmp_path: Path) -> None:
    made = message()
    made.add_attachment("编号,数量\n7,2\n8,3\n".encode("gb18030"), maintype="text", subtype="csv", filename="订单.csv")
    parsed = read(tmp_path, "m.eml", made.as_bytes())
    assert parsed.title == "订单 SO-1042 的发票"
    assert "From: 王芳 <wang@example.com>" in parsed.text
    assert "请查收附件。" in parsed.text
    assert "## Attachment: 订单.csv\n\n| 编号 | 数量 |" in parsed.text


def test_an_attachment_that_cannot_be_read_is_a_warning(tmp_path: Path) -> None:
    made = message()
    made.add_attachment(packed({"a.exe": b"MZ"}), maintype="application", subtype="zip", filename="tools.zip")
    parsed = read(tmp_path, "m.eml", made.as_bytes())
    assert "请查收附件。" in parsed.text
    assert parsed.warnings[0].startswith("attachment tools.zip is a zip archive")


def test_messages_inside_messages_end_at_the_limit(tmp_path: Path) -> None:
    made = message("level 0")
    for level in range(1, 7):
        outer = message(f"level {level}")
        outer.add_attachment(made)
        made = outer
    parsed = read(tmp_path, "m.eml", made.as_bytes(), depth=3)
    assert "level 3" in parsed.text
    assert "level 2" not in parsed.text


def test_a_message_of_html_alone_is_read_as_its_page(tmp_path: Path) -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@example.com", "b@example.com", "News"
    made.set_content("<h1>Sale</h1><p>today</p>", subtype="html")
    assert read(tmp_path, "m.eml", made.as_bytes()).text.endswith("# Sale\n\ntoday")
