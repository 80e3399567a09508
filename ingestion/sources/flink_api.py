"""A client of the Flink cluster's REST interface: which jobs there are, and how they do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from retrieval.errors import UnavailableError

_ENDED = frozenset({"FINISHED", "CANCELED", "FAILED"})
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Job:
    """A job of the cluster; `state` as Flink calls it (RUNNING, RESTARTING, FAILED …)."""

    id: str
    name: str
    state: str
    started_milliseconds: int

    @property
    def ended(self) -> bool:
        """Whether it will never run again."""
        return self.state in _ENDED


class FlinkApi:
    """Every method raises UnavailableError where the cluster does not answer."""

    def __init__(self, url: str, timeout_seconds: float = 10.0, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(base_url=url, timeout=timeout_seconds, transport=transport)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def jobs(self) -> list[Job]:
        """Every job the cluster remembers, the newest first."""
        found = [
            Job(one["jid"], one["name"], one["state"], one["start-time"]) for one in self._get("/jobs/overview")["jobs"]
        ]
        return sorted(found, key=lambda job: job.started_milliseconds, reverse=True)

    def task_names(self, job_id: str) -> list[str]:
        """What the tasks of a job are called; a source's task names the table that it reads."""
        return [str(vertex["name"]) for vertex in self._get(f"/jobs/{job_id}").get("vertices", [])]

    def cancel(self, job_id: str) -> None:
        """End a job; its last checkpoint stays. One that is not there is fine."""
        self._ask("PATCH", f"/jobs/{job_id}?mode=cancel")

    def checkpoint(self, job_id: str) -> str:
        """Where the newest completed checkpoint of a job lies; "" when there is none."""
        latest = self._get(f"/jobs/{job_id}/checkpoints").get("latest") or {}
        return str((latest.get("completed") or {}).get("external_path") or "")

    def failure(self, job_id: str) -> str:
        """Why a job last failed, in one line; "" when it did not."""
        history = self._get(f"/jobs/{job_id}/exceptions?maxExceptions=1").get("exceptionHistory") or {}
        entries = history.get("entries") or []
        return root_cause(entries[0].get("stacktrace") or "") if entries else ""

    def _get(self, path: str) -> dict[str, Any]:
        answer = self._ask("GET", path)
        return {} if answer.status_code == _NOT_FOUND else dict(answer.json())

    def _ask(self, method: str, path: str) -> httpx.Response:
        try:
            answer = self._client.request(method, path)
        except httpx.TransportError as error:
            raise UnavailableError("Flink", f"Flink does not answer: {error}") from None
        if answer.is_success or answer.status_code in {_NOT_FOUND, httpx.codes.CONFLICT}:
            return answer
        raise UnavailableError("Flink", f"Flink answers {answer.status_code}: {answer.text[:300]}")


def root_cause(trace: str) -> str:
    """The last cause of a Java stack trace, without the name of its class."""
    heads = [line for line in trace.splitlines() if line and not line.startswith(("\t", " ", "..."))]
    last = heads[-1].removeprefix("Caused by: ") if heads else ""
    name, _, words = last.partition(": ")
    return words if words and "." in name and " " not in name else last


def newest_checkpoint(folder: Path, job_ids: list[str]) -> str:
    """The newest complete checkpoint below `folder` of the first of `job_ids` that has one; "" when none has."""
    for job_id in job_ids:
        found = [
            (int(number.group(1)), place.parent)
            for place in folder.glob(f"{job_id}/chk-*/_metadata")
            if (number := re.fullmatch(r"chk-(\d+)", place.parent.name))
        ]
        if found:
            return max(found)[1].as_uri()
    return ""


def is_lost(checkpoint: str) -> bool:
    """Whether a checkpoint on this machine's disk is gone; one that lies elsewhere is believed."""
    parts = urlsplit(checkpoint)
    return parts.scheme == "file" and not (Path(unquote(parts.path)) / "_metadata").exists()
