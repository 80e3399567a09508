"""Uploading: what is accepted, what is refused and in which words, and that nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from tests.app.conftest import Api


async def upload(api: Api, name: str = "prices.txt", content: bytes = b"coffee 3", **more: Any) -> httpx.Response:
    fields = {"readers": ["public"], **more.pop("fields", {})}
    return await api.call("POST", "/v1/documents", files={"file": (name, content)}, data=fields, **more)


def stored(api: Api) -> list[str]:
    import obstore

    return sorted(entry["path"] for page in obstore.list(api.originals._store) for entry in page)


async def test_a_file_is_stored_queued_and_asked_to_be_parsed(api: Api) -> None:
    response = await upload(api, fields={"title": "Prices", "readers": ["staff", "user:bob"]})
    body = response.json()
    assert response.status_code == 202
    assert (body["state"], body["key"], body["title"]) == ("queued", "prices.txt", "Prices")
    assert body["readers"] == ["staff", "user:bob"]
    assert response.headers["location"] == f"/v1/documents/{body['id']}"
    assert api.queue.sent == [(body["id"], 1)]
    assert len(stored(api)) == 1


async def test_readers_may_come_in_one_field_with_commas(api: Api) -> None:
    body = (await upload(api, fields={"readers": "staff, finance"})).json()
    assert body["readers"] == ["finance", "staff"]


async def test_the_same_file_again_changes_nothing(api: Api) -> None:
    first = await upload(api)
    again = await upload(api)
    assert again.status_code == 200
    assert again.json() == first.json()
    assert len(api.queue.sent) == len(stored(api)) == 1


async def test_new_bytes_under_the_same_name_are_a_new_revision_of_the_same_document(api: Api) -> None:
    first = (await upload(api)).json()
    second = await upload(api, content=b"coffee 4")
    assert second.status_code == 202
    assert (second.json()["id"], second.json()["revision"]) == (first["id"], 2)
    assert api.queue.sent[-1] == (first["id"], 2)
    assert len(stored(api)) == 1


async def test_other_readers_are_a_change(api: Api) -> None:
    await upload(api)
    second = await upload(api, fields={"readers": ["staff"]})
    assert (second.status_code, second.json()["readers"]) == (202, ["staff"])


async def test_the_same_name_in_two_tenants_is_two_documents(api: Api) -> None:
    first = (await upload(api, tenant="acme")).json()
    second = (await upload(api, tenant="other")).json()
    assert first["id"] != second["id"]


async def test_a_path_keeps_files_of_one_name_apart(api: Api) -> None:
    first = (await upload(api, fields={"path": "2024"})).json()
    second = (await upload(api, fields={"path": "2025/prices.txt"})).json()
    assert (first["key"], second["key"]) == ("2024/prices.txt", "2025/prices.txt")


@pytest.mark.parametrize(
    ("name", "path"),
    [("../../etc/passwd", ""), ("..\\boot.ini", ""), ("a.txt", "../x"), ("a.txt", "/etc"), ("a.txt", "C:\\x")],
)
async def test_a_path_that_leaves_its_folder_is_refused_with_a_sentence(api: Api, name: str, path: str) -> None:
    response = await upload(api, name=name, fields={"path": path})
    assert response.status_code == 422
    assert "leads out of its folder" in response.json()["detail"]
    assert stored(api) == []


async def test_the_name_of_an_old_browser_loses_its_folder(api: Api) -> None:
    assert (await upload(api, name="C:\\fakepath\\r.txt")).json()["key"] == "r.txt"


async def test_decomposed_and_composed_names_are_one_document(api: Api) -> None:
    first = (await upload(api, name="Bru\u0308hgruppe.txt")).json()
    second = await upload(api, name="Br\u00fchgruppe.txt")
    assert (second.status_code, second.json()["id"]) == (200, first["id"])


async def test_a_name_of_301_characters_is_refused(api: Api) -> None:
    response = await upload(api, name="x" * 301)
    assert (response.status_code, "limit is 300" in response.json()["detail"]) == (422, True)


async def test_an_empty_file_is_refused(api: Api) -> None:
    response = await upload(api, content=b"")
    assert (response.status_code, "is empty" in response.json()["detail"]) == (422, True)


async def test_without_readers_the_sentence_says_what_to_name(api: Api) -> None:
    response = await upload(api, fields={"readers": [" , "]})
    assert (response.status_code, "at least one" in response.json()["detail"]) == (422, True)


async def test_without_a_file_the_sentence_says_so(api: Api) -> None:
    form = await api.call("POST", "/v1/documents", data={"readers": "public"})
    json = await api.call("POST", "/v1/documents", json={"file": "x"})
    assert form.status_code == json.status_code == 422
    assert "there is no file" in form.json()["detail"]
    assert "there is no file" in json.json()["detail"]


async def test_two_files_at_once_are_refused(api: Api) -> None:
    files = [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]
    response = await api.call("POST", "/v1/documents", files=files, data={"readers": "public"})
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")


async def test_an_unknown_field_is_named(api: Api) -> None:
    response = await upload(api, fields={"reader": "staff"})
    assert response.json()["detail"].startswith("reader is not a field here")


@pytest.mark.parametrize("metadata", ["[1]", "{", '{"a": {"b": 1}}', '"x"'])
async def test_metadata_that_is_no_object_of_texts_is_refused(api: Api, metadata: str) -> None:
    assert (await upload(api, fields={"metadata": metadata})).status_code == 422


@pytest.mark.parametrize("reader", ['a"b', "x" * 201, "a\\b"])
async def test_a_reader_that_cannot_be_one_is_refused(api: Api, reader: str) -> None:
    assert (await upload(api, fields={"readers": [reader]})).status_code == 422


async def test_a_file_over_the_limit_is_refused_by_its_size(api: Api) -> None:
    response = await upload(api, content=b"x" * (1024 * 1024 + 1))
    assert (response.status_code, "the limit is 1 MB" in response.json()["detail"]) == (413, True)


async def test_a_body_far_over_the_limit_is_cut_off_even_when_it_declares_no_length(api: Api) -> None:
    async def endless() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 65536
        raise AssertionError("nobody reads that far")

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    response = await api.call("POST", "/v1/documents", content=endless(), headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"--b\r\n\r\n", b"--b--"])
async def test_a_broken_form_is_refused(api: Api, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    response = await api.call("POST", "/v1/documents", content=body, headers=headers)
    assert response.status_code in {400, 422}


async def test_a_key_sent_twice_acts_once_and_is_answered_alike(api: Api) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = await upload(api, headers=headers)
    again = await upload(api, headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert len(api.queue.sent) == len(stored(api)) == 1


async def test_a_key_used_for_another_request_is_a_conflict(api: Api) -> None:
    headers = {"Idempotency-Key": "k1"}
    await upload(api, headers=headers)
    assert (await upload(api, content=b"other", headers=headers)).status_code == 409
    assert len(stored(api)) == 1


async def test_keys_of_two_callers_do_not_meet(api: Api) -> None:
    headers = {"Idempotency-Key": "k1"}
    await upload(api, headers=headers)
    assert (await upload(api, content=b"other", headers=headers, user="bob")).status_code == 202


async def test_one_key_in_ten_requests_at_once_acts_once(api: Api) -> None:
    answers = await asyncio.gather(*(upload(api, headers={"Idempotency-Key": "k"}) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(api.queue.sent) == len(stored(api)) == 1


async def test_ten_uploads_of_one_name_at_once_leave_one_document_and_one_original(api: Api) -> None:
    answers = await asyncio.gather(*(upload(api, content=f"v{n}".encode()) for n in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert sorted(revision for _, revision in api.queue.sent) == list(range(1, 11))
    assert len(stored(api)) == 1


async def test_an_upload_is_acknowledged_while_redis_is_away_and_stays_queued(api: Api) -> None:
    api.queue.down = True
    body = (await upload(api)).json()
    seen = (await api.call("GET", f"/v1/documents/{body['id']}")).json()
    assert (seen["state"], api.queue.sent) == ("queued", [])


async def test_nothing_is_acknowledged_or_left_behind_when_the_database_refuses(api: Api, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE uploads RENAME TO uploads_away"))
    try:
        response = await upload(api)
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE uploads_away RENAME TO uploads"))
    assert response.status_code == 500
    assert "uploads" not in response.text
    assert stored(api) == []
