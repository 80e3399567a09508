"""Tables of HTML (and XML that borrowed them) as rows of cells; a cell that spans is repeated in each place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ingestion.parsing.model import Limits, Source
from retrieval.errors import RejectedError

_MAX_SPAN = 1000


def spread(table: Any, text_of: Callable[[Any], str], source: Source | None) -> list[list[str]]:
    """The rows of `table`, `text_of` each of its own cells (not those of a table inside it).

    Raises:
        RejectedError: wider or larger than the limits.
    """
    limits = source.limits if source else Limits()
    name = source.filename if source else "the document"
    rows: list[list[str]] = []
    open_spans: dict[int, tuple[int, str]] = {}
    cells = 0
    for row in _own_rows(table):
        line: list[str] = []
        for found in row:
            if _local(found) not in {"td", "th"}:
                continue
            _carry(line, open_spans)
            text = text_of(found)
            width, height = _span(found.get("colspan")), _span(found.get("rowspan"))
            for _ in range(width):
                if height > 1:
                    open_spans[len(line)] = (height - 1, text)
                line.append(text)
        _carry(line, open_spans)
        rows.append(line)
        cells += len(line)
        if len(line) > limits.columns or cells > limits.cells:
            raise RejectedError(f"{name}: a table is larger than {limits.columns:,} columns or {limits.cells:,} cells")
    return [row for row in rows if row]


def _carry(line: list[str], open_spans: dict[int, tuple[int, str]]) -> None:
    """Put what spans down from above into the next places of the row."""
    while len(line) in open_spans:
        left, text = open_spans.pop(len(line))
        if left > 1:
            open_spans[len(line)] = (left - 1, text)
        line.append(text)


def _own_rows(table: Any) -> list[Any]:
    rows = []
    for inner in table:
        name = _local(inner)
        if name == "tr":
            rows.append(inner)
        elif name in {"thead", "tbody", "tfoot"}:
            rows += [row for row in inner if _local(row) == "tr"]
    return rows


def _span(text: str | None) -> int:
    return min(max(int(text), 1), _MAX_SPAN) if text and text.strip().isdigit() else 1


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""
