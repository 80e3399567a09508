"""Outlook messages (MSG), after [MS-OXMSG]: properties are streams named by their number and type."""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta
from pathlib import PurePath

from ingestion.parsing.encoding import decode
from ingestion.parsing.html_page import html_to_markdown
from ingestion.parsing.mail import Attachment, compose
from ingestion.parsing.markdown import clean, one_line
from ingestion.parsing.model import Draft, Source
from ingestion.parsing.ole import OleFile
from ingestion.parsing.rtf import rtf_text, unpack_rtf

_SUBJECT, _SENDER, _SENDER_ADDRESS, _TO, _CC = "0037", "0C1A", "0C1F", "0E04", "0E03"
_BODY, _HTML, _RTF = "1000", "1013", "1009"
_DATA, _LONG_NAME, _SHORT_NAME = "3701", "3707", "3704"
_SENT = 0x00390040
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_FOLDER = re.compile(r"__attach_version1\.0_#[0-9A-Fa-f]{8}$")


def parse_outlook(source: Source) -> Draft:
    """One message with its attachments; its subject is the title."""
    ole = OleFile(source)
    sender, address = _text(ole, "", _SENDER), _text(ole, "", _SENDER_ADDRESS)
    shown = f"{sender} <{address}>" if sender and "@" in address and address != sender else sender or address
    head = {"From": shown, "To": _text(ole, "", _TO), "Cc": _text(ole, "", _CC), "Date": _sent(ole)}
    folders = sorted({name for name in ole.names if _FOLDER.fullmatch(name)})
    attached = [_attachment(ole, folder + "/", number) for number, folder in enumerate(folders, 1)]
    subject = one_line(_text(ole, "", _SUBJECT))
    return compose(source, subject, head, _body(ole), attached, "application/vnd.ms-outlook")


def _text(ole: OleFile, folder: str, number: str) -> str:
    wide = ole.read(f"{folder}__substg1.0_{number}001F")
    if wide:
        return wide.decode("utf-16-le", "replace").rstrip("\0")
    return decode(ole.read(f"{folder}__substg1.0_{number}001E").rstrip(b"\0"))


def _body(ole: OleFile) -> str:
    plain = clean(_text(ole, "", _BODY)).strip()
    if plain:
        return plain
    html = ole.read(f"__substg1.0_{_HTML}0102")
    if html or (text := _text(ole, "", _HTML)):
        return html_to_markdown(decode(html) if html else text)
    packed = ole.read(f"__substg1.0_{_RTF}0102")
    return clean(rtf_text(unpack_rtf(packed))).strip() if packed else ""


def _sent(ole: OleFile) -> str:
    """When it was sent, from the fixed-size properties (after a head of 32 bytes, 16 bytes each)."""
    data = ole.read("__properties_version1.0")
    for at in range(32, len(data) - 15, 16):
        if struct.unpack_from("<I", data, at)[0] == _SENT:
            ticks = struct.unpack_from("<Q", data, at + 8)[0]
            if 0 < ticks < 1 << 58:
                return (_EPOCH + timedelta(microseconds=ticks // 10)).isoformat(" ", "seconds")
    return ""


def _attachment(ole: OleFile, folder: str, number: int) -> Attachment:
    name = _text(ole, folder, _LONG_NAME) or _text(ole, folder, _SHORT_NAME) or f"part {number}"
    data = ole.read(f"{folder}__substg1.0_{_DATA}0102")
    return Attachment(PurePath(name.replace("\\", "/")).name, data)
