"""`freshet verify`: the latest of `knowledge` against the ledger against Milvus, per source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from ingestion.knowledge import StoredRecord, parse_topic_key
from ingestion.model import document_id, version_of
from retrieval.errors import RejectedError
from retrieval.store import ChunkWriter

_ROWS = text("""
SELECT document_id, tenant, source, state, version, index_version, chunks FROM ledger WHERE index_name = :index
""")


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What was found of one source; all of `missing`, `stale` and `orphaned` are 0 when everything is as it must be.

    `documents` are in the topic and not deleted. `missing`: not (wholly) in the index. `stale`: an older version is
    shown. `orphaned`: shown or stored although the topic has deleted or never had it. `dead`: the newest change is a
    dead letter or was dropped by a cleaning rule.
    """

    tenant: str
    source: str
    documents: int
    missing: int
    stale: int
    orphaned: int
    dead: int

    @property
    def sound(self) -> bool:
        """Whether nothing is missing, stale or orphaned."""
        return not (self.missing or self.stale or self.orphaned)


@dataclass(frozen=True, slots=True)
class _Row:
    state: str
    version: int
    index_version: int
    chunks: int


def latest(records: Iterable[StoredRecord], epoch: int) -> dict[tuple[str, str], dict[str, tuple[int, bool]]]:
    """(tenant, source) → document id → (newest version, deleted) of all records with a readable key."""
    found: dict[tuple[str, str], dict[str, tuple[int, bool]]] = defaultdict(dict)
    for record in records:
        try:
            tenant, source, key = parse_topic_key(record.key)
        except RejectedError:
            continue
        found[tenant, source][document_id(tenant, source, key)] = (
            version_of(epoch, record.offset),
            record.value is None,
        )
    return dict(found)


def verify(
    records: Iterable[StoredRecord], epoch: int, connection: Connection, writer: ChunkWriter, index_name: str
) -> list[SourceReport]:
    """One report per source, by tenant and name. Reads everything; what changes meanwhile shows as stale."""
    topic = latest(records, epoch)
    ledger: dict[tuple[str, str], dict[str, _Row]] = defaultdict(dict)
    for row in connection.execute(_ROWS, {"index": index_name}):
        ledger[row.tenant, row.source][row.document_id] = _Row(row.state, row.version, row.index_version, row.chunks)
    reports = []
    for tenant, source in sorted({*topic, *ledger}):
        stored = writer.versions(tenant, source)
        reports.append(_report((tenant, source), topic.get((tenant, source), {}), ledger[tenant, source], stored))
    return reports


def _report(
    name: tuple[str, str],
    topic: Mapping[str, tuple[int, bool]],
    ledger: Mapping[str, _Row],
    stored: Mapping[str, Mapping[int, int]],
) -> SourceReport:
    missing = stale = orphaned = dead = documents = 0
    for identifier, (version, deleted) in topic.items():
        row = ledger.get(identifier)
        if deleted:
            continue
        documents += 1
        if row is None:
            missing += 1
        elif row.version < version:
            missing += row.index_version == 0
            stale += row.index_version > 0
        elif row.state in {"rejected", "dropped"}:
            dead += 1
        elif row.index_version == 0 or stored.get(identifier, {}).get(row.index_version, 0) != row.chunks:
            missing += 1
    for identifier in {*ledger, *stored}:
        wanted = identifier in topic and not topic[identifier][1]
        row = ledger.get(identifier)
        shown = row.index_version if row else 0
        kept = {version for version in stored.get(identifier, {}) if version != shown}
        if kept or (not wanted and (shown or stored.get(identifier))):
            orphaned += 1
    return SourceReport(name[0], name[1], documents, missing, stale, orphaned, dead)
