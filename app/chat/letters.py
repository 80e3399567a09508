"""A conversation as an e-mail file (RFC 5322, .eml) that any mail program opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

_WORDS = {
    "en": {
        "subject": "Our conversation of {date}",
        "begin": "This is our conversation of {date}.",
        "customer": "You",
        "assistant": "Assistant",
        "sources": "Sources",
    },
    "zh": {
        "subject": "{date}的对话记录",
        "begin": "以下是{date}的对话记录。",
        "customer": "您",
        "assistant": "智能助手",
        "sources": "资料来源",
    },
}
_SUBJECT_CHARACTERS = 90


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said, and the sources under it."""

    who: str
    at: datetime
    text: str
    sources: Sequence[str] = ()


def letter(view: Mapping[str, Any], language: str, zone: ZoneInfo) -> bytes:
    """The conversation of `view` (`app.chat.views.conversation_view`) as a message, times in `zone`."""
    words = _WORDS["zh" if language == "zh" else "en"]
    lines = _lines(view, words)
    began = (lines[0].at if lines else datetime.now(zone)).astimezone(zone)
    date = f"{began.year}年{began.month}月{began.day}日" if language == "zh" else f"{began.day} {began:%B %Y}"
    message = EmailMessage(policy=SMTP)
    message["Subject"] = words["subject"].format(date=date)[:_SUBJECT_CHARACTERS]
    message["Date"] = format_datetime(lines[-1].at if lines else began)
    message["From"] = "Freshet <conversation@freshet.invalid>"
    message["To"] = "undisclosed-recipients:;"
    message["Content-Language"] = "zh-CN" if language == "zh" else "en"
    begin = words["begin"].format(date=date)
    message.set_content("\n\n".join([begin, *(_plain(line, words, zone) for line in lines)]) + "\n")
    message.add_alternative(_page(begin, [_html(line, words, zone) for line in lines]), subtype="html")
    return message.as_bytes()


def _lines(view: Mapping[str, Any], words: Mapping[str, str]) -> list[Line]:
    """Turns and agents' messages in the order in which they were said."""
    lines = []
    for turn in view["turns"]:
        lines.append(Line(words["customer"], turn["created_at"], turn["message"]))
        if turn["answer"]:
            sources = [f"[{one['marker']}] {one['title']}" for one in turn.get("citations") or ()]
            lines.append(Line(words["assistant"], turn["created_at"], turn["answer"], sources))
    lines += [Line(said["name"], said["created_at"], said["text"]) for said in view["messages"]]
    return sorted(lines, key=lambda line: line.at)


def _plain(line: Line, words: Mapping[str, str], zone: ZoneInfo) -> str:
    sources = f"\n({words['sources']}: {'; '.join(line.sources)})" if line.sources else ""
    return f"{line.who}, {line.at.astimezone(zone):%Y-%m-%d %H:%M}\n{line.text}{sources}"


def _html(line: Line, words: Mapping[str, str], zone: ZoneInfo) -> str:
    sources = f"<br><small>{words['sources']}: {escape('; '.join(line.sources))}</small>" if line.sources else ""
    said = escape(line.text).replace("\n", "<br>")
    return (
        f"<p><b>{escape(line.who)}</b> <small>{line.at.astimezone(zone):%Y-%m-%d %H:%M}</small><br>{said}{sources}</p>"
    )


def _page(begin: str, parts: Sequence[str]) -> str:
    return f"<html><body><p>{escape(begin)}</p>{''.join(parts)}</body></html>"
