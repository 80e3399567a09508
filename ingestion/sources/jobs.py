"""One running job per name on the Flink cluster, brought back from its newest checkpoint when it is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from ingestion.sources.flink_api import FlinkApi, Job, is_lost, newest_checkpoint
from retrieval.errors import RejectedError

_log = structlog.get_logger(__name__)
_HISTORY = 5


class StateLostError(RejectedError):
    """The job cannot go on from where it was: its source has to start over."""


@dataclass(slots=True)
class JobMemory:
    """The ids that a job has had, the newest first; its newest checkpoint, and the one it was last restored from."""

    ids: list[str] = field(default_factory=list)
    checkpoint: str = ""
    restored_from: str = ""

    @property
    def id(self) -> str:
        """The newest id, "" before the first submission."""
        return self.ids[0] if self.ids else ""


class JobKeeper:
    """Sees to it that a job runs once; `checkpoints` is Flink's folder where it is on this machine."""

    def __init__(self, flink: FlinkApi, checkpoints: Path | None) -> None:
        self._flink = flink
        self._checkpoints = checkpoints

    def ensure(self, name: str, memory: JobMemory, submit: Callable[[str], str]) -> str:
        """The state of the one job called `name`; where there is none, `submit(checkpoint)` gives the id of a new one.

        Raises:
            StateLostError: the job failed for good when it was restored.
            RejectedError: Flink refuses the job.
            UnavailableError: the cluster does not answer.
        """
        named = [job for job in self._flink.jobs() if job.name == name]
        alive = single(self._flink, named)
        if alive is not None:
            self._note(alive, memory)
            return alive.state
        if memory.restored_from and any(job.state == "FAILED" and job.id == memory.id for job in named):
            raise StateLostError(f"the job {name} could not be restored from its checkpoint")
        restore = self._restore_point(memory)
        if memory.ids and not restore:
            _log.warning("job_starts_over", job=name, reason="no checkpoint is left")
        job_id = submit(restore)
        _log.info("job_submitted", job=name, job_id=job_id, restored_from=restore)
        memory.ids = [job_id, *memory.ids][:_HISTORY]
        memory.restored_from = restore
        return "CREATED"

    def _note(self, job: Job, memory: JobMemory) -> None:
        if job.id not in memory.ids:
            memory.ids = [job.id, *memory.ids][:_HISTORY]
        newest = self._flink.checkpoint(job.id)
        if newest:
            memory.checkpoint, memory.restored_from = newest, ""

    def _restore_point(self, memory: JobMemory) -> str:
        on_disk = newest_checkpoint(self._checkpoints, memory.ids) if self._checkpoints is not None else ""
        return on_disk or ("" if is_lost(memory.checkpoint) else memory.checkpoint)


def single(flink: FlinkApi, named: list[Job]) -> Job | None:
    """The newest of the jobs that still run; the others are cancelled."""
    alive = [job for job in named if not job.ended and job.state != "CANCELLING"]
    for surplus in alive[1:]:
        _log.warning("surplus_job_cancelled", job=surplus.name, job_id=surplus.id)
        flink.cancel(surplus.id)
    return alive[0] if alive else None
