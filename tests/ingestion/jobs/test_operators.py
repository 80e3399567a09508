"""What the indexing job does with a batch that a service, or a record, does not let through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ingestion.jobs import operators
from ingestion.jobs.operators import ApplyInBatches, Pipeline, apply_batch
from ingestion.knowledge import PING, StoredRecord
from retrieval.errors import RejectedError, RetryLaterError, UnavailableError


def record(offset: int) -> StoredRecord:
    return StoredRecord(b"default/erp/p", b"{}", 0, offset, 0)


class Recorder:
    """A pipeline that notes what it is given; the records at `poison` make it fail, `troubles` are raised first."""

    def __init__(self, poison: Sequence[int] = (), troubles: Sequence[Exception] = ()) -> None:
        self.poison = set(poison)
        self.troubles = list(troubles)
        self.applied: list[int] = []
        self.aside: list[tuple[int, str]] = []

    def pipeline(self) -> Pipeline:
        return Pipeline(self.apply, lambda one, error: self.aside.append((one.offset, str(error))), self.closed)

    def closed(self) -> None:
        """Nothing to end."""

    def apply(self, records: Sequence[StoredRecord]) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        bad = [one.offset for one in records if one.offset in self.poison]
        if bad:
            raise RejectedError(f"{bad[0]} is bad")
        self.applied += [one.offset for one in records]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operators, "_LONGEST_PAUSE_SECONDS", 0.001)


def test_a_record_that_cannot_be_applied_is_put_aside_and_the_others_keep_their_order() -> None:
    seen = Recorder(poison=[2, 4])
    apply_batch(seen.pipeline(), [record(offset) for offset in range(6)])
    assert seen.applied == [0, 1, 3, 5]
    assert seen.aside == [(2, "2 is bad"), (4, "4 is bad")]


@pytest.mark.parametrize("trouble", [UnavailableError("Milvus"), RetryLaterError("too much to do", 0.001)])
def test_a_service_that_is_down_or_busy_is_waited_for_and_blames_no_record(trouble: Exception) -> None:
    seen = Recorder(troubles=[trouble] * 3)
    apply_batch(seen.pipeline(), [record(0), record(1)])
    assert (seen.applied, seen.aside) == ([0, 1], [])


def test_what_cannot_even_be_put_aside_fails_the_task() -> None:
    def fail(_: object, error: Exception) -> None:
        raise error

    with pytest.raises(RejectedError, match="0 is bad"):
        apply_batch(replace(Recorder(poison=[0]).pipeline(), quarantine=fail), [record(0)])


async def test_a_ping_is_answered_and_applied_to_nothing() -> None:
    recorder = Recorder()
    operator = ApplyInBatches(None, lambda _: recorder.pipeline())  # type: ignore[arg-type]  # nothing is connected
    operator.open(None)
    assert await operator.async_invoke((PING, None, 0, 1, 0)) == [1]
    assert await operator.async_invoke((b"default/erp/p", b"{}", 0, 2, 0)) == [1]
    assert recorder.applied == [2]
    assert recorder.aside == []
