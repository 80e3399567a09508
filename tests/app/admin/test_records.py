"""Pushed records: acknowledged when Kafka has them, refused in whole sentences, and never seen by who lost them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.app.conftest import Api

RECORD = {"title": "Return policy", "text": "30 days", "readers": ["public"]}


async def test_a_record_is_published_before_it_is_acknowledged(api: Api) -> None:
    record = {
        **RECORD,
        "readers": ["staff", "public"],
        "url": "https://shop.example/r",
        "metadata": {"n": 7, "b": True},
    }
    response = await api.call("PUT", "/v1/records/wiki/policies/return", json=record)
    [published] = api.publisher.records
    assert (response.status_code, response.json()["key"]) == (202, "policies/return")
    assert (published.tenant, published.source, published.key) == ("default", "wiki", "policies/return")
    assert published.value is not None
    assert published.value["readers"] == ["public", "staff"]
    assert published.value["metadata"] == {"n": "7", "b": "true"}


async def test_a_record_is_not_acknowledged_while_kafka_is_away(api: Api) -> None:
    api.publisher.down = True
    response = await api.call("PUT", "/v1/records/wiki/a", json=RECORD)
    assert (response.status_code, response.json()["service"]) == (503, "Kafka")
    assert response.headers["retry-after"]


async def test_a_delete_hides_at_once_and_publishes_a_tombstone(api: Api, show: Callable[..., Any]) -> None:
    document = show(api, source="wiki", key="a", readers=["public"]).document_id
    assert (await api.call("DELETE", "/v1/records/wiki/a")).status_code == 202
    assert (await api.call("GET", f"/v1/documents/{document}")).status_code == 404
    assert api.publisher.records[0].value is None


async def test_fewer_readers_count_at_once(api: Api, show: Callable[..., Any]) -> None:
    document = show(api, source="wiki", key="a", readers=["public", "staff"]).document_id
    await api.call("PUT", "/v1/records/wiki/a", json={**RECORD, "readers": ["staff"]})
    path = f"/v1/documents/{document}"
    assert (await api.call("GET", path, role="customer")).status_code == 404
    assert (await api.call("GET", path, role="employee", groups=["staff"])).status_code == 200


async def test_a_record_that_is_not_indexed_yet_cannot_undo_what_was_acknowledged_after_it(
    api: Api, show: Callable[..., Any]
) -> None:
    document = show(api, source="wiki", key="a", readers=["staff"]).document_id
    await api.call("PUT", "/v1/records/wiki/a", json={**RECORD, "readers": ["public", "staff"]})
    await api.call("PUT", "/v1/records/wiki/a", json={**RECORD, "readers": ["staff"]})
    show(api, source="wiki", key="a", readers=["public", "staff"], version=100)
    path = f"/v1/documents/{document}"
    assert (await api.call("GET", path, role="customer")).status_code == 404
    await api.call("DELETE", "/v1/records/wiki/a")
    show(api, source="wiki", key="a", readers=["staff"], version=101)
    assert (await api.call("GET", path, role="employee", groups=["staff"])).status_code == 404


async def test_a_delete_in_one_tenant_leaves_the_other_alone(api: Api, show: Callable[..., Any]) -> None:
    document = show(api, source="wiki", key="a", readers=["public"]).document_id
    await api.call("DELETE", "/v1/records/wiki/a", tenant="other")
    assert (await api.call("GET", f"/v1/documents/{document}")).status_code == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"readers": []}, "at least one"),
        ({"readers": ['a"b']}, "reader"),
        ({"readers": "public"}, "readers must be a list"),
        ({"readers": None}, "readers"),
        ({"title": "", "text": " "}, "title or a text"),
        ({"url": "javascript:alert(1)"}, "url must begin with"),
        ({"url": "//evil.example"}, "url must begin with"),
        ({"text": 7}, "text must be text"),
        ({"text": "x" * 8_000_001}, "at most 8000000 characters"),
        ({"metadata": {"a": ["x"]}}, "metadata"),
        ({"colour": "red"}, "colour is not a field here"),
        ({"title": "x" * 501}, "title may have at most 500"),
    ],
)
async def test_a_wrong_record_is_refused_by_name(api: Api, change: dict[str, Any], said: str) -> None:
    response = await api.call("PUT", "/v1/records/wiki/a", json={**RECORD, **change})
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert said in response.json()["detail"]
    assert api.publisher.records == []


@pytest.mark.parametrize("path", ["wiki/" + "k" * 301, "wiki/%00", "Wiki/a", "w%20k/a", "wiki/%20", "files/a.pdf"])
async def test_a_key_or_source_that_cannot_be_one_is_refused(api: Api, path: str) -> None:
    assert (await api.call("PUT", f"/v1/records/{path}", json=RECORD)).status_code in {404, 409, 422}
    assert api.publisher.records == []


async def test_a_source_with_a_contract_takes_no_records(api: Api, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO sources (tenant, name, contract, generation) VALUES ('default', 'erp', '-', 1)")
        )
    for method in ("PUT", "DELETE"):
        response = await api.call(method, "/v1/records/erp/a", json=RECORD)
        assert (response.status_code, "contract" in response.json()["detail"]) == (409, True)


async def test_a_batch_is_taken_in_order(api: Api) -> None:
    records = [{**RECORD, "key": "a"}, {**RECORD, "key": "b"}, {"key": "a", "deleted": True}]
    response = await api.call("POST", "/v1/records/wiki:batch", json={"records": records})
    assert (response.status_code, response.json()["accepted"]) == (202, 3)
    assert [(record.key, record.value is None) for record in api.publisher.records] == [
        ("a", False),
        ("b", False),
        ("a", True),
    ]


async def test_one_wrong_record_refuses_the_batch_and_is_pointed_at(api: Api) -> None:
    records = [{**RECORD, "key": "a"}, {**RECORD, "key": "b", "readers": []}, {"key": "c", "text": "no readers"}]
    response = await api.call("POST", "/v1/records/wiki:batch", json={"records": records})
    assert response.status_code == 422
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["/records/1", "/records/2"]
    assert api.publisher.records == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b'{"records": []}', b'{"records": 1}'])
async def test_a_batch_that_is_none_is_refused(api: Api, body: bytes) -> None:
    assert (await api.call("POST", "/v1/records/wiki:batch", content=body)).status_code == 422


async def test_a_batch_of_1001_records_is_refused(api: Api) -> None:
    body = {"records": [{**RECORD, "key": str(number)} for number in range(1001)]}
    assert (await api.call("POST", "/v1/records/wiki:batch", json=body)).status_code == 422
