"""Traces by OTLP over HTTP to where `OTEL_EXPORTER_OTLP_ENDPOINT` says; the only importer of OpenTelemetry's SDK.

Everything else asks OpenTelemetry's API for spans; they are nothing until `start_tracing` was called with an address.
Spans leave from a thread of their own, out of a queue that drops when it is full: whether a collector answers or not,
no request waits for it or fails.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import MutableMapping
from typing import Any

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.trace import TracerProvider

from app.health import product_version

_EXPORT_SECONDS = 5.0
_FLUSH_SECONDS = 2.0
_COMPLAIN_SECONDS = 60.0
_UNTRACED = frozenset({"/healthz", "/metrics"})


def start_tracing(endpoint: str | None, service: str) -> TracerProvider | None:
    """Send the spans of this process to `endpoint` from now on, as `service`; what makes them.

    None, and nothing is loaded, when there is no endpoint. A process that already has a provider of the SDK keeps it.
    Headers, certificates and sampling are the SDK's own settings (`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`).
    """
    if not endpoint:
        return None
    from opentelemetry.exporter.otlp.proto.http import trace_exporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider as Provider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    present = trace.get_tracer_provider()
    if isinstance(present, Provider):
        return present
    resource = Resource.create({"service.name": service, "service.version": product_version()})
    provider = Provider(resource=resource, shutdown_on_exit=False)
    address = f"{endpoint.rstrip('/')}/v1/traces"
    exporter = trace_exporter.OTLPSpanExporter(endpoint=address, timeout=_EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    logging.getLogger(trace_exporter.__name__).addFilter(_Seldom())
    trace.set_tracer_provider(provider)
    return provider


def flush_traces(seconds: float = _FLUSH_SECONDS) -> None:
    """Send the spans that still wait, before a process ends; blocks for at most `seconds`."""
    flush = getattr(trace.get_tracer_provider(), "force_flush", None)
    if flush is None:
        return
    flushing = threading.Thread(target=flush, name="flush-traces", daemon=True)
    flushing.start()
    flushing.join(seconds)


def request_spans(provider: TracerProvider | None) -> TelemetryConfig:
    """FastAPI's own telemetry: one span a request, named by method and route, and nothing else; none without provider.

    It continues the trace of a `traceparent` header (W3C Trace Context).
    """
    return {
        "tracing": provider is not None,
        "tracer_provider": provider,
        "operation_spans": False,
        "metrics": False,
        "logs": False,
        "auto_configure": False,
        "exclude": _is_untraced,
    }


def _is_untraced(scope: MutableMapping[str, Any]) -> bool:
    return scope["type"] == "http" and scope["path"] in _UNTRACED


class _Seldom(logging.Filter):
    """One line a minute about a collector that does not answer; the first says why."""

    def __init__(self) -> None:
        super().__init__()
        self._next = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the last line is long enough ago."""
        if record.created < self._next:
            return False
        self._next = record.created + _COMPLAIN_SECONDS
        return True
