"""Sources: the wanted contract is stored once it has been read, and its generation rises only when it changed."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from tests.app.conftest import Api

CONTRACT = """
source: shop
connection: postgresql://reader@db.example/shop
tables: [public.product]
documents:
  - kind: product
    sql: SELECT id, name FROM product
    key: [id]
    title: "{name}"
    text: "{name}"
    readers: [public]
"""
HEADERS = {"Content-Type": "application/yaml"}


async def put(api: Api, contract: str = CONTRACT, name: str = "shop") -> tuple[int, dict[str, object]]:
    response = await api.call("PUT", f"/v1/sources/{name}", content=contract.encode(), headers=HEADERS)
    return response.status_code, response.json()


async def test_a_contract_is_stored_as_its_owner_wrote_it(api: Api) -> None:
    status, body = await put(api)
    assert (status, body["contract"], body["generation"], body["desired"]) == (201, CONTRACT, 1, "active")


async def test_the_same_contract_again_changes_nothing(api: Api) -> None:
    await put(api)
    status, body = await put(api)
    assert (status, body["generation"]) == (200, 1)


async def test_a_changed_contract_has_a_new_generation(api: Api) -> None:
    await put(api)
    assert (await put(api, CONTRACT + "# more\n"))[1]["generation"] == 2


async def test_a_contract_may_come_in_json(api: Api) -> None:
    response = await api.call("PUT", "/v1/sources/shop", json={"contract": CONTRACT})
    assert response.json()["contract"] == CONTRACT


async def test_a_removed_source_stays_listed_until_the_controller_is_done_and_can_come_back(api: Api) -> None:
    await put(api)
    removed = await api.call("DELETE", "/v1/sources/shop")
    assert (removed.status_code, removed.json()["desired"], removed.json()["generation"]) == (202, "removed", 2)
    again = await api.call("DELETE", "/v1/sources/shop")
    assert again.json()["generation"] == 2
    _, back = await put(api)
    assert (back["desired"], back["generation"]) == ("active", 3)


async def test_a_wrong_contract_is_refused_with_its_line(api: Api) -> None:
    status, body = await put(api, CONTRACT.replace("readers: [public]", "raeders: [public]"))
    assert status == 422
    assert "line 11" in str(body["detail"])


async def test_a_contract_under_another_name_is_refused(api: Api) -> None:
    status, body = await put(api, name="other")
    assert (status, "'shop'" in str(body["detail"])) == (422, True)


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe\x00", b"a: \x00", b"]["])
async def test_a_body_that_is_no_contract_is_refused(api: Api, content: bytes) -> None:
    response = await api.call("PUT", "/v1/sources/shop", content=content, headers=HEADERS)
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")


async def test_the_name_of_the_uploaded_files_cannot_be_declared(api: Api) -> None:
    assert (await put(api, CONTRACT.replace("source: shop", "source: files"), "files"))[0] == 422


async def test_status_counts_documents_and_says_up_to_when(api: Api, engine: Engine, show: object) -> None:
    from tests.app.documents import put_document

    await put(api)
    put_document(engine, api.index, "shop", "product/1", ["public"])
    with engine.begin() as connection:
        connection.execute(text('UPDATE sources SET status = \'{"state": "running"}\''))
    status = (await api.call("GET", "/v1/sources/shop/status", role="editor")).json()
    assert (status["documents"], status["shown"], status["status"]) == (1, 1, {"state": "running"})
    assert status["as_of"]


async def test_another_tenant_sees_nothing_of_it(api: Api) -> None:
    await put(api)
    assert (await api.call("GET", "/v1/sources", tenant="other")).json() == {"sources": []}
    for route in ("/v1/sources/shop", "/v1/sources/shop/status"):
        assert (await api.call("GET", route, tenant="other")).status_code == 404
    assert (await api.call("DELETE", "/v1/sources/shop", tenant="other")).status_code == 404


SECRET = CONTRACT.replace("reader@", "reader:hush/hush@")


async def test_a_password_is_not_shown_again_and_stands_where_the_contract_comes_back(api: Api, engine: Engine) -> None:
    status, body = await put(api, SECRET)
    shown = str(body["contract"])
    assert (status, "hush" in shown, "reader:•••••@db.example" in shown) == (201, False, True)
    listed = await api.call("GET", "/v1/sources", role="editor")
    assert "hush" not in listed.text
    assert (await put(api, shown))[1]["generation"] == 1
    assert (await put(api, shown + "# more\n"))[1]["generation"] == 2
    with engine.begin() as connection:
        assert connection.execute(text("SELECT contract FROM sources")).scalar_one() == SECRET + "# more\n"


@pytest.mark.parametrize("place", ["reader:•••••@elsewhere.example", "owner:•••••@db.example"])
async def test_a_hidden_password_goes_to_nobody_else(api: Api, place: str) -> None:
    await put(api, SECRET)
    status, body = await put(api, SECRET.replace("reader:hush/hush@db.example", place))
    assert (status, place.replace(":•••••", "") in str(body["detail"])) == (422, True)


async def test_a_variable_is_no_password(api: Api) -> None:
    contract = CONTRACT.replace("reader@", "reader:${SHOP_PASSWORD}@")
    assert (await put(api, contract))[1]["contract"] == contract


@pytest.mark.parametrize("password", ["p@ss@word", "p'a\"ss", "s3cret/@x"])
async def test_no_part_of_a_password_is_shown(api: Api, password: str) -> None:
    secret = CONTRACT.replace("postgresql://reader@", f"postgresql://reader:{password}@")
    status, body = await put(api, secret)
    assert (status, "reader:•••••@db.example/shop" in str(body["contract"])) == (201, True), body
    assert (await put(api, str(body["contract"])))[1]["generation"] == 1
