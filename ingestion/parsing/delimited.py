"""CSV and its relatives: the separator is found, not asked for; rows may be ragged, quoted over lines, or faulty."""

from __future__ import annotations

import csv
import io
from collections import Counter

from ingestion.parsing.encoding import decode
from ingestion.parsing.markdown import table
from ingestion.parsing.model import Draft, Source
from retrieval.errors import RejectedError

_SEPARATORS = ",;\t|:~^#@!%&*/ \x1f\x01"
_SAMPLE_LINES = 60
_FIELD_LIMIT = 4_000_000


def parse_delimited(source: Source) -> Draft:
    """One table; a file without any separator is a table of one column."""
    text = decode(source.path.read_bytes()).replace("\0", "")
    separator, text = separator_of(text)
    csv.field_size_limit(_FIELD_LIMIT)
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator != " "):
            if any(value.strip() for value in row):
                rows.append(row)
                cells += len(row)
                source.check_columns(len(row), "a row")
                source.check_cells(cells, "the table")
    except csv.Error as error:
        raise source.broken("CSV file") from error
    if not rows:
        raise RejectedError(f"{source.filename} has no text")
    widths = {len(row) for row in rows}
    warnings = () if len(widths) == 1 else (f"rows differ in length: {min(widths)} to {max(widths)} cells",)
    media_type = "text/tab-separated-values" if separator == "\t" else "text/csv"
    return Draft("", (table(rows),), media_type, warnings=warnings)


def separator_of(text: str) -> tuple[str, str]:
    """The separator and the text to read: Excel's `sep=;` line is obeyed and left out."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip("\r")) == 5:
        return first[4], rest
    sample = "\n".join(text.split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES])
    scored = [(_score(sample, sign), -number, sign) for number, sign in enumerate(_SEPARATORS) if sign in sample]
    best = max(scored, default=(0.0, 0, ","))
    return (best[2] if best[0] > 0 else ","), text


def _score(sample: str, separator: str) -> float:
    """How well `separator` explains the sample: rows of one same width, wider is better, odd signs count less."""
    try:
        widths = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator) if any(row)]
    except csv.Error:
        return 0.0
    if not widths:
        return 0.0
    width, count = Counter(widths).most_common(1)[0]
    if width < 2:
        return 0.0
    share = count / len(widths)
    trust = 1.0 if separator in ",;\t|\x1f\x01" else 0.6 if separator in ":~^#@" else 0.3
    return share * share * trust * (1 + min(width, 20) / 20)
