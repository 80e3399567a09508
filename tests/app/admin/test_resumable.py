"""Uploads in pieces: refused before bytes are sent, taken up after a lost connection, completed as any upload."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.conftest import Api

FILE = b"coffee 3\n" * 100


async def announce(api: Api, **more: Any) -> Any:
    body = {"filename": "prices.txt", "size_bytes": len(FILE), "readers": ["staff"], **more}
    return await api.call("POST", "/v1/uploads", role="editor", json=body)


async def piece(api: Api, upload: str, offset: int, content: bytes, **who: Any) -> Any:
    headers = {"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"}
    return await api.call("PATCH", f"/v1/uploads/{upload}", role="editor", content=content, headers=headers, **who)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"size_bytes": 2 * 1024 * 1024}, 413),
        ({"size_bytes": 0}, 422),
        ({"filename": "setup.exe"}, 422),
        ({"filename": "../secret.txt"}, 422),
        ({"readers": []}, 422),
    ],
)
async def test_what_cannot_be_taken_is_refused_before_bytes_are_sent(
    api: Api, wrong: dict[str, Any], status: int
) -> None:
    assert (await announce(api, **wrong)).status_code == status


async def test_an_upload_goes_on_where_the_connection_was_lost(api: Api) -> None:
    upload = (await announce(api)).json()["id"]
    assert (await piece(api, upload, 0, FILE[:300])).headers["Upload-Offset"] == "300"
    assert (await piece(api, upload, 0, FILE[:300])).status_code == 409
    standing = await api.call("GET", f"/v1/uploads/{upload}", role="editor")
    assert (standing.json()["offset"], standing.headers["Upload-Offset"]) == (300, "300")
    await piece(api, upload, 300, FILE[300:])
    done = await api.call("POST", f"/v1/uploads/{upload}/complete", role="editor")
    assert (done.status_code, done.json()["key"], done.json()["state"]) == (202, "prices.txt", "queued")
    document = done.json()["id"]
    assert api.queue.sent == [(document, 1)]
    original = await api.call("GET", f"/v1/documents/{document}/original", groups=["staff"])
    assert original.content == FILE
    assert (await api.call("GET", f"/v1/uploads/{upload}", role="editor")).status_code == 404


async def test_an_upload_is_complete_only_with_all_its_bytes(api: Api) -> None:
    upload = (await announce(api)).json()["id"]
    await piece(api, upload, 0, FILE[:300])
    assert (await api.call("POST", f"/v1/uploads/{upload}/complete", role="editor")).status_code == 409
    assert (await piece(api, upload, 300, FILE)).status_code == 422


async def test_an_upload_belongs_to_who_began_it(api: Api) -> None:
    upload = (await announce(api)).json()["id"]
    assert (await piece(api, upload, 0, FILE, user="bob")).status_code == 404
    assert (await piece(api, upload, 0, FILE, tenant="other")).status_code == 404


async def test_an_upload_given_up_leaves_nothing(api: Api) -> None:
    upload = (await announce(api)).json()["id"]
    await piece(api, upload, 0, FILE[:300])
    assert (await api.call("DELETE", f"/v1/uploads/{upload}", role="editor")).status_code == 204
    assert (await piece(api, upload, 300, FILE[300:])).status_code == 404


async def test_limits_are_told(api: Api) -> None:
    limits = (await api.call("GET", "/v1/upload-limits", role="editor")).json()
    assert limits["max_file_bytes"] == 1024 * 1024
    assert ".exe" in limits["refused_extensions"]
