"""What an agent should know of a conversation before taking it over."""

from __future__ import annotations

from app.dialog.session import Session, Turn

_LABELS = {
    "en": {"asked": "Asked", "now": "Now", "known": "Known", "sources": "Shown", "open": "not answered"},
    "zh": {"asked": "问过", "now": "现在", "known": "已知", "sources": "已提供的资料", "open": "未能回答"},
}
_TURNS, _CHARACTERS = 5, 200


def summary_of(session: Session, message: str, language: str) -> str:
    """The last questions with how each ended, what is known, the sources shown, and the last message."""
    words = _LABELS["zh" if language == "zh" else "en"]
    asked = _exchanges(session.current)[-_TURNS:]
    lines = [f"{words['asked']}: {_short(turn.text)}{_ended(after, words['open'])}" for turn, after in asked]
    if session.slots:
        lines.append(f"{words['known']}: {', '.join(f'{name} {value}' for name, value in session.slots.items())}")
    titles = dict.fromkeys(one.title for _, after in asked if after for one in after.citations)
    if titles:
        lines.append(f"{words['sources']}: {'; '.join(titles)}")
    return "\n".join([*lines, f"{words['now']}: {_short(message)}"])


def _exchanges(turns: tuple[Turn, ...]) -> list[tuple[Turn, Turn | None]]:
    """Each of the person's messages with the reply to it."""
    return [
        (turn, next((after for after in turns[at + 1 : at + 2] if after.role != "user"), None))
        for at, turn in enumerate(turns)
        if turn.role == "user"
    ]


def _ended(after: Turn | None, unanswered: str) -> str:
    return f" ({unanswered})" if after and after.decision == "refused" else ""


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _CHARACTERS else f"{plain[: _CHARACTERS - 1]}…"
