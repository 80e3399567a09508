"""A collector of traces for tests: OTLP over HTTP (opentelemetry.io/docs/specs/otlp), kept instead of passed on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage


@dataclass(frozen=True, slots=True)
class Received:
    """A span as it came over the wire; `attributes` by name, `kind` and `status` as their names there."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: str
    status: int
    attributes: dict[str, str | int | float | bool]


@dataclass
class Collector:
    """What arrived at `url`: the spans, and the bodies as they were."""

    url: str
    spans: list[Received] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)

    def of_request(self, request_id: str) -> list[Received]:
        """Every span of the trace in which a span has this request id, in the order in which they ended."""
        traces = {one.trace_id for one in self.spans if one.attributes.get("freshet.request_id") == request_id}
        return [one for one in self.spans if one.trace_id in traces]

    def take(self, path: str, body: bytes) -> None:
        """Keep what a request holds."""
        request = ExportTraceServiceRequest.FromString(body)
        self.paths.add(path)
        self.bodies.append(body)
        for resource in request.resource_spans:
            of_resource = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [_received(of_resource["service.name"], span) for span in scope.spans]


def _received(service: str, span: SpanMessage) -> Received:
    return Received(
        service=service,
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        kind=SpanMessage.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        status=span.status.code,
        attributes={one.key: getattr(one.value, one.value.WhichOneof("value") or "") for one in span.attributes},
    )


@contextmanager
def running_collector(hangs: threading.Event | None = None) -> Iterator[Collector]:
    """A collector on a free port; while `hangs` is given and not set, it takes requests and does not answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            if hangs is not None:
                hangs.wait()
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
            """Standard output belongs to the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield collector
    finally:
        if hangs is not None:
            hangs.set()
        server.shutdown()
        server.server_close()
