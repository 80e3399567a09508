"""Trying contracts before they are applied, one at a time: Flink's client answers one after another."""

from __future__ import annotations

from ingestion.sources.check import Checked, Surroundings, check_contract
from ingestion.sources.submission import Submitter


class ContractChecks:
    """Callable as `Services.check_contract`; the client ends by itself when it was idle."""

    def __init__(self, surroundings: Surroundings, submitter: Submitter) -> None:
        self._surroundings = surroundings
        self._submitter = submitter

    def __call__(self, contract: str, count: int) -> Checked:
        """What the contract would make; raises RejectedError and UnavailableError as `check_contract` does."""
        return check_contract(contract, self._surroundings, self._submitter, count)
