"""The text of an answer as it grows: whole characters only, no blanks before the first word, no endless repetition."""

from __future__ import annotations

_UNKNOWN = "\ufffd"
_CHECK_EVERY = 80
_TAIL = 1600
_NEEDLE = 16
_TIMES = 6
_SHORTEST_RUN = 240


class AnswerText:
    """Takes the engine's deltas and gives what may be shown.

    A delta may end in half a character: engines then send U+FFFD and mend it later, or split a surrogate pair.
    """

    def __init__(self) -> None:
        self._held = ""
        self._tail = ""
        self._unchecked = 0
        self.begun = False

    def feed(self, delta: str) -> str:
        """What may be shown now; "" while the delta is blank at the very beginning, or half a character."""
        text = self._held + delta
        if not text.isascii():
            text, self._held = _whole(text)
        else:
            self._held = ""
        if not self.begun:
            text = text.lstrip()
            self.begun = bool(text)
        self._tail += text
        self._unchecked += len(text)
        return text

    def repeats_itself(self) -> bool:
        """Whether the text ends in the same words over and over; looks only when enough was added since the last time.

        A run of at least 240 characters and six times the same: no ruler, table or list of a real answer is like that.
        """
        if self._unchecked < _CHECK_EVERY:
            return False
        self._unchecked = 0
        self._tail = self._tail[-_TAIL:]
        return is_endless(self._tail)


def is_endless(tail: str) -> bool:
    """Whether `tail` ends in at least six repetitions of something, over at least 240 characters."""
    needle = tail[-_NEEDLE:]
    before = tail.rfind(needle, 0, len(tail) - 1)
    if before < 0:
        return False
    period = len(tail) - _NEEDLE - before
    run = max(_SHORTEST_RUN, _TIMES * period)
    return len(tail) >= run and tail[-run:-period] == tail[-run + period :]


def _whole(text: str) -> tuple[str, str]:
    """`text` without half a character at its end, and that half."""
    cut = len(text.rstrip(_UNKNOWN))
    if cut < len(text):
        return _paired(text[:cut]), ""
    if "\ud800" <= text[-1] <= "\udbff":
        return _paired(text[:-1]), text[-1]
    return _paired(text), ""


def _paired(text: str) -> str:
    """Halves of surrogate pairs put together; a half without its other is left out."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return text
