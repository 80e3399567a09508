"""One log line, read as its contract says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import re2

from ingestion.sources.model import LineFormat

MAX_LINE_BYTES = 1_048_576
CUT_MARK = " … [cut: the line is longer than 1 MB]"


class LineReader:
    """Gives the fields of a line; a line that does not fit its format has none."""

    def __init__(self, form: LineFormat) -> None:
        self._kind = form.kind
        self._pattern = re2.compile(form.pattern) if form.kind == "regex" else None

    def fields(self, line: str) -> Mapping[str, Any] | None:
        """The fields by name; None where the line is not JSON, or the pattern does not match."""
        if self._kind == "json":
            try:
                read = orjson.loads(line)
            except orjson.JSONDecodeError:
                return None
            return read if isinstance(read, dict) else None
        if self._pattern is not None:
            found = self._pattern.search(line)
            return found.groupdict() if found else None
        return {}


def decode(raw: bytes) -> str:
    """A line's text without its end. What is not UTF-8, and NUL, becomes U+FFFD; over 1 MB it is cut, and says so."""
    raw = raw.rstrip(b"\r\n")
    if len(raw) <= MAX_LINE_BYTES:
        return raw.decode("utf-8", "replace").replace("\0", "\ufffd")
    return raw[:MAX_LINE_BYTES].decode("utf-8", "ignore").replace("\0", "\ufffd") + CUT_MARK


def record(line: str, file: str, offset: int, at_milliseconds: int, fields: Mapping[str, Any] | None) -> bytes:
    """A line as it stands in the topic `logs.<source>`."""
    values: dict[str, Any] = {"line": line, "file": file, "offset": offset, "at": at_milliseconds}
    if fields is not None:
        values["fields"] = fields
    return orjson.dumps(values)
