"""JSON as Markdown: rows of the same fields as a table, nested objects as lists."""

from __future__ import annotations

import json
from typing import Any

from ingestion.parsing.encoding import decode
from ingestion.parsing.markdown import Blocks, one_line
from ingestion.parsing.model import Draft, Source
from retrieval.errors import RejectedError

_DEPTH = 60
_MAX_TABLE_COLUMNS = 40
_LONG = 300


def parse_json(source: Source) -> Draft:
    """One JSON value, or one on each line.

    Raises:
        RejectedError: it is not JSON; the sentence says where.
    """
    text = decode(source.path.read_bytes()).strip()
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise RejectedError(f"{source.filename} is nested too deep") from error
    except ValueError as error:
        value = _lines(source, text, error)
    blocks = Blocks()
    _write(blocks, value, 0, source)
    title = value.get("title") or value.get("name") if isinstance(value, dict) else ""
    return Draft(title if isinstance(title, str) else "", (blocks.text(),), "application/json")


def _lines(source: Source, text: str, cause: ValueError) -> list[Any]:
    values = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                values.append(json.loads(line))
            except ValueError as error:
                where = f"line {getattr(cause, 'lineno', 1)}" if number == 1 else f"line {number}"
                raise RejectedError(f"{source.filename} is not valid JSON ({where})") from error
    return values


def write_value(blocks: Blocks, value: Any, source: Source) -> None:
    """Any value of JSON as Markdown."""
    _write(blocks, value, 0, source)


def _write(blocks: Blocks, value: Any, level: int, source: Source) -> None:
    if level > _DEPTH:
        raise RejectedError(f"{source.filename} is nested too deep")
    if isinstance(value, dict):
        for name, inner in value.items():
            _field(blocks, name, inner, level, source)
    elif isinstance(value, list):
        columns = _columns(value)
        if columns and level == 0:
            source.check_cells(len(columns) * len(value), "the list")
            rows = [[_plain(row.get(name)) for name in columns] for row in value]
            blocks.table([columns, *rows])
            return
        for inner in value:
            if isinstance(inner, dict | list):
                _group(blocks, inner, level, source)
            else:
                blocks.item(level, "-", _plain(inner))
    else:
        blocks.paragraph(_plain(value))


def _field(blocks: Blocks, name: str, value: Any, level: int, source: Source) -> None:
    columns = _columns(value) if isinstance(value, list) else []
    if columns and level == 0:
        blocks.heading(2, name)
        _write(blocks, value, 0, source)
    elif isinstance(value, dict | list) and value:
        blocks.item(level, "-", f"{name}:")
        _write(blocks, value, level + 1, source)
    else:
        blocks.item(level, "-", f"{name}: {_plain(value)}")


def _group(blocks: Blocks, value: Any, level: int, source: Source) -> None:
    """An object inside a list: its first plain field opens it, the rest stands below."""
    if isinstance(value, dict) and value:
        (name, first), *rest = value.items()
        if not isinstance(first, dict | list):
            blocks.item(level, "-", f"{name}: {_plain(first)}")
            _write(blocks, dict(rest), level + 1, source)
            return
    _write(blocks, value, level + 1, source)


def _columns(rows: list[Any]) -> list[str]:
    """Fields of flat objects that are alike enough for a table; none otherwise."""
    if len(rows) < 2 or not all(isinstance(row, dict) and row for row in rows):
        return []
    names = list(dict.fromkeys(name for row in rows for name in row))
    filled = sum(len(row) for row in rows)
    flat = all(
        not isinstance(value, dict | list) and len(str(value)) <= _LONG for row in rows for value in row.values()
    )
    return names if flat and len(names) <= _MAX_TABLE_COLUMNS and filled >= 0.5 * len(names) * len(rows) else []


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else one_line(json.dumps(value, ensure_ascii=False))
