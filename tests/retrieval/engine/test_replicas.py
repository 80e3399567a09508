from __future__ import annotations

import pytest

from retrieval.engine.failures import LostError
from retrieval.engine.replicas import Replica, Replicas
from retrieval.errors import RejectedError, RetryLaterError, UnavailableError

BROKEN = LostError(UnavailableError("language model"), at_fault=True)
BUSY = LostError(RetryLaterError("later"), at_fault=False)


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


def failing(replicas: Replicas, replica: Replica, error: Exception = BROKEN) -> None:
    with pytest.raises(type(error)), replicas.working(replica):
        raise error


def test_the_least_loaded_is_asked_and_the_one_tried_before_last() -> None:
    replicas = Replicas(("a", "b", "c"), Clock())
    first = replicas.choose()
    with replicas.working(first):
        second = replicas.choose()
        assert second.url != first.url
        with replicas.working(second):
            third = replicas.choose()
            assert {first.url, second.url, third.url} == {"a", "b", "c"}
            assert replicas.choose((third.url,)).url != third.url


def test_after_three_failures_a_replica_rests_then_gets_one_trial_and_rests_longer() -> None:
    clock = Clock()
    replicas = Replicas(("a",), clock)
    replica = replicas.choose()
    for _ in range(3):
        failing(replicas, replica)
    with pytest.raises(UnavailableError, match="a moment ago"):
        replicas.choose()
    clock.now += 2.1
    trial = replicas.working(replicas.choose())
    trial.__enter__()
    with pytest.raises(UnavailableError):
        replicas.choose()
    assert not trial.__exit__(LostError, BROKEN, None)
    clock.now += 2.1
    with pytest.raises(UnavailableError):
        replicas.choose()
    clock.now += 2.1
    with replicas.working(replicas.choose()):
        replicas.answered(replica)
        assert replicas.choose() is replica, "once it answers, others may come at once"


@pytest.mark.parametrize("error", [BUSY, RejectedError("too long")])
def test_to_be_busy_or_to_refuse_is_no_fault(error: Exception) -> None:
    replicas = Replicas(("a",), Clock())
    for _ in range(5):
        failing(replicas, replicas.choose(), error)
    assert replicas.choose().failures == 0


def test_who_leaves_in_the_middle_leaves_no_load_behind() -> None:
    replicas = Replicas(("a",), Clock())
    replica = replicas.choose()
    with pytest.raises(GeneratorExit), replicas.working(replica):
        raise GeneratorExit
    assert replica.running == 0
    assert replica.failures == 0
