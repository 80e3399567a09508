"""How far a source is followed: lag, the first catching up, and the moment up to which the index shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

from ingestion.sources.flink_api import FlinkApi
from ingestion.sources.flink_sql import PHYSICAL
from ingestion.sources.model import Contract, DatabaseOrigin, TopicOrigin
from ingestion.sources.rows import SourceRow
from ingestion.sources.topics import Topics

Offsets = Mapping[tuple[str, int], int]
_MARKS = 20
_TABLE = re.compile(rf"{PHYSICAL}_(\d+)\b")
_CAPTURE_SECONDS = 1
"""What Debezium may need between a commit and its record: `as_of` stays behind by it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`ends` of the source's topics, and what of it the job has noted as `done`."""

    ends: Offsets
    done: Offsets

    @property
    def lag(self) -> int:
        """Records that the job has still to note as done."""
        return sum(max(0, end - self.done.get(partition, 0)) for partition, end in self.ends.items())


@dataclass(frozen=True, slots=True)
class KnowledgeProgress:
    """How long `knowledge` is, and how far the index has noted that it followed it."""

    ends: Offsets
    indexed: Offsets


@dataclass(frozen=True, slots=True)
class _Mark:
    """A moment, the source's offsets then, and `knowledge`'s once the source's had been passed."""

    moment: datetime
    source: Offsets
    knowledge: Offsets | None


class Gauge:
    """Measures one source."""

    def __init__(self, topics: Topics, flink: FlinkApi, knowledge: Callable[[], KnowledgeProgress]) -> None:
        self._topics = topics
        self._flink = flink
        self._knowledge = knowledge
        self._marks: list[_Mark] = []
        self._read: tuple[str, frozenset[int]] = ("", frozenset())

    def reset(self) -> None:
        """Forget the marks: another generation has begun."""
        self._marks = []

    def progress(self, row: SourceRow, contract: Contract) -> Progress:
        """Where the source's topics end, and how far its job is."""
        return Progress(self._topics.ends(self._read_topics(row, contract)), self._topics.committed(row.built.group))

    def targets(self, row: SourceRow, contract: Contract, progress: Progress) -> dict[str, int] | None:
        """The offsets that stand for everything there was at the beginning; None while the snapshot is being read."""
        if isinstance(contract.origin, DatabaseOrigin) and not self._snapshot_is_complete(row):
            return None
        if row.memory.kinds and not self._read_topics(row, contract):
            return None  # the job has only just begun, it is not known yet what it reads
        # The snapshot's last rows may have come since the ends were measured.
        ends = self._topics.ends(self._read_topics(row, contract)) or progress.ends
        return {f"{topic}/{number}": end for (topic, number), end in ends.items() if end}

    def _read_topics(self, row: SourceRow, contract: Contract) -> list[str]:
        """The topics that the job reads: not those of tables that no query names."""
        if isinstance(contract.origin, TopicOrigin):
            return [contract.origin.topic]
        if not isinstance(contract.origin, DatabaseOrigin):
            return [row.built.lines]
        numbers = self._read_tables(row.memory.job.id)
        return [
            row.built.table_topic(one["schema"], one["table"])
            for number, one in enumerate(row.memory.tables)
            if number in numbers
        ]

    def _read_tables(self, job_id: str) -> frozenset[int]:
        if self._read[0] != job_id:
            found = _TABLE.findall(" ".join(self._flink.task_names(job_id))) if job_id else []
            self._read = (job_id if found else "", frozenset(int(number) for number in found))
        return self._read[1]

    def _snapshot_is_complete(self, row: SourceRow) -> bool:
        for value in self._topics.read(row.built.notifications):
            told = orjson.loads(value)
            if told.get("aggregate_type") == "Initial Snapshot" and told.get("type") in {"COMPLETED", "SKIPPED"}:
                return True
        return False

    def followed_until(self, progress: Progress) -> datetime | None:
        """A moment up to which every change has passed the source's topics, `knowledge` and the index, if known."""
        knowledge = self._knowledge()
        if len(self._marks) < _MARKS:
            self._marks.append(_Mark(datetime.now(UTC), progress.ends, None))
        reached: datetime | None = None
        left = []
        for mark in self._marks:
            passed = mark.knowledge
            if passed is None and _has_passed(progress.done, mark.source):
                passed = knowledge.ends
            if passed is not None and _has_passed(knowledge.indexed, passed):
                reached = mark.moment - timedelta(seconds=_CAPTURE_SECONDS)
            else:
                left.append(_Mark(mark.moment, mark.source, passed))
        self._marks = left
        return reached


def reached(targets: Mapping[str, int], done: Offsets) -> bool:
    """Whether a group has noted everything up to the targets ("topic/partition" → offset)."""
    for name, end in targets.items():
        topic, _, number = name.rpartition("/")
        if done.get((topic, int(number)), 0) < end:
            return False
    return True


def _has_passed(done: Offsets, wanted: Offsets) -> bool:
    return all(done.get(partition, 0) >= end for partition, end in wanted.items() if end)
