"""How many tokens a text is, without the model's own tokenizer: an estimate that is rather too high than too low."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PIECES = re.compile(r"(?P<latin>[^\W\d_\u2e80-\U0003ffff]+)|(?P<spaces>[ \t\r\f\v]+)|(?P<single>.)", re.DOTALL)
_LETTERS_PER_TOKEN = 5
_MESSAGE_TOKENS = 6


def estimate_tokens(text: str) -> int:
    """Tokens of `text`; 0 for "". A word is one per five letters begun; each digit, mark and ideograph is one."""
    total = 0
    for match in _PIECES.finditer(text):
        if match.lastgroup == "latin":
            total += -(-len(match[0]) // _LETTERS_PER_TOKEN)
        elif match.lastgroup == "single":
            total += 1 if match[0] < "\U00010000" else 2
        else:
            total += len(match[0]) // 4
    return total


def estimate_message_tokens(texts: Iterable[str]) -> int:
    """Tokens of messages with these texts, with what a chat template puts around each."""
    return sum(estimate_tokens(text) + _MESSAGE_TOKENS for text in texts)
