"""Signing in by name and password: cookies, CSRF, rotation, and what ends a session."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from app.identity.passwords import SAMPLE_PASSWORD
from app.identity.sessions import COOKIE, CSRF_HEADER
from tests.app.conftest import Api
from tests.app.identity.conftest import PASSWORD, People


async def test_a_session_says_who_one_is(people: People) -> None:
    await people.add("ann", ["employee", "editor"], ["finance"], display_name="Ann")
    browser = await people.sign_in("ann")
    told = (await browser.call("GET", "/v1/session")).json()
    assert told == browser.session
    assert told | {"csrf_token": "", "expires_at": ""} == {
        "tenant": "default",
        "user": "ann",
        "display_name": "Ann",
        "roles": ["editor", "employee"],
        "groups": ["finance"],
        "csrf_token": "",
        "expires_at": "",
    }


async def test_a_name_is_taken_in_any_case_and_with_spaces_around(people: People) -> None:
    await people.add("Ann@Example.com")
    assert (await people.sign_in(" ann@example.COM ")).session["user"] == "ann@example.com"


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(people: People) -> None:
    await people.add("ann")
    response = await (await people.browser()).post("/v1/session", json={"user": "ann", "password": PASSWORD})
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie
    assert response.headers["cache-control"] == "no-store"


async def test_the_cookie_is_kept_off_plain_http_where_the_service_is_reached_by_https(people: People) -> None:
    await people.add("ann")
    browser = await people.browser("https://freshet.test")
    response = await browser.post("/v1/session", json={"user": "ann", "password": PASSWORD})
    assert "secure" in response.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("user", "password"),
    [("ann", "wrong password"), ("nobody", PASSWORD), ("no/body", PASSWORD), ("ann\0", "x"), ("ann", "x" * 999)],
)
async def test_a_wrong_name_and_a_wrong_password_are_told_alike(people: People, user: str, password: str) -> None:
    await people.add("ann")
    response = await (await people.browser()).post("/v1/session", json={"user": user, "password": password})
    assert (response.status_code, response.json()["detail"]) == (401, "user or password is not right")
    assert "set-cookie" not in response.headers


async def test_a_tenant_s_password_opens_no_other_tenant(people: People) -> None:
    await people.add("ann")
    for tenant in ("other", "no such tenant!"):
        body = {"tenant": tenant, "user": "ann", "password": PASSWORD}
        assert (await (await people.browser()).post("/v1/session", json=body)).status_code == 401


async def test_signing_in_again_ends_the_session_before(people: People) -> None:
    await people.add("ann")
    browser = await people.sign_in("ann")
    old = browser.client.cookies[COOKIE]
    await browser.call("POST", "/v1/session", json={"user": "ann", "password": PASSWORD})
    assert browser.client.cookies[COOKIE] != old
    stale = await people.browser()
    stale.cookies.set(COOKIE, old)
    assert (await stale.get("/v1/session")).status_code == 401


async def test_signing_out_ends_the_session_at_once(people: People) -> None:
    await people.add("ann")
    browser = await people.sign_in("ann")
    token = browser.client.cookies[COOKIE]
    assert (await browser.call("DELETE", "/v1/session")).status_code == 204
    assert COOKIE not in browser.client.cookies
    browser.client.cookies.set(COOKIE, token)
    assert (await browser.call("GET", "/v1/session")).status_code == 401


@pytest.mark.parametrize("given", [None, "", "nonsense", "ä"])
async def test_a_cookie_alone_changes_nothing(people: People, given: str | None) -> None:
    await people.add("root", ["admin"])
    browser = await people.sign_in("root")
    del browser.client.headers[CSRF_HEADER]
    headers = {} if given is None else {CSRF_HEADER.encode(): given.encode()}
    response = await browser.client.request("PUT", "/v1/groups/x", json={}, headers=headers)
    assert response.status_code == 403
    assert CSRF_HEADER in response.json()["detail"]
    assert (await browser.call("GET", "/v1/groups")).json()["items"] == []


async def test_another_session_s_csrf_token_does_not_count(people: People) -> None:
    await people.add("root", ["admin"])
    first, second = await people.sign_in("root"), await people.sign_in("root")
    headers = {CSRF_HEADER: first.session["csrf_token"]}
    assert (await second.call("PUT", "/v1/groups/x", json={}, headers=headers)).status_code == 403


async def test_what_a_page_of_another_site_sends_is_refused_even_with_the_right_token(people: People) -> None:
    await people.add("root", ["admin"])
    browser = await people.sign_in("root")
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert (await browser.call("PUT", "/v1/groups/x", json={}, headers=headers)).status_code == 403
    assert (await browser.call("GET", "/v1/groups", headers=headers)).status_code == 200
    assert (await browser.call("PUT", "/v1/groups/x", json={})).status_code == 204


async def test_another_site_cannot_sign_a_browser_in(people: People) -> None:
    await people.add("ann")
    body = {"user": "ann", "password": PASSWORD}
    browser = await people.browser()
    response = await browser.post("/v1/session", json=body, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403


async def test_bearer_tokens_need_no_csrf_token(api: Api) -> None:
    assert (await api.call("PUT", "/v1/groups/x", json={})).status_code == 204


async def test_a_bearer_token_counts_before_a_cookie(people: People) -> None:
    await people.add("ann", ["employee"])
    browser = await people.sign_in("ann")
    headers = {"Authorization": f"Bearer {people.api.token('editor', user='eve')}"}
    assert (await browser.call("GET", "/v1/session", headers=headers)).json()["user"] == "eve"
    bad = {"Authorization": "Bearer nonsense"}
    assert (await browser.call("GET", "/v1/session", headers=bad)).status_code == 401


async def test_a_bearer_token_is_told_who_it_is_and_is_no_session(api: Api) -> None:
    told = (await api.call("GET", "/v1/session", "editor", user="eve", groups=["finance"])).json()
    assert (told["user"], told["roles"], told["groups"]) == ("eve", ["editor"], ["finance"])
    assert told["csrf_token"] is told["expires_at"] is None
    assert (await api.call("DELETE", "/v1/session")).status_code == 409


async def test_a_new_password_of_one_s_own_ends_every_other_session(people: People) -> None:
    await people.add("ann")
    here, there = await people.sign_in("ann"), await people.sign_in("ann")
    wrong = await here.call("PUT", "/v1/session/password", json={"old": "x", "new": "another password"})
    assert wrong.status_code == 422
    changed = await here.call("PUT", "/v1/session/password", json={"old": PASSWORD, "new": "another password"})
    assert changed.status_code == 200
    assert (await here.call("GET", "/v1/session")).json()["csrf_token"] == changed.json()["csrf_token"]
    assert (await there.call("GET", "/v1/session")).status_code == 401
    await people.sign_in("ann", "another password")


async def test_a_new_password_must_not_be_short(people: People) -> None:
    await people.add("ann")
    here = await people.sign_in("ann")
    response = await here.call("PUT", "/v1/session/password", json={"old": PASSWORD, "new": "short"})
    assert response.status_code == 422
    assert "at least 10" in response.json()["detail"]


async def test_a_session_that_has_run_out_is_refused(people: People, engine: Engine) -> None:
    await people.add("ann")
    browser = await people.sign_in("ann")
    with engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET expires_at = now()"))
    response = await browser.call("GET", "/v1/session")
    assert (response.status_code, response.json()["detail"]) == (401, "the session has ended; sign in again")


async def test_neither_password_nor_cookie_is_in_the_database(people: People, engine: Engine) -> None:
    await people.add("ann")
    browser = await people.sign_in("ann")
    with engine.connect() as connection:
        rows = [
            str(row) for table in ("users", "sessions") for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    assert PASSWORD not in "".join(rows)
    assert browser.client.cookies[COOKIE] not in "".join(rows)


async def test_guessing_is_slowed_down_for_the_user_at_that_address(people: People) -> None:
    await people.add("ann")
    await people.add("bob")
    browser = await people.browser()
    guesses = [await browser.post("/v1/session", json={"user": "ann", "password": f"guess {n}"}) for n in range(6)]
    assert [guess.status_code for guess in guesses] == [401] * 5 + [429]
    assert int(guesses[-1].headers["retry-after"]) > 0
    assert "too many" in guesses[-1].json()["detail"]
    right = await browser.post("/v1/session", json={"user": "ANN", "password": PASSWORD})
    assert right.status_code == 429, "the right password is not looked at any more"
    assert (await browser.post("/v1/session", json={"user": "bob", "password": PASSWORD})).status_code == 200


async def test_who_signs_in_rightly_is_not_slowed_down(people: People) -> None:
    await people.add("ann")
    for _ in range(8):
        await people.sign_in("ann")


async def test_the_sample_s_password_opens_nothing_where_others_reach_the_service(people: People) -> None:
    await people.add("ada", password=SAMPLE_PASSWORD)
    await people.sign_in("ada", SAMPLE_PASSWORD)
    identity = people.api.app.state.identity
    object.__setattr__(identity, "loopback", False)
    body = {"user": "ada", "password": SAMPLE_PASSWORD}
    assert (await (await people.browser()).post("/v1/session", json=body)).status_code == 401


async def test_an_administrator_signs_somebody_out_everywhere(people: People) -> None:
    await people.add("ann")
    one, other = await people.sign_in("ann"), await people.sign_in("ann")
    assert (await people.api.call("DELETE", "/v1/users/ann/sessions", user="root")).status_code == 204
    assert [(await browser.call("GET", "/v1/session")).status_code for browser in (one, other)] == [401, 401]
    assert (await people.sign_in("ann")).session["user"] == "ann"
    assert (await people.api.call("DELETE", "/v1/users/nobody/sessions", user="root")).status_code == 404
