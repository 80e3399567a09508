"""Messages that ask nothing: greetings, thanks, goodbyes, yes and no, and the wish to start over. Both languages."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Literal

import yaml

SmallTalk = Literal["greeting", "thanks", "goodbye", "about", "yes", "no"]


def _phrases() -> dict[SmallTalk, str]:
    """Kind → its phrases in both languages, joined by "or"."""
    read = yaml.safe_load(files("app.dialog").joinpath("small_talk.yaml").read_text("utf-8"))
    return {kind: "|".join([*phrases["en"], *phrases["zh"]]) for kind, phrases in read.items()}


_PHRASES = _phrases()
_FILLER = (
    r"[\s,.!?;:~，。！？；：、～…\-–—'\"“”‘’😀-🙏🌀-🗿❤️👍👋]"
    r"|\b(?:so much|very much|a lot|again|please|then|for (?:your|the) help|for (?:that|this))\b"
    r"|[啊呀呢吧哦啦哈嘛的了]|非常"
)
_WHOLE = {
    kind: re.compile(rf"(?:(?:{_FILLER})|(?:{phrases})(?![a-z]))+", re.IGNORECASE) for kind, phrases in _PHRASES.items()
}
_ANY = "|".join(_PHRASES.values())
_MIXED = re.compile(rf"(?:(?:{_FILLER})|(?:{_ANY})(?![a-z]))+", re.IGNORECASE)
_WORD = {kind: re.compile(rf"(?<![a-z])(?:{phrases})(?![a-z])", re.IGNORECASE) for kind, phrases in _PHRASES.items()}
_STRONGEST: tuple[SmallTalk, ...] = ("about", "goodbye", "thanks", "no", "yes", "greeting")

_START_OVER = re.compile(
    r"\A\W*(?:(?:please|ok|okay|let'?s|let us|can we|i want to|好的?|那|我们|请)\W*)*"
    r"(?:start(?:ing)? (?:over|again|afresh)|new (?:topic|question|conversation)|change (?:the )?(?:topic|subject)|"
    r"forget (?:all )?(?:that|it|this)|reset(?: the conversation)?|never ?mind(?: that)?|"
    r"重新开始|从头(?:开始|来)|换(?:个|一个)(?:话题|问题)|重来|清空对话)吧?"
    r"(?:\s*[,.!?;:，。！？；：]+\s*|\s*\Z)",
    re.IGNORECASE,
)


def small_talk(message: str) -> SmallTalk | None:
    """What a message is that asks nothing; None where there is anything else in it, or nothing to read."""
    text = message.strip()
    if not any(character.isalnum() for character in text) or _MIXED.fullmatch(text) is None:
        return None
    for kind, whole in _WHOLE.items():
        if whole.fullmatch(text) and _WORD[kind].search(text):
            return kind
    return next((kind for kind in _STRONGEST if _WORD[kind].search(text)), None)


def without_start_over(message: str) -> str | None:
    """What is left of a message that begins with the wish to start over; None where it does not."""
    match = _START_OVER.match(message)
    return message[match.end() :].strip() if match else None
