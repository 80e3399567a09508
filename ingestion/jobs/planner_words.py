"""What Flink's planner says, as sentences about the contract."""

from __future__ import annotations

import re
from typing import Any

from py4j.protocol import Py4JJavaError

from ingestion.sources.model import DocumentRule

_PLACE = re.compile(r"From line (\d+), column \d+ to line \d+, column \d+: |At line (\d+), column \d+: ")
_PARSED = re.compile(r"^(Encountered .*?|Incorrect syntax.*?|Non-query.*?) at line (\d+), column (\d+)", re.DOTALL)
_PLANNERS = frozenset(
    (
        "ValidationException",
        "TableException",
        "SqlParserException",
        "ParseException",
        "CalciteException",
        "CalciteContextException",
        "SqlValidatorException",
    )
)


def refused(rule: DocumentRule, error: Exception) -> str:
    """Why the planner refuses a document's query, with the line of the contract."""
    words = said(error)
    line = rule.lines.get("sql", 1)
    place, parsed = _PLACE.search(words), _PARSED.search(words)
    if place:
        line += int(place.group(1) or place.group(2)) - 1
        words = words[place.end() :]
    elif parsed:
        line += int(parsed.group(2)) - 1
        words = parsed.group(1) + " here, which is not SQL that Flink understands"
    return f"line {line}: document '{rule.kind}': {' '.join(words.split())}"


def said(error: Exception) -> str:
    """The message of the innermost cause that has one."""
    if not isinstance(error, Py4JJavaError):
        first = (str(error).splitlines() or [""])[0]
        return first.rpartition("Exception: ")[2]
    found = ""
    for cause in _causes(error):
        found = cause.getMessage() or found
    return str(found or error)


def is_planners(error: Exception) -> bool:
    """Whether the planner itself refuses, rather than the cluster."""
    if not isinstance(error, Py4JJavaError):
        return True
    return any(cause.getClass().getSimpleName() in _PLANNERS for cause in _causes(error))


def _causes(error: Py4JJavaError) -> list[Any]:
    causes, cause = [], error.java_exception
    while cause is not None:
        causes.append(cause)
        cause = cause.getCause()
    return causes
