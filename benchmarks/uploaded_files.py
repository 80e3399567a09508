"""The small files that people upload while others ask: five kinds, each with a word of its own to be found by."""

from __future__ import annotations

import io
from collections.abc import Callable

import docx

_PARAGRAPHS = (
    "This memo is about the tasting room in Hamburg: which machine stands where, who cleans it, and what it is fed.",
    "The bench holds two Aurora and one Meister 2. Each is backflushed at noon and at six.",
    "The water is measured on Mondays; above 10 °dH the cartridge is changed, whatever the display says.",
    "The grinder on the left keeps the decaffeinated beans. Its burrs were changed in spring and run in with 4 kg.",
    "品鉴室的钥匙在前台，周二下午三点开课，课后请把磨豆机里的余粉清空，把接水盘倒掉。",
    "Whoever finds a leak writes it on the board with the number of the machine, and tells the workshop the same day.",
)


def _markdown(mark: str) -> bytes:
    return "\n\n".join((f"# Tasting room memo {mark}", *_PARAGRAPHS)).encode()


def _text(mark: str) -> bytes:
    return "\n\n".join((f"Tasting room memo {mark}", *_PARAGRAPHS)).encode()


def _html(mark: str) -> bytes:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in _PARAGRAPHS)
    title = f"Tasting room memo {mark}"
    return (
        f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>".encode()
    )


def _csv(mark: str) -> bytes:
    rows = (f"{mark}-{number},machine {number % 7},{number * 3} cups,cleaned at noon" for number in range(20))
    return "\n".join(("memo,machine,cups,remark", *rows)).encode()


def _docx(mark: str) -> bytes:
    document = docx.Document()
    document.add_heading(f"Tasting room memo {mark}", 1)
    for paragraph in _PARAGRAPHS:
        document.add_paragraph(paragraph)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


KINDS: dict[str, Callable[[str], bytes]] = {
    "md": _markdown,
    "html": _html,
    "csv": _csv,
    "txt": _text,
    "docx": _docx,
}
"""Ending of the name → content that holds the mark."""
