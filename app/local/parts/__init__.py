"""The parts that settings ask for."""

from __future__ import annotations

from app.local.part import Part
from app.settings import Settings, embedded_parts

FAMILIES = {"flink": ("jobmanager", "taskmanager")}


def infrastructure(settings: Settings, embedded: frozenset[str] | None = None) -> list[Part]:
    """Descriptions of the embedded parts, those left out whose address somebody gave."""
    from app.local.parts import connect, flink, kafka, milvus, postgres, valkey

    wanted = embedded_parts() if embedded is None else embedded
    makers = {
        "database_url": lambda: [postgres.describe(settings)],
        "redis_url": lambda: [valkey.describe(settings)],
        "kafka_bootstrap_servers": lambda: [kafka.describe(settings)],
        "connect_url": lambda: [connect.describe(settings)],
        "flink_rest_url": lambda: flink.describe(settings),
        "milvus_uri": lambda: [milvus.describe(settings)],
    }
    return [part for setting, make in makers.items() if setting in wanted for part in make()]
