"""Cursors of lists: opaque to clients, the sort key of the last row to us."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import Query

from retrieval.errors import RejectedError

Cursor = Annotated[str | None, Query(max_length=2000, description="`next_cursor` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]


def cursor_of(sort_key: Sequence[str | int]) -> str:
    """The cursor that continues after the row with `sort_key`."""
    return base64.urlsafe_b64encode(orjson.dumps(sort_key)).decode().rstrip("=")


def read_cursor(cursor: str | None, length: int) -> list[str] | None:
    """The sort key in `cursor`, each part as text; None without a cursor.

    Raises:
        RejectedError: it is not one of ours.
    """
    if cursor is None:
        return None
    try:
        found = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        found = None
    if not isinstance(found, list) or len(found) != length or not all(isinstance(part, str | int) for part in found):
        raise RejectedError("the cursor is not one that this list gave out")
    return [str(part).replace("\0", "") for part in found]
