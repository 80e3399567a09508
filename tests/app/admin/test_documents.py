"""Documents: who sees what, what changing and deleting does at once, and how originals are served."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import Engine, text

from app.admin import document_events
from app.settings import Settings
from ingestion import uploads
from ingestion.ledger import Ledger
from ingestion.model import KnowledgeChange
from ingestion.uploads import ParsedText
from tests.app.admin.test_uploading import stored, upload
from tests.app.conftest import Api, start_api
from tests.app.documents import until

PARSED = ParsedText("Price list", "coffee 3", "en", {"pages": "1"})


def parse(api: Api, document: str, revision: int = 1) -> None:
    """What a worker does with an upload."""
    with api.engine.begin() as connection:
        held = uploads.claim(connection, document, revision)
        assert held
        api.originals.keep_parsed(held.original, PARSED)
        assert uploads.finish(connection, held, PARSED, lambda record: api.publisher.publish([record]))


async def uploaded(api: Api, show: Callable[..., Any], readers: list[str], name: str = "prices.txt") -> str:
    """An upload that was parsed and indexed."""
    document = (await upload(api, name=name, fields={"readers": readers})).json()["id"]
    parse(api, document)
    show(api, source="files", key=name, readers=readers, updated_at=datetime.now(UTC))
    return str(document)


async def test_a_reader_sees_a_document_without_what_is_for_managers(api: Api, show: Callable[..., Any]) -> None:
    document = show(api, source="erp", key="product/1", readers=["staff"]).document_id
    seen = (await api.call("GET", f"/v1/documents/{document}", role="employee", groups=["staff"])).json()
    assert (seen["state"], seen["title"], seen["version"]) == ("ready", "title of product/1", 1)
    assert not {"readers", "reason", "uploaded_by", "sha256"} & set(seen)


@pytest.mark.parametrize("route", ["", "/text", "/original", "/events"])
async def test_who_is_no_reader_is_told_that_there_is_nothing(api: Api, show: Callable[..., Any], route: str) -> None:
    document = await uploaded(api, show, ["staff"])
    for who in ({"groups": ["sales"]}, {"tenant": "other", "groups": ["staff"]}, {"user": "staff"}):
        response = await api.call("GET", f"/v1/documents/{document}{route}", role="customer", **who)
        assert response.status_code == 404, who


async def test_a_manager_who_is_no_reader_manages_but_does_not_read(api: Api, show: Callable[..., Any]) -> None:
    document = await uploaded(api, show, ["finance"])
    seen = await api.call("GET", f"/v1/documents/{document}")
    assert (seen.status_code, seen.json()["readers"]) == (200, ["finance"])
    assert (await api.call("GET", f"/v1/documents/{document}/text")).status_code == 404
    assert (await api.call("GET", f"/v1/documents/{document}/original")).status_code == 404
    assert (await api.call("GET", f"/v1/documents/{document}/text", groups=["finance"])).status_code == 200


async def test_an_original_is_served_to_be_saved_and_never_run(api: Api, show: Callable[..., Any]) -> None:
    document = await uploaded(api, show, ["public"], name="报价 <b>.html")
    response = await api.call("GET", f"/v1/documents/{document}/original", role="customer")
    assert response.content == b"coffee 3"
    assert response.headers["content-disposition"] == "attachment; filename*=UTF-8''%E6%8A%A5%E4%BB%B7%20%3Cb%3E.html"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]


async def test_a_document_that_waits_is_seen_by_managers_only(api: Api) -> None:
    document = (await upload(api)).json()["id"]
    assert (await api.call("GET", f"/v1/documents/{document}", role="customer")).status_code == 404
    assert (await api.call("GET", f"/v1/documents/{document}/original", role="customer")).status_code == 404
    assert (await api.call("GET", f"/v1/documents/{document}/original", role="editor")).content == b"coffee 3"


async def test_an_upload_is_indexing_until_the_ledger_has_that_very_publication(
    api: Api, show: Callable[..., Any]
) -> None:
    document = await uploaded(api, show, ["public"])
    await upload(api, content=b"coffee 4")
    parse(api, document, 2)
    between = (await api.call("GET", f"/v1/documents/{document}")).json()["state"]
    show(api, source="files", key="prices.txt", readers=["public"], version=2, updated_at=datetime.now(UTC))
    after = (await api.call("GET", f"/v1/documents/{document}")).json()["state"]
    assert (between, after) == ("indexing", "ready")


@pytest.mark.parametrize("end", ["ready", "rejected", "dropped"])
async def test_new_bytes_that_show_nothing_new_are_not_under_way_for_ever(
    api: Api, show: Callable[..., Any], end: str
) -> None:
    document = await uploaded(api, show, ["public"])
    await upload(api, content=b"coffee 3\n")
    parse(api, document, 2)
    now = datetime.now(UTC)
    change = KnowledgeChange("default", "files", "prices.txt", 2, deleted=False, source_time=now, readers=("public",))
    ledger = Ledger(api.engine, api.index)
    if end == "ready":
        ledger.move([change])
    else:
        ledger.end([change], end)
    seen = (await api.call("GET", f"/v1/documents/{document}")).json()
    assert seen["state"] == {"rejected": "failed"}.get(end, end)


async def test_lists_show_each_document_once_over_pages_and_only_to_readers(api: Api, show: Callable[..., Any]) -> None:
    for number in range(7):
        show(api, source="erp", key=f"p/{number}", readers=["public" if number % 2 else "staff"])
    show(api, source="erp", key="p/1", readers=["public"], tenant="other")
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await api.call("GET", "/v1/documents", role="customer", params=query)).json()
        seen += [document["key"] for document in page["documents"]]
        cursor = page.get("next_cursor")
        if not cursor:
            break
    assert seen == ["p/1", "p/3", "p/5"]


async def test_lists_are_narrowed_by_source_state_and_part_of_the_title(api: Api, show: Callable[..., Any]) -> None:
    show(api, source="erp", key="p/1", readers=["public"], title="100% arabica")
    show(api, source="crm", key="c/1", readers=["public"], title="1000 arabica")
    await upload(api)

    async def keys(**query: str) -> list[str]:
        page = (await api.call("GET", "/v1/documents", params=query)).json()
        return [document["key"] for document in page["documents"]]

    assert await keys(source="crm") == ["c/1"]
    assert await keys(state="queued") == ["prices.txt"]
    assert await keys(query="0% ARA") == ["p/1"]


async def test_the_last_page_says_that_nothing_follows(api: Api, show: Callable[..., Any]) -> None:
    show(api, source="crm", key="c/1", readers=["public"])
    page = (await api.call("GET", "/v1/documents", role="customer")).json()
    assert page["next_cursor"] is None
    assert "readers" not in page["documents"][0]


@pytest.mark.parametrize("cursor", ["x", "!!", "WyJhIl0", "eyJhIjoxfQ", "bnVsbA"])
async def test_a_cursor_of_somebody_else_is_refused(api: Api, cursor: str) -> None:
    response = await api.call("GET", "/v1/documents", params={"cursor": cursor})
    assert (response.status_code, "cursor" in response.json()["detail"]) == (422, True)


async def test_taking_a_reader_away_acts_before_the_answer_and_is_published(api: Api, show: Callable[..., Any]) -> None:
    document = await uploaded(api, show, ["finance", "staff"])
    path = f"/v1/documents/{document}"
    changed = await api.call("PATCH", path, role="editor", json={"readers": ["finance"]})
    assert changed.json()["readers"] == ["finance"]
    assert (await api.call("GET", path, role="employee", groups=["staff"])).status_code == 404
    assert (await api.call("GET", f"{path}/text", role="employee", groups=["finance"])).status_code == 200
    value = api.publisher.records[-1].value
    assert value is not None
    assert (value["readers"], value["text"], value["title"]) == (["finance"], "coffee 3", "Price list")


async def test_a_revocation_stays_in_force_when_kafka_is_away(api: Api, show: Callable[..., Any]) -> None:
    document = await uploaded(api, show, ["finance", "staff"])
    api.publisher.down = True
    refused = await api.call("PATCH", f"/v1/documents/{document}", json={"readers": ["finance"]})
    assert (refused.status_code, refused.json()["service"]) == (503, "Kafka")
    seen = await api.call("GET", f"/v1/documents/{document}", role="employee", groups=["staff"])
    assert seen.status_code == 404


async def test_readers_changed_while_it_is_parsed_are_those_published(api: Api) -> None:
    document = (await upload(api)).json()["id"]
    await api.call("PATCH", f"/v1/documents/{document}", json={"readers": ["finance"], "title": "T"})
    assert api.publisher.records == []
    parse(api, document)
    value = api.publisher.records[-1].value
    assert value is not None
    assert (value["readers"], value["title"]) == (["finance"], "T")


async def test_a_document_of_a_source_is_changed_at_its_source(api: Api, show: Callable[..., Any]) -> None:
    document = show(api, source="erp", key="p/1", readers=["public"]).document_id
    response = await api.call("PATCH", f"/v1/documents/{document}", json={"title": "x"})
    assert (response.status_code, "'erp'" in response.json()["detail"]) == (409, True)


@pytest.mark.parametrize("body", [{"readers": []}, {"readers": ['a"b']}, {"titel": "x"}, {"readers": "x"}, [], 7])
async def test_a_change_that_makes_no_sense_is_refused(api: Api, body: Any) -> None:
    document = (await upload(api)).json()["id"]
    assert (await api.call("PATCH", f"/v1/documents/{document}", json=body)).status_code == 422


async def test_deleting_hides_publishes_a_tombstone_and_removes_the_original(
    api: Api, show: Callable[..., Any]
) -> None:
    document = await uploaded(api, show, ["public"])
    assert (await api.call("DELETE", f"/v1/documents/{document}", role="editor")).status_code == 204
    for route in ("", "/text", "/original"):
        assert (await api.call("GET", f"/v1/documents/{document}{route}")).status_code == 404
    assert (api.publisher.records[-1].key, api.publisher.records[-1].value) == ("prices.txt", None)
    assert stored(api) == []


async def test_a_worker_that_parses_a_deleted_file_publishes_nothing(api: Api) -> None:
    document = (await upload(api)).json()["id"]
    with api.engine.begin() as connection:
        held = uploads.claim(connection, document, 1)
    assert held
    await api.call("DELETE", f"/v1/documents/{document}")
    with api.engine.begin() as connection:
        assert not uploads.finish(connection, held, PARSED, lambda record: api.publisher.publish([record]))
    assert [record.value for record in api.publisher.records] == [None]


async def test_a_deleted_file_can_be_uploaded_again(api: Api, show: Callable[..., Any]) -> None:
    document = await uploaded(api, show, ["public"])
    await api.call("DELETE", f"/v1/documents/{document}")
    again = await upload(api)
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (202, document, "queued")


async def test_a_document_of_a_declared_source_is_not_deleted_here(
    api: Api, show: Callable[..., Any], engine: Engine
) -> None:
    document = show(api, source="erp", key="p/1", readers=["public"]).document_id
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO sources (tenant, name, contract, generation) VALUES ('default', 'erp', '-', 1)")
        )
    assert (await api.call("DELETE", f"/v1/documents/{document}")).status_code == 409
    assert (await api.call("GET", f"/v1/documents/{document}")).json()["state"] == "ready"


async def test_a_manager_of_another_tenant_changes_nothing(api: Api, show: Callable[..., Any]) -> None:
    document = await uploaded(api, show, ["public"])
    for method in ("PATCH", "DELETE"):
        response = await api.call(method, f"/v1/documents/{document}", tenant="other", json={"title": "x"})
        assert response.status_code == 404
    assert (await api.call("GET", f"/v1/documents/{document}")).json()["state"] == "ready"


@pytest.mark.parametrize("document", ["x", "A" * 26, "a" * 27, "%00", "a" * 25 + "1"])
async def test_an_id_that_cannot_be_one_is_refused(api: Api, document: str) -> None:
    assert (await api.call("GET", f"/v1/documents/{document}")).status_code in {404, 422}


async def test_events_follow_a_document_to_its_end_without_redis(api: Api, show: Callable[..., Any]) -> None:
    document = (await upload(api)).json()["id"]
    following = asyncio.create_task(api.call("GET", f"/v1/documents/{document}/events"))
    await asyncio.sleep(0)
    parse(api, document)
    show(api, source="files", key="prices.txt", readers=["public"], updated_at=datetime.now(UTC))
    events = (await following).text
    assert events.rstrip().splitlines()[-2] == "event: done"
    assert '"state":"ready"' in events.rstrip().splitlines()[-1]


async def test_events_of_a_file_that_failed_say_why(api: Api) -> None:
    document = (await upload(api)).json()["id"]
    with api.engine.begin() as connection:
        held = uploads.claim(connection, document, 1)
        assert held
        uploads.fail(connection, held, "the PDF is encrypted")
    events = (await api.call("GET", f"/v1/documents/{document}/events")).text
    assert '"reason":"the PDF is encrypted"' in events


async def test_events_are_woken_by_redis(
    database_url: str,
    engine: Engine,
    settings: Settings,
    tmp_path: Path,
    valkey_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(document_events, "_LOOK_SECONDS", 3600.0)
    redis: Any = Redis.from_url(valkey_url)
    async with AsyncExitStack() as stack:
        api = await start_api(database_url, engine, settings, tmp_path, valkey_url, stack)
        document = (await upload(api)).json()["id"]
        following = asyncio.create_task(api.call("GET", f"/v1/documents/{document}/events"))
        await until(lambda: redis.pubsub_numsub(uploads.CHANNEL)[0][1] > 0)
        with engine.begin() as connection:
            held = uploads.claim(connection, document, 1)
            assert held
            uploads.fail(connection, held, "encrypted")
        redis.publish(uploads.CHANNEL, f'{{"document_id":"{document}"}}')
        assert "event: done" in (await following).text
