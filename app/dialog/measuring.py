"""What Prometheus is told about a turn."""

from __future__ import annotations

from app.dialog.model import Heard, Reply
from app.metrics import Metrics

_STAGES = ("search", "confidence", "answer")
_TOKENS = {"prompt": "prompt_tokens", "cached": "cached_tokens", "completion": "completion_tokens"}
_CHANNELS = frozenset({"", "widget", "ask", "cli", "openai", "api", "portal"})


def observe(metrics: Metrics, heard: Heard, reply: Reply, seconds: float) -> None:
    """Count a turn that has ended after `seconds`."""
    details = reply.details
    channel = heard.channel if heard.channel in _CHANNELS else "other"
    metrics.turns.labels(reply.decision, channel, heard.language).inc()
    metrics.turn_seconds.labels(reply.decision).observe(seconds)
    for stage in _STAGES:
        if (took := details.get(f"{stage}_seconds")) is not None:
            metrics.stage_seconds.labels(stage).observe(took)
    if model := details.get("model"):
        metrics.first_token_seconds.labels(model).observe(details["first_token_seconds"])
        for kind, name in _TOKENS.items():
            metrics.tokens.labels(kind).inc(details[name])
        metrics.unsupported.inc(len(details["unsupported"]))
    if instead_of := details.get("instead_of"):
        metrics.fallbacks.labels(instead_of).inc()
    if reply.hand_over:
        metrics.handovers.labels("rule" if reply.rule else reply.reason).inc()
    for fired in heard.verdict.fired:
        metrics.rules.labels("before", f"{fired.ruleset} {fired.rule}").inc()
    if reply.rule and heard.verdict.ending is None and not heard.verdict.of("require"):
        metrics.rules.labels("after", reply.rule).inc()
