"""Messages that ask nothing: greetings, thanks, goodbyes, yes and no, and the wish to start over. Both languages."""

from __future__ import annotations

import re
from typing import Literal

SmallTalk = Literal["greeting", "thanks", "goodbye", "about", "yes", "no"]

_PHRASES: dict[SmallTalk, str] = {
    "greeting": (
        "hi|hello|hey|hey there|hi there|hello there|good (?:morning|afternoon|evening|day)|greetings|how are you(?: today)?|"
        "您好|你好|哈喽|嗨|早上好|上午好|中午好|下午好|晚上好|在吗|在不在|有人吗"
    ),
    "thanks": (
        "thanks|thank you|thx|ty|cheers|much appreciated|thanks a lot|thank you (?:so|very) much|many thanks|great|perfect|"
        "awesome|that helps|that's all|that is all|got it|i see|understood|appreciate it|"
        "谢谢|谢谢你|谢谢您|多谢|感谢|太感谢了|非常感谢|辛苦了|麻烦你了|麻烦您了|明白了|知道了|了解了|懂了|太好了|"
        "没有了|没有问题了|没别的了|不用了"
    ),
    "goodbye": "bye|goodbye|bye bye|see you|have a (?:nice|good|great) (?:day|evening|one|weekend)|再见|拜拜|回头见|先这样",
    "about": (
        "who are you|what are you|are you (?:a )?(?:bot|robot|human|real|ai)|what can you do|what can i ask(?: you)?|help|"
        "你是谁|您是谁|你是机器人吗|你是人吗|你是真人吗|你能做什么|你会什么|你能干什么|我能问什么|帮助"
    ),
    "yes": (
        "yes|yes please|yeah|yep|sure|ok|okay|please do|go ahead|of course|"
        "好|好的|好吧|好啊|可以|行|是|是的|对|对的|嗯|嗯嗯|要|需要|麻烦了|请转"
    ),
    "no": "no|no thanks|no thank you|nope|not now|不|不用|不要|不需要|不是|算了",
}
_FILLER = (
    r"[\s,.!?;:~，。！？；：、～…\-–—'\"“”‘’😀-🙏🌀-🗿❤️👍👋]|\b(?:so much|very much|a lot|again|please|then|for (?:your|the) help|"
    r"for (?:that|this))\b|[啊呀呢吧哦啦哈嘛的了]|非常"
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
