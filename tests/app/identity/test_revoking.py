"""What is taken away acts with the next request, whatever one got in by: session, API key or bearer token."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import Engine, text

from app.callers import make_caller, mint_token
from tests.app.conftest import SECRET, Api
from tests.app.identity.conftest import People


async def whoami(api: Api, token: str) -> httpx.Response:
    return await api.client.get("/v1/session", headers={"Authorization": f"Bearer {token}"})


async def make_key(api: Api, user: str = "root", **more: object) -> dict[str, str]:
    body = {"name": "sync", "scopes": ["editor"], "groups": ["finance"], **more}
    response = await api.call("POST", "/v1/api-keys", json=body, user=user)
    assert response.status_code == 201, response.text
    made: dict[str, str] = response.json()
    return made


async def test_a_deactivated_user_is_out_by_every_way(people: People) -> None:
    api = people.api
    await people.add("ann", ["employee", "admin"])
    browser, token = await people.sign_in("ann"), api.token("employee", user="ann")
    key = await make_key(api, user="ann")
    assert (await whoami(api, token)).status_code == (await whoami(api, key["secret"])).status_code == 200
    await api.call("POST", "/v1/users", json={"name": "root", "roles": ["admin"]})
    assert (await api.call("PATCH", "/v1/users/ann", json={"active": False}, user="root")).status_code == 200
    answers = [await browser.call("GET", "/v1/session"), await whoami(api, token), await whoami(api, key["secret"])]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert "no longer active" in answers[1].json()["detail"]


async def test_who_is_active_again_signs_in_anew(people: People) -> None:
    await people.add("ann")
    browser, token = await people.sign_in("ann"), people.api.token("employee", user="ann")
    for active in (False, True):
        await people.api.call("PATCH", "/v1/users/ann", json={"active": active}, user="root")
    assert (await browser.call("GET", "/v1/session")).status_code == 401
    assert (await whoami(people.api, token)).status_code == 401
    await people.sign_in("ann")


async def test_tokens_of_a_deleted_user_stay_void_even_if_the_name_comes_back(people: People) -> None:
    await people.add("ann")
    token = people.api.token("employee", user="ann")
    assert (await people.api.call("DELETE", "/v1/users/ann", user="root")).status_code == 204
    assert (await whoami(people.api, token)).status_code == 401
    await people.add("ann")
    assert (await whoami(people.api, token)).status_code == 401


async def test_a_role_taken_away_is_taken_from_sessions_and_tokens(people: People) -> None:
    await people.add("eve", ["employee", "editor"])
    browser, token = await people.sign_in("eve"), people.api.token("editor", "employee", user="eve")
    await people.api.call("PATCH", "/v1/users/eve", json={"roles": ["employee"]}, user="root")
    assert (await browser.call("GET", "/v1/session")).json()["roles"] == ["employee"]
    assert (await whoami(people.api, token)).json()["roles"] == ["employee"]
    assert (await browser.call("GET", "/v1/dead-letters")).status_code == 403


async def test_a_group_taken_away_is_taken_from_sessions_and_tokens(people: People) -> None:
    await people.add("ann", groups=["finance", "staff"])
    browser, token = await people.sign_in("ann"), people.api.token("employee", user="ann", groups=["finance", "staff"])
    await people.api.call("PATCH", "/v1/users/ann", json={"groups": ["staff"]}, user="root")
    assert (await browser.call("GET", "/v1/session")).json()["groups"] == ["staff"]
    assert (await whoami(people.api, token)).json()["groups"] == ["staff"]


async def test_a_deleted_group_is_taken_from_everybody(people: People) -> None:
    await people.add("ann", groups=["finance", "staff"])
    browser = await people.sign_in("ann")
    key = (await make_key(people.api, groups=["finance", "staff"]))["secret"]
    stranger = people.api.token("employee", user="without an account", groups=["finance", "staff"])
    assert (await people.api.call("DELETE", "/v1/groups/finance")).status_code == 204
    later = people.api.token("employee", user="minted later", groups=["finance", "staff"])
    for answer in [
        await browser.call("GET", "/v1/session"),
        *[await whoami(people.api, token) for token in (key, stranger, later)],
    ]:
        assert answer.json()["groups"] == ["staff"]


async def test_a_group_of_another_tenant_is_left_alone(people: People) -> None:
    await people.add("ann", groups=["finance"])
    token = people.api.token("employee", user="bob", groups=["finance"], tenant="other")
    await people.api.call("DELETE", "/v1/groups/finance")
    assert (await whoami(people.api, token)).json()["groups"] == ["finance"]


async def test_a_group_that_comes_back_comes_back_without_its_members(people: People) -> None:
    await people.add("ann", groups=["finance"])
    old = people.api.token("employee", user="bob", groups=["finance"])
    await people.api.call("DELETE", "/v1/groups/finance")
    refused = await people.api.call("PATCH", "/v1/users/ann", json={"groups": ["finance"]}, user="root")
    assert (refused.status_code, "declare it again" in refused.json()["detail"]) == (409, True)
    await people.api.call("PUT", "/v1/groups/finance", json={"description": "again"})
    assert (await (await people.sign_in("ann")).call("GET", "/v1/session")).json()["groups"] == []
    assert (await whoami(people.api, old)).json()["groups"] == []


async def test_a_revoked_key_is_out_at_once(api: Api) -> None:
    key = await make_key(api)
    told = (await whoami(api, key["secret"])).json()
    assert (told["user"], told["roles"], told["groups"]) == ("key:sync", ["editor"], ["finance"])
    assert (await api.call("DELETE", f"/v1/api-keys/{key['id']}")).status_code == 204
    assert (await whoami(api, key["secret"])).status_code == 401


async def test_a_key_that_has_run_out_is_refused(api: Api, engine: Engine) -> None:
    key = await make_key(api, expires_at="2999-01-01T00:00:00Z")
    assert (await whoami(api, key["secret"])).status_code == 200
    with engine.begin() as connection:
        connection.execute(text("UPDATE api_keys SET expires_at = now()"))
    assert (await whoami(api, key["secret"])).status_code == 401


@pytest.mark.parametrize("secret", ["fk_", "fk_nonsense", "fk_" + "a" * 43, "fk_\u4e2d"])
async def test_no_text_whatever_is_a_key(api: Api, secret: str) -> None:
    await make_key(api)
    headers = [(b"Authorization", b"Bearer " + secret.encode())]
    assert (await api.client.get("/v1/session", headers=headers)).status_code == 401


async def test_tokens_of_people_without_an_account_stay_as_minted(api: Api) -> None:
    token = mint_token(SECRET, make_caller("default", "ann", ["finance"], ["editor", "agent"]))
    told = (await whoami(api, token)).json()
    assert (told["roles"], told["groups"]) == (["agent", "editor"], ["finance"])


async def test_a_token_minted_after_a_group_was_taken_holds_what_it_was_minted_with(
    people: People, engine: Engine
) -> None:
    await people.add("ann", groups=["finance"])
    await people.api.call("PATCH", "/v1/users/ann", json={"groups": []}, user="root")
    with engine.begin() as connection:
        connection.execute(text("UPDATE revocations SET at = at - interval '2 seconds'"))
    token = people.api.token("employee", user="ann", groups=["finance"])
    assert (await whoami(people.api, token)).json()["groups"] == ["finance"]
