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
        self.turns = Counter(
            "freshet_turns", "Turns of conversations", ("decision", "channel", "language"), registry=self._registry
        )
        self.turn_seconds = Histogram(
            "freshet_turn_seconds", "Time of a whole turn", ("decision",), buckets=_SECONDS, registry=self._registry
        )
        self.stage_seconds = Histogram(
            "freshet_turn_stage_seconds",
            "Time from the message to the end of a stage: search, confidence, answer",
            ("stage",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.first_token_seconds = Histogram(
            "freshet_first_token_seconds",
            "Time from the prompt to the model's first token",
            ("model",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.tokens = Counter(
            "freshet_tokens",
            "Tokens of language models: prompt, cached, completion",
            ("kind",),
            registry=self._registry,
        )
        self.handovers = Counter("freshet_handovers", "Hand-overs to a person", ("reason",), registry=self._registry)
        self.rules = Counter("freshet_rules_fired", "Rules that fitted", ("stage", "rule"), registry=self._registry)
        self.unsupported = Counter(
            "freshet_unsupported_claims", "Claims left out because no source supports them", registry=self._registry
        )
        self.fallbacks = Counter(
            "freshet_model_fallbacks",
            "Answers of another model because this one failed",
            ("model",),
            registry=self._registry,
        )

    def render(self) -> bytes:
        """Everything in the text format of Prometheus."""
        return generate_latest(self._registry)
