"""The list in any order, passages and versions of a document, and changing many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.app.admin.test_documents import uploaded
from tests.app.admin.test_uploading import upload
from tests.app.conftest import Api


async def listed(api: Api, **params: Any) -> list[str]:
    """Keys over all pages."""
    keys: list[str] = []
    while True:
        page = (await api.call("GET", "/v1/documents", params={"limit": 2, **params})).json()
        keys += [document["key"] for document in page["documents"]]
        if not page["next_cursor"]:
            return keys
        params = {**params, "cursor": page["next_cursor"]}


@pytest.mark.parametrize("sort", ["key", "title", "updated_at", "size_bytes", "source"])
@pytest.mark.parametrize("descending", [False, True])
async def test_every_order_lists_each_document_once(
    api: Api, show: Callable[..., Any], sort: str, descending: bool
) -> None:
    for number in range(5):
        show(api, source="erp", key=f"p/{number}", readers=["staff"], title=f"title {number % 2}")
    await upload(api, name="new.txt", fields={"readers": ["staff"]})
    found = await listed(api, sort=sort, descending=descending)
    assert sorted(found) == ["new.txt", "p/0", "p/1", "p/2", "p/3", "p/4"]


async def test_an_order_is_the_one_asked_for(api: Api, show: Callable[..., Any]) -> None:
    for key, title in (("1", "b"), ("2", "C"), ("3", "a")):
        show(api, source="erp", key=key, readers=["staff"], title=title)
    assert await listed(api, sort="title") == ["3", "1", "2"]
    assert await listed(api, sort="title", descending=True) == ["2", "1", "3"]


async def test_totals_count_what_the_filters_let_through(api: Api, show: Callable[..., Any]) -> None:
    show(api, source="erp", key="1", readers=["staff"])
    show(api, source="erp", key="2", readers=["sales"])
    await upload(api, name="new.txt", fields={"readers": ["staff"]})
    everything = (await api.call("GET", "/v1/documents", params={"count": True, "limit": 1})).json()
    assert (everything["total"], everything["states"]) == (3, {"ready": 2, "queued": 1})
    staff = (await api.call("GET", "/v1/documents", params={"count": True, "reader": "staff"})).json()
    assert staff["total"] == 2


async def test_who_does_not_manage_cannot_search_by_reader(api: Api, show: Callable[..., Any]) -> None:
    show(api, source="erp", key="1", readers=["staff"])
    params = {"reader": "staff", "count": True}
    found = await api.call("GET", "/v1/documents", role="employee", groups=["staff"], params=params)
    assert found.json()["total"] == 0


async def test_passages_are_exact_pieces_of_the_text(api: Api, show: Callable[..., Any]) -> None:
    document = show(api, source="erp", key="1", readers=["staff"], text="# Coffee\n\nThree a day.").document_id
    found = (await api.call("GET", f"/v1/documents/{document}/chunks", groups=["staff"])).json()
    text = (await api.call("GET", f"/v1/documents/{document}/text", groups=["staff"])).text
    assert [one["text"] for one in found["items"]] == [text[one["start"] : one["end"]] for one in found["items"]]
    assert found["version"] == 1


@pytest.mark.parametrize("part", ["chunks", "versions"])
async def test_who_is_no_reader_sees_no_passages_and_no_text_of_versions(
    api: Api, show: Callable[..., Any], part: str
) -> None:
    document = show(api, source="erp", key="1", readers=["staff"]).document_id
    for who in ({"groups": ["sales"]}, {"tenant": "other", "groups": ["staff"]}):
        response = await api.call("GET", f"/v1/documents/{document}/{part}", role="employee", **who)
        assert response.status_code == 404
    managed = await api.call("GET", f"/v1/documents/{document}/chunks", role="editor")
    assert managed.status_code == 404


async def test_versions_are_listed_newest_first(api: Api, show: Callable[..., Any]) -> None:
    document = show(api, source="erp", key="1", readers=["staff"], text="one").document_id
    show(api, source="erp", key="1", readers=["sales"], text="two!", version=2)
    found = (await api.call("GET", f"/v1/documents/{document}/versions", groups=["staff"])).json()["items"]
    assert [(one["version"], one["newest"], one["readable"]) for one in found] == [(2, True, False), (1, False, True)]


async def test_many_are_deleted_each_for_itself(api: Api, show: Callable[..., Any]) -> None:
    await api.call("PUT", "/v1/sources/x", content=b"x")
    kept = show(api, source="erp", key="1", readers=["staff"]).document_id
    gone = await uploaded(api, show, ["staff"])
    body = {"ids": [gone, "a" * 26, kept], "action": "delete"}
    items = (await api.call("POST", "/v1/documents:bulk", role="editor", json=body)).json()["items"]
    assert [one["done"] for one in items] == [True, False, True]
    assert (await api.call("GET", f"/v1/documents/{gone}")).status_code == 404


async def test_many_are_given_other_readers(api: Api, show: Callable[..., Any]) -> None:
    document = await uploaded(api, show, ["staff"])
    body = {"ids": [document], "action": "readers", "readers": ["sales"]}
    assert (await api.call("POST", "/v1/documents:bulk", role="editor", json=body)).json()["items"][0]["done"]
    seen = await api.call("GET", f"/v1/documents/{document}", role="employee", groups=["staff"])
    assert seen.status_code == 404


async def test_readers_must_be_named(api: Api) -> None:
    body = {"ids": ["a" * 26], "action": "readers"}
    assert (await api.call("POST", "/v1/documents:bulk", json=body)).status_code == 422
