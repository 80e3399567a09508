"""How the parts are doing, asked of the parts themselves: true whether or not a runner is watching."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.local.part import Part
from app.local.parts import infrastructure, service_parts
from app.local.processes import family, find, memory_bytes, read_record
from app.settings import Settings, embedded_parts

PROBE_SECONDS = 10.0
SOURCES = """
SELECT s.tenant, s.name, s.desired, s.status, p.as_of
FROM sources s LEFT JOIN source_progress p ON p.tenant = s.tenant AND p.source = s.name ORDER BY 1, 2
"""
EXTERNAL = {
    "database_url": ("postgres",),
    "redis_url": ("valkey",),
    "kafka_bootstrap_servers": ("kafka",),
    "milvus_uri": ("milvus",),
    "flink_rest_url": ("jobmanager", "taskmanager"),
    "embeddings_base_url": ("embeddings",),
    "connect_url": ("connect",),
}


@dataclass(frozen=True)
class PartStatus:
    """One part: `state` is running, starting (has not answered yet), silent (answers no more), down or external."""

    name: str
    state: str
    address: str
    pid: int | None
    memory_bytes: int | None
    uptime_seconds: float | None
    restarts: int
    detail: str


async def part_statuses(settings: Settings) -> list[PartStatus]:
    """Every part of the product, in the order of starts; all are asked at once."""
    everything = infrastructure(settings, frozenset(EXTERNAL))
    external = {name for setting, names in EXTERNAL.items() if setting not in embedded_parts() for name in names}
    asked = [*everything, *service_parts(settings)]
    return list(await asyncio.gather(*(_status(part, settings, part.name in external) for part in asked)))


def part_memory(settings: Settings) -> dict[str, int]:
    """Bytes of memory of each part that runs on this machine; blocks for a moment."""
    found = {}
    for part in [*infrastructure(settings, frozenset(EXTERNAL)), *service_parts(settings)]:
        record = read_record(settings.freshet_home, part.name)
        if record is not None and find(record) is not None:
            found[part.name] = memory_bytes(family(record))
    return found


async def _status(part: Part, settings: Settings, external: bool) -> PartStatus:  # noqa: FBT001 - two kinds of part
    record = read_record(settings.freshet_home, part.name)
    leader = None if record is None or external else find(record)
    if leader is None and not external:
        return PartStatus(part.name, "down", part.address, None, None, None, 0, "")
    detail = await _silence(part)
    if external or record is None:
        state = "external" if not detail else "external, no answer"
        return PartStatus(part.name, state, _given_address(part, settings), None, None, None, 0, detail)
    memory = await asyncio.to_thread(lambda: memory_bytes(family(record)))
    return PartStatus(
        name=part.name,
        state="running" if not detail else "silent" if record.answered else "starting",
        address=part.address,
        pid=record.pid,
        memory_bytes=memory,
        uptime_seconds=round(time.time() - record.created, 1),
        restarts=record.restarts,
        detail=detail,
    )


async def _silence(part: Part) -> str:
    """Empty when the part answers; otherwise what came instead of an answer."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await part.ready()
    except TimeoutError:
        return "no answer"
    except Exception as error:  # noqa: BLE001 - a probe's client may raise whatever it likes: not ready
        return (str(error).splitlines() or [type(error).__name__])[0][:200]
    return ""


def _given_address(part: Part, settings: Settings) -> str:
    """The address somebody gave, without the secrets that may stand in it."""
    setting = next(setting for setting, names in EXTERNAL.items() if part.name in names)
    value = getattr(settings, setting)
    text = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
    return text.rsplit("@", 1)[-1]


async def source_lags(settings: Settings) -> list[dict[str, Any]] | None:
    """What the controller wrote about each source; None when the database cannot be asked."""
    import psycopg

    assert settings.database_url is not None
    try:
        async with await psycopg.AsyncConnection.connect(
            settings.database_url.get_secret_value(), connect_timeout=3
        ) as connection:
            rows = await (await connection.execute(SOURCES)).fetchall()
    except psycopg.Error:
        return None
    return [{"tenant": row[0], "source": row[1], "desired": row[2], "as_of": row[4], **(row[3] or {})} for row in rows]


def as_text(parts: Sequence[PartStatus], sources: Sequence[dict[str, Any]] | None) -> str:
    """The tables that `freshet status` prints."""
    rows = [f"{'part':<12} {'state':<10} {'address':<28} {'pid':>8} {'memory':>8} {'up':>9} {'restarts':>8}"]
    for part in parts:
        memory = f"{part.memory_bytes / 1e6:.0f} MB" if part.memory_bytes is not None else ""
        uptime = f"{part.uptime_seconds:.0f} s" if part.uptime_seconds is not None else ""
        pid = str(part.pid or "")
        rows.append(
            f"{part.name:<12} {part.state:<10} {part.address:<28} {pid:>8} {memory:>8} {uptime:>9} {part.restarts:>8}"
            + (f"  {part.detail}" if part.detail else "")
        )
    total = sum(part.memory_bytes or 0 for part in parts)
    rows.append(f"{'':<12} {'':<10} {'':<28} {'':>8} {total / 1e6:.0f} MB")
    if sources:
        rows += ["", f"{'source':<24} {'state':<12} {'lag':>10} {'as of':<28}"]
        for source in sources:
            lag = f"{source['lag']}" if source.get("lag") is not None else ""
            state, as_of = source.get("state", "declared"), source.get("as_of") or ""
            rows.append(f"{source['source']:<24} {state:<12} {lag:>10} {as_of:<28}")
    return "\n".join(rows) + "\n"
