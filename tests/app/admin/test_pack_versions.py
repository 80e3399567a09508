"""Trying packs, their versions, and two editors on one pack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ingestion.cleaning.pack import built_in_body, built_in_names
from tests.app.admin.test_documents import uploaded
from tests.app.conftest import Api

ONE = built_in_body("default") + "\n# one\n"
TWO = built_in_body("default") + "\n# two\n"


async def save(api: Api, body: str, name: str = "mine", expected: str | None = None, **who: Any) -> Any:
    headers = {"Content-Type": "application/yaml", **({"If-Match": expected} if expected else {})}
    path = f"/v1/cleaning-packs/{name}"
    return await api.call("PUT", path, content=body.encode(), headers=headers, role="editor", **who)


async def test_a_text_is_tried_with_a_pack_that_is_not_saved(api: Api) -> None:
    body = {"pack": ONE, "text": "a  b\r\nc", "title": "t"}
    tried = (await api.call("POST", "/v1/cleaning-packs/mine/try", role="editor", json=body)).json()
    assert (tried["before"]["text"], tried["action"], tried["as_parsed"]) == ("a  b\r\nc", "keep", True)
    assert "\r" not in tried["after"]["text"]
    assert (await api.call("GET", "/v1/cleaning-packs/mine")).status_code == 404


async def test_a_document_is_tried_as_it_was_parsed_by_its_readers_only(api: Api, show: Callable[..., Any]) -> None:
    document = await uploaded(api, show, ["staff"])
    body = {"document_id": document}
    path = "/v1/cleaning-packs/default/try"
    tried = (await api.call("POST", path, role="editor", groups=["staff"], json=body)).json()
    assert (tried["before"]["text"], tried["as_parsed"]) == ("coffee 3", True)
    assert (await api.call("POST", path, role="editor", groups=["sales"], json=body)).status_code == 404


async def test_a_pack_that_cannot_be_read_says_why(api: Api) -> None:
    body = {"pack": "steps: [nonsense]", "text": "a"}
    response = await api.call("POST", "/v1/cleaning-packs/mine/try", json=body)
    assert response.status_code == 422
    assert "line" in response.json()["detail"]


async def test_every_version_is_kept_and_can_be_put_in_force_again(api: Api) -> None:
    await save(api, ONE)
    await save(api, TWO)
    answer = await api.call("POST", "/v1/cleaning-packs/mine/activate", role="editor", json={"version": 1})
    assert (answer.json()["version"], answer.json()["body"]) == (1, ONE)
    versions = (await api.call("GET", "/v1/cleaning-packs/mine/versions", role="editor")).json()["items"]
    assert [(one["version"], one["active"]) for one in versions] == [(2, False), (1, True)]
    assert (await save(api, TWO)).json()["version"] == 3


async def test_the_built_in_pack_is_version_nought(api: Api) -> None:
    name = next(iter(built_in_names()))
    await save(api, ONE, name)
    await api.call("POST", f"/v1/cleaning-packs/{name}/activate", json={"version": 0})
    assert (await api.call("GET", f"/v1/cleaning-packs/{name}")).json()["origin"] == "built-in"
    assert (await api.call("POST", f"/v1/cleaning-packs/{name}/activate", json={"version": 9})).status_code == 404


async def test_the_second_of_two_editors_is_told(api: Api) -> None:
    assert (await save(api, ONE, expected="0")).status_code == 200
    assert (await save(api, TWO, expected='"1"', user="bob")).status_code == 200
    late = await save(api, ONE, expected="1")
    assert late.status_code == 409
    assert "bob" in late.json()["detail"]
