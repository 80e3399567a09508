"""Writes that count only while nobody else has written: `If-Match` with the version that the writer saw."""

from __future__ import annotations

from collections.abc import Mapping

from app.refusals import ConflictError
from retrieval.errors import RejectedError


def check_expected(headers: Mapping[str, str], standing: int, author: str = "") -> None:
    """Nothing without `If-Match`, or where it names the version that stands ("3"; 0 where there is none).

    Raises:
        ConflictError: another version stands.
    """
    given = headers.get("if-match", "*").strip().removeprefix("W/").strip('"')
    if given not in {"*", str(standing)}:
        by = f" by {author}" if author else ""
        raise ConflictError(f"it was changed{by} in the meantime: version {standing} stands now")


def expected_version(headers: Mapping[str, str]) -> int | None:
    """The version that `If-Match` names; None where it names none, or any will do.

    Raises:
        RejectedError: it is no number.
    """
    given = headers.get("if-match", "*").strip().removeprefix("W/").strip('"')
    if given == "*":
        return None
    if not given.isdecimal() or len(given) > 10:
        raise RejectedError(f"If-Match {given!r} is no version; it is a number such as 3")
    return int(given)
