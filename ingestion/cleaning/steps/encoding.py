"""Step `encoding`: repair what a wrong encoding, a null byte or a lost character left behind."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import Field

from ingestion.cleaning.markdown import protected
from ingestion.cleaning.model import Draft, Verdict, kept, stopped
from ingestion.cleaning.options import Options
from ingestion.cleaning.steps.mojibake import repair

_LOST = "\ufffd"
_LOST_RUN = re.compile("\ufffd[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffd]*\ufffd")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_LOW_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_MARKUP = re.compile(r"[&<>|\n\f`]")


class EncodingOptions(Options):
    """Options of `encoding`."""

    mojibake: bool = Field(default=True, description="read again what was read in a wrong encoding")
    html_entities: bool = Field(default=False, description="turn &amp;eacute; into é, outside code")
    max_lost_share: float = Field(default=0.2, ge=0, le=1, description="reject when more of the text was lost (U+FFFD)")

    def build(self) -> EncodingStep:
        """The step with these options."""
        return EncodingStep(self.mojibake, self.html_entities, self.max_lost_share)


@dataclass(frozen=True, slots=True)
class EncodingStep:
    """Mojibake read again, control characters removed, runs of lost characters shortened to one."""

    name: ClassVar[str] = "encoding"
    mojibake: bool = True
    html_entities: bool = False
    max_lost_share: float = 0.2

    def apply(self, draft: Draft) -> Verdict:
        """The repaired draft; rejected where too much of it was lost before it came here."""
        lost = draft.text.count(_LOST)
        if lost and lost > self.max_lost_share * len(draft.text):
            share = lost / len(draft.text)
            return stopped("reject", draft, f"{share:.0%} of the text was lost in a wrong encoding before it came here")
        title, text = self._repaired(draft.title), self._repaired(draft.text)
        values = {key: self._repaired(value) for key, value in draft.metadata.items()}
        repaired = replace(draft, title=title, text=text, metadata=values)
        messages = [] if repaired == draft else ["wrong encoding or control characters repaired"]
        if lost:
            messages.append(f"{lost} characters were lost before the text came here (U+FFFD)")
        return kept(repaired, self.name, *messages)

    def _repaired(self, text: str) -> str:
        if text.isascii() and not self.html_entities and not _CONTROL.search(text):
            return text
        if self.mojibake:
            text = repair(_LOW_CONTROL.sub("", text))
        while _CONTROL.search(text):  # without them, what stood around them may be mojibake too
            text = _CONTROL.sub("", text)
            text = repair(text) if self.mojibake else text
        text = _LOST_RUN.sub(_LOST, text)
        return _without_entities(text) if self.html_entities and "&" in text else text


def _without_entities(text: str) -> str:
    """Entities outside code and addresses decoded, until none is left; those that would make markup stay."""
    for _ in range(5):
        done = _decode_once(text)
        if done == text:
            break
        text = done
    return text


def _decode_once(text: str) -> str:
    shield = protected(text)
    return _ENTITY.sub(lambda match: match[0] if shield.touch(*match.span()) else _character(match[0]), text)


def _character(entity: str) -> str:
    character = html.unescape(entity)
    if character == "&":
        return character
    return entity if _MARKUP.search(character) or _CONTROL.search(character) else character
