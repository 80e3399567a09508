"""Sweeping: what nobody is shown goes, whatever was interrupted; what is shown, or is being written, stays."""

from __future__ import annotations

import random
import time

import pytest
from sqlalchemy import Engine

from ingestion import sweeping
from ingestion.ledger import Ledger
from ingestion.sweeping import Sweeper, sweep
from retrieval.store import ChunkSet
from tests.ingestion.fakes import FakeWriter
from tests.ingestion.test_ledger import INDEX, applied, change

KEYS = [f"product/{number}" for number in range(8)]


class Story:
    """Random changes, some of them interrupted between the store and the ledger."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.ledger, self.writer = Ledger(engine, INDEX), FakeWriter()
        self.chance = random.Random(seed)
        self.version = 0

    def step(self) -> None:
        self.version += 1
        key = self.chance.choice(KEYS)
        one = change(self.version, key=key, deleted=self.chance.random() < 0.2)
        self.ledger.receive([one])
        if one.deleted:
            return self.ledger.end([one], "deleted")
        kind = self.chance.random()
        if kind < 0.1:
            return self.ledger.end([one], self.chance.choice(["dropped", "rejected"]))
        document = applied(one, f"Text {self.version}.")
        self.writer.replace([ChunkSet(document.document, (), None)])  # type: ignore[arg-type]
        if kind > 0.3:
            self.ledger.advance([document])
        return None

    def shown(self) -> dict[str, int]:
        standing = self.ledger.standing([change(1, key=key).document_id for key in KEYS])
        return {identifier: one.index_version for identifier, one in standing.items() if one.index_version}


@pytest.mark.parametrize("seed", range(4))
def test_only_what_is_shown_is_left_and_what_is_being_written(engine: Engine, seed: int) -> None:
    story = Story(engine, seed)
    for _ in range(120):
        story.step()
        if story.chance.random() < 0.2:
            sweep(story.ledger, story.writer)
    sweep(story.ledger, story.writer)
    shown = story.shown()
    for identifier, versions in story.writer.stored.items():
        kept = set(versions)
        assert shown.get(identifier, 0) in kept | {0}
        assert all(version >= shown.get(identifier, 0) for version in kept)
    assert story.ledger.unswept(100) == []


def test_an_interrupted_write_is_swept_once_the_next_one_is_shown(engine: Engine) -> None:
    ledger, writer = Ledger(engine, INDEX), FakeWriter()
    lost, next_one = applied(change(1)), applied(change(2), "New.")
    ledger.receive([change(1)])
    writer.replace([ChunkSet(lost.document, (), None)])  # type: ignore[arg-type]
    writer.replace([ChunkSet(next_one.document, (), None)])  # type: ignore[arg-type]
    ledger.advance([next_one])
    assert sweep(ledger, writer) == 1
    assert list(writer.stored[lost.document.id]) == [2]
    assert sweep(ledger, writer) == 0


def test_what_changes_while_it_is_swept_stays_unswept(engine: Engine) -> None:
    ledger = Ledger(engine, INDEX)
    ledger.advance([applied(change(1))])
    looked_at = ledger.unswept(10)
    ledger.advance([applied(change(2), "New.")])
    ledger.swept(looked_at)
    assert [one.oldest_kept for one in ledger.unswept(10)] == [2]


def test_the_sweeper_works_while_indexing_is_quiet_and_ends(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_LOOK_SECONDS", 0.01)
    ledger, writer = Ledger(engine, INDEX), FakeWriter()
    busy = [True]
    sweeper = Sweeper(ledger, writer, lambda: busy[0])
    ledger.advance([applied(change(1))])
    sweeper.start()
    sweeper.join(0.1)
    assert len(ledger.unswept(10)) == 1
    busy[0] = False
    end = time.monotonic() + 30
    while ledger.unswept(10):
        assert time.monotonic() < end
        sweeper.join(0.01)
    sweeper.stop()
    sweeper.join(30)
    assert not sweeper.is_alive()
