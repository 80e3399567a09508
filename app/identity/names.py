"""Names of people as they are typed, brought into one form."""

from __future__ import annotations

import re
import unicodedata

from retrieval.errors import RejectedError

_USER = re.compile(r"[\w][\w.@+-]{0,99}")
_SPACE = re.compile(r"\s+")


def user_name(given: str) -> str:
    """The name of an account: letters, digits and `. _ @ + -`, in lower case.

    Raises:
        RejectedError: it is anything else, or longer than 100 characters.
    """
    name = unicodedata.normalize("NFKC", given).strip().lower()
    if not _USER.fullmatch(name):
        raise RejectedError("a user's name has 1 to 100 letters, digits, '.', '_', '@', '+' or '-'")
    return name


def one_line(given: str, what: str, limit: int = 200) -> str:
    """Text in one line, without control characters and such as turn the direction of writing.

    Raises:
        RejectedError: it is longer than `limit`.
    """
    visible = "".join(" " if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} else sign for sign in given)
    text = _SPACE.sub(" ", "".join(sign for sign in visible if sign not in _TURNS)).strip()
    if len(text) > limit:
        raise RejectedError(f"{what} may have at most {limit} characters")
    return text


_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
