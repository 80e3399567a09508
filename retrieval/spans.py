"""Spans of OpenTelemetry's API: nothing, at the cost of microseconds, until the process says where traces go.

A span holds names and numbers, never the text of a question, and of an error its type alone: its message may quote one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode

_tracer = trace.get_tracer("freshet")


@contextmanager
def span(
    name: str, *, kind: SpanKind = SpanKind.INTERNAL, parent: Context | None = None, **facts: str | float
) -> Iterator[Span]:
    """A span around the block, below the current one or `parent`; each fact becomes an attribute `freshet.…`."""
    attributes = {f"freshet.{fact}": value for fact, value in facts.items()}
    with _tracer.start_as_current_span(
        name, parent, kind, attributes, record_exception=False, set_status_on_exception=False
    ) as made:
        try:
            yield made
        except Exception as error:
            made.set_attribute("error.type", type(error).__qualname__)
            made.set_status(StatusCode.ERROR)
            raise
