"""What a submitted job must know: addresses, the index it writes, and how the cluster runs Python."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IndexingConfig:
    """Settings of one indexing job; they travel inside the job graph to the task managers."""

    bootstrap_servers: str
    database_url: str
    redis_url: str
    milvus_uri: str
    milvus_token: str
    embeddings_base_url: str
    embeddings_api_key: str
    embeddings_model: str
    embeddings_dimensions: int
    embeddings_document_prefix: str
    index_name: str
    epoch: int
    parallelism: int
    flink_host: str
    flink_rest_port: int
    jars: tuple[str, ...]
    python: str
    checkpoint_interval_milliseconds: int = 1000
    restore_from: str = ""

    def client_options(self) -> dict[str, str]:
        """Flink's own options for the submission."""
        options = {
            "execution.target": "remote",
            "rest.address": self.flink_host,
            "rest.port": str(self.flink_rest_port),
            "pipeline.jars": ";".join(f"file://{jar}" for jar in self.jars),
            "pipeline.name": job_name(self.index_name),
            "parallelism.default": "1",
            "python.executable": self.python,
            "python.client.executable": self.python,
            "python.fn-execution.bundle.time": "10",
            "python.fn-execution.bundle.size": "256",
            "python.operator-chaining.enabled": "true",
            "execution.checkpointing.interval": f"{self.checkpoint_interval_milliseconds}ms",
            "execution.checkpointing.timeout": "30min",
            "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
            "table.local-time-zone": "UTC",
        }
        if self.restore_from:
            options["execution.state-recovery.path"] = self.restore_from
            options["execution.state-recovery.ignore-unclaimed-state"] = "true"
        return options


def job_name(index_name: str) -> str:
    """What the indexing job of an index is called on the cluster: one job per index."""
    return f"freshet-index-{index_name}"
