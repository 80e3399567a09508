"""Every metric of the service, in one typed place."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters and histograms of one process; `render` gives the text that Prometheus reads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "freshet_http_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self.request_seconds = Histogram(
            "freshet_http_request_seconds",
            "Time until the response began",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.search_seconds = Histogram(
            "freshet_search_seconds", "Time of a search", buckets=_SECONDS, registry=self._registry
        )
        self.search_passages = Histogram(
            "freshet_search_passages", "Passages found", buckets=(0, 1, 2, 5, 10, 20, 50), registry=self._registry
        )
        self.uploads = Counter("freshet_uploads", "Files accepted", ("outcome",), registry=self._registry)
        self.records = Counter("freshet_records", "Records published", ("kind",), registry=self._registry)

    def render(self) -> bytes:
        """Everything in the text format of Prometheus."""
        return generate_latest(self._registry)
