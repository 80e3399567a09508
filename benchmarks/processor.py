"""How much of the processor each part of a product takes, and what others on the machine take."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from tests.product import Product

OTHERS = "others on this machine"


@dataclass(frozen=True, slots=True)
class Reading:
    """Processor seconds that were spent until a moment, by part."""

    moment: float
    spent: Mapping[str, float]

    def cores_since(self, before: Reading) -> dict[str, float]:
        """Cores that each part kept busy on average between two readings."""
        passed = self.moment - before.moment
        return {name: (spent - before.spent.get(name, 0.0)) / passed for name, spent in self.spent.items()}


class Processor:
    """Reads what the parts of a running product have spent; the benchmark itself is `clients`."""

    def __init__(self, product: Product) -> None:
        self._pids = product.pids()

    def read(self) -> Reading:
        """What was spent until now."""
        spent = {name: _spent(pid) for name, pid in self._pids.items()}
        own = psutil.Process().cpu_times()
        spent["clients"] = own.user + own.system
        times = psutil.cpu_times()
        spent[OTHERS] = sum(times) - times.idle - getattr(times, "iowait", 0.0) - sum(spent.values())
        return Reading(time.monotonic(), spent)


def _spent(pid: int) -> float:
    """Of a process, of those that it started, and of those of them that have ended."""
    total = 0.0
    try:
        leader = psutil.Process(pid)
        for process in (leader, *leader.children(recursive=True)):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    except psutil.NoSuchProcess:
        pass
    return total
