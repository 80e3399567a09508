"""Documents that a source no longer makes are removed from `knowledge`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from ingestion.knowledge import KnowledgePublisher, OutgoingRecord, StoredRecord, parse_topic_key
from ingestion.sources.names import SourceNames
from retrieval.errors import RejectedError

_BATCH = 500
ReadTopic = Callable[[], Iterator[StoredRecord]]


def retire(
    read: ReadTopic, publisher: KnowledgePublisher, names: SourceNames, before: int, spared: Iterable[str] = ()
) -> int:
    """Remove the source's documents whose newest record is of a generation below `before`; how many there were.

    Documents of the kinds in `spared` stay. A document that the source made anew while this ran is put back.
    """
    newest = _newest(_of_source(read, names))
    doomed = {key for key, value in newest.items() if _is_older(value, before)}
    doomed = {key for key in doomed if key.partition("/")[0] not in set(spared)}
    ordered = sorted(doomed)
    for start in range(0, len(ordered), _BATCH):
        batch = ordered[start : start + _BATCH]
        publisher.publish([OutgoingRecord(names.tenant, names.source, key, None) for key in batch])
    if doomed:
        lost = _overwritten(_of_source(read, names), doomed, before)
        publisher.publish([OutgoingRecord(names.tenant, names.source, key, value) for key, value in lost.items()])
    return len(doomed)


def _newest(records: Iterable[tuple[str, bytes | None]]) -> dict[str, bytes]:
    """Key → newest value of each document that is there."""
    found: dict[str, bytes] = {}
    for key, value in records:
        if value is None:
            found.pop(key, None)
        else:
            found[key] = value
    return found


def _of_source(read: ReadTopic, names: SourceNames) -> Iterator[tuple[str, bytes | None]]:
    prefix = f"{names.tenant}/{names.source}/".encode()
    for record in read():
        if record.key is not None and record.key.startswith(prefix):
            try:
                _, _, key = parse_topic_key(record.key)
            except RejectedError:
                continue
            yield key, record.value


def _is_older(value: bytes, before: int) -> bool:
    return int(_read(value).get("generation") or 0) < before


def _read(value: bytes) -> dict[str, Any]:
    try:
        read = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}
    return read if isinstance(read, dict) else {}


def _overwritten(
    records: Iterable[tuple[str, bytes | None]], doomed: set[str], before: int
) -> dict[str, dict[str, Any]]:
    """What the source made anew of the doomed keys between their being read and their removal: that counts."""
    newest: dict[str, dict[str, Any]] = {}
    removed: set[str] = set()
    for key, value in records:
        if key not in doomed:
            continue
        if value is None:
            removed.add(key)
        elif not _is_older(value, before):
            removed.discard(key)
            newest[key] = _read(value)
    return {key: value for key, value in newest.items() if key in removed}
