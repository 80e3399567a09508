"""A client of Kafka Connect's REST interface."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import structlog

from retrieval.errors import RejectedError, UnavailableError

_log = structlog.get_logger(__name__)
_NOT_FOUND, _CONFLICT, _BAD_REQUEST = 404, 409, 400


@dataclass(frozen=True, slots=True)
class ConnectorState:
    """`connector` and `task`: RUNNING, FAILED, UNASSIGNED …; "" where there is none. `trace` says why it failed."""

    connector: str
    task: str
    trace: str


class ConnectApi:
    """Connectors by name. Every method raises UnavailableError where Kafka Connect does not answer."""

    def __init__(
        self,
        url: str,
        timeout_seconds: float = 20.0,
        transport: httpx.BaseTransport | None = None,
        stop_seconds: float = 5.0,
    ) -> None:
        self._client = httpx.Client(base_url=url, timeout=timeout_seconds, transport=transport)
        self._stop_seconds = stop_seconds

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def validate(self, settings: Mapping[str, str]) -> list[str]:
        """What the connector says is wrong with its settings (it tries the database); empty when nothing is."""
        name = settings["connector.class"].rpartition(".")[2]
        body = {**settings, "name": "validation"}
        answer = self._ask("PUT", f"/connector-plugins/{name}/config/validate", body)
        values = [one["value"] for one in answer.json()["configs"]]
        return [f"{value['name']}: {error}" for value in values for error in value["errors"]]

    def has_plugin(self, class_name: str) -> bool:
        """Whether the connector's class is installed there."""
        return any(plugin["class"] == class_name for plugin in self._ask("GET", "/connector-plugins").json())

    def put(self, name: str, settings: Mapping[str, str]) -> None:
        """Create the connector or change its settings.

        Raises:
            RejectedError: the settings are refused.
        """
        self._ask("PUT", f"/connectors/{quote(name)}/config", dict(settings))

    def settings(self, name: str) -> dict[str, str]:
        """The connector's settings; empty where there is no such connector."""
        answer = self._ask("GET", f"/connectors/{quote(name)}/config", absent_is_fine=True)
        return {} if answer.status_code == _NOT_FOUND else dict(answer.json())

    def state(self, name: str) -> ConnectorState | None:
        """How the connector and its one task are; None where there is no such connector."""
        answer = self._ask("GET", f"/connectors/{quote(name)}/status", absent_is_fine=True)
        if answer.status_code == _NOT_FOUND:
            return None
        status = answer.json()
        task = status["tasks"][0] if status["tasks"] else {}
        trace = task.get("trace") or status["connector"].get("trace") or ""
        return ConnectorState(status["connector"]["state"], task.get("state", ""), trace)

    def names(self) -> list[str]:
        """Every connector there."""
        return [str(name) for name in self._ask("GET", "/connectors").json()]

    def restart(self, name: str) -> None:
        """Start the connector and its task again where they have failed."""
        self._ask("POST", f"/connectors/{quote(name)}/restart?includeTasks=true&onlyFailed=true", absent_is_fine=True)

    def delete(self, name: str) -> None:
        """Remove the connector and how far it had read; nothing where there is none.

        Kafka Connect keeps the offsets of a removed connector, and one that is given its name later would go on from
        there without a snapshot. It drops them only once the connector's task has ended.
        """
        path = f"/connectors/{quote(name)}"
        if self._ask("PUT", f"{path}/stop", absent_is_fine=True).status_code == _NOT_FOUND:
            return
        end = time.monotonic() + self._stop_seconds
        while not self._drop_offsets(path) and time.monotonic() < end:
            time.sleep(0.1)
        self._ask("DELETE", path, absent_is_fine=True)

    def _drop_offsets(self, path: str) -> bool:
        try:
            self._ask("DELETE", f"{path}/offsets", absent_is_fine=True)
        except (RejectedError, UnavailableError) as error:
            _log.info("offsets_not_dropped", connector=path, reason=error.message)
            return False
        return True

    def _ask(self, method: str, path: str, body: Any = None, *, absent_is_fine: bool = False) -> httpx.Response:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx.TransportError as error:
            raise UnavailableError("Kafka Connect", f"Kafka Connect does not answer: {error}") from None
        if answer.is_success or (absent_is_fine and answer.status_code == _NOT_FOUND):
            return answer
        said = _message(answer)
        if answer.status_code == _BAD_REQUEST:
            raise RejectedError(f"Kafka Connect refuses the connector: {said}")
        raise UnavailableError("Kafka Connect", f"Kafka Connect answers {answer.status_code}: {said}")


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:300]


def reason(trace: str) -> str:
    """Why a task failed: the last cause of a Java stack trace, without the names of classes."""
    causes = [line.removeprefix("Caused by: ") for line in trace.splitlines() if line.startswith("Caused by: ")]
    last = causes[-1] if causes else (trace.splitlines() or ["no reason given"])[0]
    name, _, words = last.partition(": ")
    return words if words and "." in name and " " not in name else last
