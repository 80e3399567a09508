from __future__ import annotations

import re

import httpx
import pytest

from ingestion.sources.columns import Discovery, Encoding, SourceColumn, SourceTable
from ingestion.sources.connect_api import ConnectApi, ConnectorState, reason
from ingestion.sources.connection import DatabaseAddress
from ingestion.sources.connector import connector_settings, topics
from ingestion.sources.names import SourceNames
from retrieval.errors import RejectedError, UnavailableError

NAMES = SourceNames("default", "erp", 2)
TABLE = SourceTable(
    "public",
    "Order.Details",
    "details",
    (SourceColumn("id", "integer", Encoding("INT", "INT")), SourceColumn("note", "text", Encoding("STRING", "STRING"))),
    ("id",),
)


def address(dialect: str) -> DatabaseAddress:
    return DatabaseAddress(dialect, "db", 1, "reader", "secret", "erp")


def settings(dialect: str, publication: str = "") -> dict[str, str]:
    return connector_settings(address(dialect), Discovery((TABLE,), publication=publication), NAMES, "kafka:9092")


def test_settings_of_postgres() -> None:
    made = settings("postgresql")
    assert made["slot.name"] == made["publication.name"] == "freshet_erp_g2"
    assert made["publication.autocreate.mode"] == "filtered"
    assert made["time.precision.mode"] == "isostring"
    assert made["decimal.handling.mode"] == "string"
    assert re.fullmatch(made["table.include.list"], "public.Order.Details")
    assert not re.fullmatch(made["table.include.list"], "public.OrderxDetails")
    assert made["column.truncate.to.1000000.chars"].endswith("note")


def test_a_publication_that_is_there_is_used() -> None:
    made = settings("postgresql", "freshet_erp")
    assert made["publication.name"] == "freshet_erp"
    assert made["publication.autocreate.mode"] == "disabled"


def test_settings_of_mysql() -> None:
    made = settings("mariadb")
    assert made["connector.class"].endswith("MariaDbConnector")
    assert made["schema.history.internal.kafka.topic"] == "cdc.erp.g2.schema-history"
    other = connector_settings(address("mysql"), Discovery((TABLE,)), SourceNames("default", "erp", 3), "k")
    assert made["database.server.id"] != other["database.server.id"]


def test_a_year_of_mariadb_is_no_date() -> None:
    assert settings("mariadb")["driver.yearIsDateType"] == "false"
    assert "driver.yearIsDateType" not in settings("mysql")


def test_a_removed_connector_is_stopped_and_forgotten_first() -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        busy = asked.count("DELETE /connectors/x/offsets") == 1 and request.url.path.endswith("offsets")
        return httpx.Response(400, json={"message": "its tasks have not ended"}) if busy else httpx.Response(204)

    ConnectApi("http://connect", transport=httpx.MockTransport(handle)).delete("x")
    offsets = "DELETE /connectors/x/offsets"
    assert asked == ["PUT /connectors/x/stop", offsets, offsets, "DELETE /connectors/x"]


def test_a_connector_that_does_not_stop_is_removed_all_the_same() -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        return httpx.Response(400 if request.url.path.endswith("offsets") else 204, json={"message": "busy"})

    ConnectApi("http://connect", transport=httpx.MockTransport(handle), stop_seconds=0).delete("x")
    assert asked[-1] == "DELETE /connectors/x"


def test_a_connector_that_is_not_there_is_removed() -> None:
    api(httpx.Response(404, json={})).delete("x")


def test_change_topics_are_compacted_and_others_kept() -> None:
    wanted = topics([TABLE], NAMES, "mysql")
    assert wanted["cdc.erp.g2.public.Order.Details"]["cleanup.policy"] == "compact"
    assert wanted["cdc.erp.g2.schema-history"]["retention.ms"] == "-1"


def api(answer: httpx.Response | Exception) -> ConnectApi:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ConnectApi("http://connect", transport=httpx.MockTransport(handle))


def test_the_state_of_a_connector_is_that_of_its_task() -> None:
    status = {"connector": {"state": "RUNNING"}, "tasks": [{"id": 0, "state": "FAILED", "trace": "why"}]}
    assert api(httpx.Response(200, json=status)).state("x") == ConnectorState("RUNNING", "FAILED", "why")
    assert api(httpx.Response(404, json={})).state("x") is None


def test_refusals_and_silence_are_told_apart() -> None:
    with pytest.raises(RejectedError, match="is not valid"):
        api(httpx.Response(400, json={"message": "x is not valid"})).put("x", {})
    with pytest.raises(UnavailableError, match="409: rebalance"):
        api(httpx.Response(409, json={"message": "rebalance"})).put("x", {})
    with pytest.raises(UnavailableError, match="does not answer"):
        api(httpx.ConnectError("refused")).names()


def test_the_last_cause_of_a_trace_is_the_reason() -> None:
    trace = (
        "org.a.B: outer\n\tat x\nCaused by: org.c.D: middle\n\t... 3 more\nCaused by: java.io.E: the real one\n\tat y"
    )
    assert reason(trace) == "the real one"
    assert reason("java.lang.Exception") == "java.lang.Exception"
    assert reason("") == "no reason given"
