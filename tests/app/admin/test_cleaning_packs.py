"""Cleaning packs: built-in ones are there, own ones take their place, wrong ones are refused with their line."""

from __future__ import annotations

from tests.app.conftest import Api

PACK = "steps:\n  - whitespace\n"


async def put(api: Api, name: str, body: str, **who: str) -> tuple[int, dict[str, object]]:
    headers = {"Content-Type": "application/yaml"}
    response = await api.call("PUT", f"/v1/cleaning-packs/{name}", "editor", content=body, headers=headers, **who)
    return response.status_code, response.json()


async def names(api: Api, **who: str) -> dict[str, str]:
    packs = (await api.call("GET", "/v1/cleaning-packs", "editor", **who)).json()["cleaning_packs"]
    return {pack["name"]: pack["origin"] for pack in packs}


async def test_the_built_in_packs_can_be_read(api: Api) -> None:
    assert (await names(api))["default"] == "built-in"
    pack = (await api.call("GET", "/v1/cleaning-packs/default")).json()
    assert "steps:" in pack["body"]


async def test_an_own_pack_takes_the_place_of_a_built_in_one_until_it_is_removed(api: Api) -> None:
    assert await put(api, "default", PACK) == (200, (await api.call("GET", "/v1/cleaning-packs/default")).json())
    assert (await names(api))["default"] == "own"
    assert (await names(api, tenant="other"))["default"] == "built-in"
    assert (await api.call("DELETE", "/v1/cleaning-packs/default")).status_code == 204
    assert (await names(api))["default"] == "built-in"


async def test_a_version_rises_only_when_the_pack_changed(api: Api) -> None:
    versions = [(await put(api, "mine", body))[1]["version"] for body in (PACK, PACK, PACK + "# more\n")]
    assert versions == [1, 1, 2]


async def test_a_wrong_pack_is_refused_with_its_line(api: Api) -> None:
    status, body = await put(api, "mine", "steps:\n  - nonsense\n")
    assert (status, "line 2" in str(body["detail"])) == (422, True)
    assert "mine" not in await names(api)


async def test_a_pack_that_is_not_there_is_not_found(api: Api) -> None:
    assert (await api.call("GET", "/v1/cleaning-packs/none")).status_code == 404
    assert (await api.call("DELETE", "/v1/cleaning-packs/default")).status_code == 404
