"""How many tokens a text is, without the model's own tokenizer: an estimate that is rather too high than too low."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORDS = re.compile(r"[^\W\d_\u2e80-\U0003ffff]+")
_SPACES = re.compile(r"[ \t\r\f\v]+")
_BEYOND_BMP = re.compile(r"[\U00010000-\U0010ffff]")
_LETTERS_PER_TOKEN = 5
_SPACES_PER_TOKEN = 4
_MESSAGE_TOKENS = 6


def estimate_tokens(text: str) -> int:
    """Tokens of `text`; 0 for "". A word is one per five letters begun; each digit, mark and ideograph is one."""
    words = [len(word) for word in _WORDS.findall(text)]
    spaces = [len(run) for run in _SPACES.findall(text)]
    single = len(text) - sum(words) - sum(spaces)
    in_words = sum(-(-letters // _LETTERS_PER_TOKEN) for letters in words)
    in_spaces = sum(count // _SPACES_PER_TOKEN for count in spaces)
    return in_words + in_spaces + single + len(_BEYOND_BMP.findall(text))


def estimate_message_tokens(texts: Iterable[str]) -> int:
    """Tokens of messages with these texts, with what a chat template puts around each."""
    return sum(estimate_tokens(text) + _MESSAGE_TOKENS for text in texts)
