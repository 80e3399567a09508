"""Several replicas of one engine: the least loaded is asked, one that fails is left alone for a while.

Circuit breaker after M. Nygard, Release It! (2007): closed, open for a time that doubles, then one trial.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from retrieval.engine.failures import SERVICE, LostError
from retrieval.errors import RejectedError, UnavailableError

_FAILURES = 3
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 2.0, 60.0

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Replica:
    """One address of the engine, what it is doing, and how it did lately."""

    url: str
    running: int = 0
    failures: int = 0
    closed_until: float = 0.0
    pause_seconds: float = _FIRST_PAUSE_SECONDS
    trying: bool = False
    used_at: float = 0.0


class Replicas:
    """All replicas; lives on one event loop."""

    def __init__(self, urls: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._all = [Replica(url) for url in urls]
        self._clock = clock

    def __len__(self) -> int:
        return len(self._all)

    def choose(self, tried: Collection[str] = ()) -> Replica:
        """The replica that runs the fewest answers, one that was not `tried` before first.

        Raises:
            UnavailableError: every one failed a moment ago.
        """
        now = self._clock()
        open_ = [one for one in self._all if one.closed_until <= now and not one.trying]
        if not open_:
            raise UnavailableError(SERVICE, f"{SERVICE} did not answer a moment ago and is not asked again yet")
        return min(open_, key=lambda one: (one.url in tried, one.running, one.used_at))

    @contextmanager
    def working(self, replica: Replica) -> Iterator[None]:
        """Around one request to `replica`: counts it as load, and learns from how it ends."""
        on_trial = replica.failures >= _FAILURES
        replica.trying = on_trial
        replica.running += 1
        replica.used_at = self._clock()
        try:
            yield
        except LostError as error:
            if error.at_fault:
                self._failed(replica, error)
            else:
                self.answered(replica)
            raise
        except RejectedError:
            self.answered(replica)
            raise
        finally:
            replica.running -= 1
            if on_trial:
                replica.trying = False

    def answered(self, replica: Replica) -> None:
        """The replica answers: whatever happened before is forgotten."""
        replica.failures, replica.closed_until, replica.pause_seconds = 0, 0.0, _FIRST_PAUSE_SECONDS
        replica.trying = False

    def _failed(self, replica: Replica, error: LostError) -> None:
        replica.failures += 1
        if replica.failures >= _FAILURES:
            replica.closed_until = self._clock() + replica.pause_seconds
            replica.pause_seconds = min(2 * replica.pause_seconds, _LONGEST_PAUSE_SECONDS)
        _log.warning("engine_failed", replica=replica.url, failures=replica.failures, reason=str(error))
