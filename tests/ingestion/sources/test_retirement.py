from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import orjson

from ingestion.knowledge import KnowledgePublisher, OutgoingRecord, StoredRecord
from ingestion.sources.names import SourceNames
from ingestion.sources.retirement import retire

NAMES = SourceNames("default", "erp", 3)


class Topic:
    """`knowledge`, with something that may happen while it is being written to."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes | None]] = []
        self.meanwhile: list[tuple[str, bytes | None]] = []

    def put(self, key: str, generation: int | None, text: str = "x") -> None:
        self.records.append((key, self.value(generation, text)))

    @staticmethod
    def value(generation: int | None, text: str = "x") -> bytes | None:
        return None if generation is None else orjson.dumps({"generation": generation, "text": text})

    def read(self) -> Iterator[StoredRecord]:
        for offset, (key, value) in enumerate(list(self.records)):
            yield StoredRecord(key.encode(), value, 0, offset, 0)

    def publish(self, records: Sequence[OutgoingRecord]) -> None:
        self.records += self.meanwhile
        self.meanwhile = []
        for one in records:
            value = None if one.value is None else orjson.dumps(dict(one.value))
            self.records.append((f"{one.tenant}/{one.source}/{one.key}", value))

    def latest(self) -> dict[str, Any]:
        newest = dict(self.records)
        return {key: orjson.loads(value)["text"] for key, value in newest.items() if value is not None}


def run(topic: Topic, **options: Any) -> int:
    return retire(topic.read, cast("KnowledgePublisher", topic), NAMES, 3, **options)


def test_only_documents_of_older_generations_of_this_source_go() -> None:
    topic = Topic()
    topic.put("default/erp/product/1", 2)
    topic.put("default/erp/product/2", 2)
    topic.put("default/erp/product/2", 3)
    topic.put("default/erp/product/3", 2)
    topic.put("default/erp/product/3", None)
    topic.put("default/erp2/product/1", 1)
    topic.put("acme/erp/product/1", 1)
    assert run(topic) == 1
    assert set(topic.latest()) == {"default/erp/product/2", "default/erp2/product/1", "acme/erp/product/1"}


def test_documents_of_spared_kinds_stay() -> None:
    topic = Topic()
    topic.put("default/erp/product/1", 2)
    topic.put("default/erp/order/1", 2)
    assert run(topic, spared=["order"]) == 1
    assert set(topic.latest()) == {"default/erp/order/1"}


def test_what_the_source_makes_anew_meanwhile_is_not_lost() -> None:
    topic = Topic()
    topic.put("default/erp/product/1", 2, "old")
    topic.put("default/erp/product/2", 2, "old")
    topic.meanwhile = [("default/erp/product/1", Topic.value(3, "new"))]
    run(topic)
    assert topic.latest() == {"default/erp/product/1": "new"}


def test_records_that_cannot_be_read_count_as_old() -> None:
    topic = Topic()
    topic.records.append(("default/erp/product/1", b"{broken"))
    topic.records.append(("default/erp/", b"{}"))
    assert run(topic) == 1
