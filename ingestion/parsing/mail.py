"""E-mail messages (EML): head, body, and every attachment parsed as the file it is."""

from __future__ import annotations

import email
import email.policy
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage, Message
from pathlib import Path, PurePath

from ingestion.parsing.html_page import html_to_markdown
from ingestion.parsing.markdown import Blocks, clean, one_line
from ingestion.parsing.model import Draft, Source
from retrieval.errors import RejectedError
from retrieval.model import PAGE_BREAK

_SHOWN = ("From", "To", "Cc", "Date")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message."""

    filename: str
    data: bytes


def parse_mail(source: Source) -> Draft:
    """One message; its subject is the title."""
    message = email.message_from_bytes(source.path.read_bytes(), policy=email.policy.default)
    if not message.keys():
        raise source.broken("e-mail message")
    head = {name: _header(message, name) for name in _SHOWN}
    body = message.get_body(("plain", "html"))
    text = _body(body) if body is not None else ""
    attached = [_attachment(part, number) for number, part in enumerate(message.iter_attachments(), 1)]
    return compose(source, _header(message, "Subject"), head, text, attached, "message/rfc822")


def compose(
    source: Source, subject: str, head: dict[str, str], text: str, attached: Iterable[Attachment], media_type: str
) -> Draft:
    """A message and its attachments as Markdown."""
    blocks, warnings = Blocks(), []
    blocks.heading(1, subject)
    blocks.paragraph("\n".join(f"{name}: {value}" for name, value in head.items() if value))
    blocks.raw(text)
    files = [one for one in attached if one.data]
    if len(files) > source.limits.attachments:
        warnings.append(f"only the first {source.limits.attachments} of {len(files)} attachments were read")
    with tempfile.TemporaryDirectory(prefix="freshet-mail-") as folder:
        for number, one in enumerate(files[: source.limits.attachments], 1):
            source.progress("attachment", number, len(files))
            blocks.heading(2, f"Attachment: {one.filename}")
            warnings += _add(blocks, source, one, Path(folder) / str(number))
    return Draft(subject, (blocks.text(),), media_type, warnings=tuple(warnings))


def _add(blocks: Blocks, source: Source, one: Attachment, path: Path) -> list[str]:
    """Parse one attachment; a warning where it cannot be read, which does not spoil the message."""
    from ingestion.parsing.parse import parse_inside

    path.write_bytes(one.data)
    try:
        parsed = parse_inside(source, path, one.filename)
    except RejectedError as error:
        return [f"attachment {error.message}"]
    finally:
        path.unlink()
    blocks.raw(parsed.text.replace(PAGE_BREAK, "\n\n"))
    return [f"attachment {one.filename}: {warning}" for warning in parsed.warnings]


def _header(message: Message, name: str) -> str:
    try:
        return one_line(str(message.get(name, "")))
    except (ValueError, IndexError, AttributeError, TypeError):
        return one_line(str(dict(message.raw_items()).get(name, "")))


def _body(part: Message) -> str:
    text = _text(part)
    return html_to_markdown(text) if part.get_content_type() == "text/html" else _quoted(text)


def _quoted(text: str) -> str:
    """Plain text keeps its lines; the signature's mark must not become a rule or a heading."""
    return "\n".join(line.rstrip() for line in clean(text).strip().split("\n"))


def _text(part: Message) -> str:
    from ingestion.parsing.encoding import decode

    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(payload or "")
    charset = part.get_content_charset() or ""
    try:
        return payload.decode("gb18030" if charset in {"gb2312", "gbk"} else charset) if charset else decode(payload)
    except (LookupError, UnicodeDecodeError):
        return decode(payload)


def _attachment(part: Message, number: int) -> Attachment:
    inside = part.get_content_type() == "message/rfc822"
    name = PurePath((part.get_filename() or "").replace("\\", "/")).name
    if inside:
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else None
        data = inner.as_bytes() if isinstance(inner, EmailMessage) else b""
        return Attachment(name or f"message {number}.eml", data)
    is_picture_in_text = part.get_content_maintype() == "image" and part.get_content_disposition() != "attachment"
    decoded = b"" if is_picture_in_text else part.get_payload(decode=True)
    return Attachment(name or f"part {number}", decoded if isinstance(decoded, bytes) else b"")
