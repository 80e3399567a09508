"""Flink's Java client in a process of its own, kept for a while because it takes seconds to start."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import structlog

from ingestion.jobs.config import IndexingConfig
from ingestion.sources.plan import JobPlan, to_json
from retrieval.errors import RejectedError, UnavailableError

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Explained:
    """What the planner says of each kind of document: its columns, or why it cannot be made."""

    columns: Mapping[str, Sequence[str]]
    problems: Mapping[str, str]


class Submitter:
    """Plans go in one at a time; the process ends by itself when it has had nothing to do for a while."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, plan: JobPlan) -> str:
        """The id of the job that now executes `plan`.

        Raises:
            RejectedError: Flink refuses the plan itself.
            UnavailableError: the cluster, or the client, does not answer.
        """
        return str(self._ask("submit", plan=to_json(plan))["job_id"])

    def explain(self, plan: JobPlan) -> Explained:
        """Whether the planner takes each kind of document; runs nothing."""
        answer = self._ask("explain", plan=to_json(plan))
        return Explained(answer["columns"], answer["problems"])

    def preview(self, plan: JobPlan, count: int) -> dict[str, list[dict[str, Any]]]:
        """The first documents of each kind made of the plan's sample rows."""
        answer: dict[str, list[dict[str, Any]]] = self._ask("preview", plan=to_json(plan), count=count)["documents"]
        return answer

    def submit_indexing(self, config: IndexingConfig) -> str:
        """The id of the indexing job that was sent to the cluster."""
        return str(self._ask("index", config=asdict(config))["job_id"])

    def close(self) -> None:
        """End the process; who waits for an answer is told that none comes."""
        self._closed = True
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
        with self._lock:
            self._end()

    def _ask(self, action: str, **arguments: Any) -> dict[str, Any]:
        request = json.dumps({"action": action, **arguments}, ensure_ascii=False)
        with self._lock:
            answer = self._exchange(request) or self._exchange(request)
        if answer is None:
            raise UnavailableError("Flink client", "Flink's client ended without an answer; its log says why")
        if "error" in answer:
            message = str(answer["error"])
            raise RejectedError(message) if answer["kind"] == "rejected" else UnavailableError("Flink", message)
        return answer

    def _exchange(self, request: str) -> dict[str, Any] | None:
        """One request and its answer; None when the process ended instead (it does so when it was idle)."""
        if self._closed:
            return None
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(request + "\n")
            process.stdin.flush()
        except (BrokenPipeError, OSError):
            self._end()
            return None
        for line in process.stdout:
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
            _log.debug("flink_client_says", line=line.rstrip())
        self._end()
        return None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=self._environment,
            )
        return self._process

    def _end(self) -> None:
        if self._process is None:
            return
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.terminate()
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
