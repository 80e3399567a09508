"""Patterns that a person may write: RE2 only, so that no pattern can take for ever on any text."""

from __future__ import annotations

from typing import Any

import re2

MAX_PATTERN_LENGTH = 1000


def compile_pattern(pattern: str) -> Any:
    """The RE2 pattern, matching in time proportional to the text.

    Raises:
        ValueError: it is too long, not RE2 (look-around, back-references), or fits the empty text.
    """
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise ValueError(f"pattern of {len(pattern)} characters: at most {MAX_PATTERN_LENGTH} are allowed")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"pattern {pattern!r} is not valid RE2 (no look-around or back-references): {said}") from error
    if compiled.search("") is not None:
        raise ValueError(f"pattern {pattern!r} fits the empty text, so it would fit everywhere")
    return compiled
