"""The parts that settings ask for."""

from __future__ import annotations

from collections.abc import Callable

from app.local.part import Part
from app.settings import Settings, embedded_parts

FAMILIES = {"flink": ("jobmanager", "taskmanager")}


def infrastructure(settings: Settings, embedded: frozenset[str] | None = None) -> list[Part]:
    """Descriptions of the embedded parts, those left out whose address somebody gave."""
    from app.local.parts import connect, embeddings, flink, kafka, milvus, postgres, valkey

    wanted = embedded_parts() if embedded is None else embedded
    makers: dict[str, Callable[[], list[Part]]] = {
        "database_url": lambda: [postgres.describe(settings)],
        "redis_url": lambda: [valkey.describe(settings)],
        "kafka_bootstrap_servers": lambda: [kafka.describe(settings)],
        "milvus_uri": lambda: [milvus.describe(settings)],
        "flink_rest_url": lambda: flink.describe(settings),
        "embeddings_base_url": lambda: [embeddings.describe(settings)],
        "connect_url": lambda: [connect.describe(settings)],
    }
    return [part for setting, make in makers.items() if setting in wanted for part in make()]


def service_parts(settings: Settings) -> list[Part]:
    """Descriptions of Freshet's own processes, which always run here."""
    from app.local.parts import service

    return service.describe(settings)
