"""Writes that count only while nobody else has written: `If-Match` with the version that the writer saw."""

from __future__ import annotations

from collections.abc import Mapping

from app.refusals import ConflictError


def check_expected(headers: Mapping[str, str], standing: int, author: str = "") -> None:
    """Nothing without `If-Match`, or where it names the version that stands ("3"; 0 where there is none).

    Raises:
        ConflictError: another version stands.
    """
    given = headers.get("if-match", "*").strip().removeprefix("W/").strip('"')
    if given not in {"*", str(standing)}:
        by = f" by {author}" if author else ""
        raise ConflictError(f"it was changed{by} in the meantime: version {standing} stands now")
