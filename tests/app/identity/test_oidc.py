"""Signing in with a real OpenID Connect provider that runs beside the test."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import Engine, text

from app.identity.oidc_routes import own_path
from app.identity.sessions import CSRF_HEADER
from app.settings import Settings
from tests.app.conftest import Api, start_api
from tests.app.identity.conftest import People


@dataclass
class ProviderServer:
    """The provider, where one puts people and signs them in by hand."""

    url: str

    def put(self, sub: str, **claims: Any) -> None:
        httpx.put(f"{self.url}/users/{sub}", json=claims).raise_for_status()

    def revoke(self, sub: str) -> None:
        httpx.post(f"{self.url}/users/{sub}/revoke-tokens").raise_for_status()

    def consent(self, address: str, sub: str) -> str:
        """What a person does there: the address that the browser is sent back to."""
        response = httpx.post(address, data={"sub": sub})
        assert response.status_code == 302, response.text
        return response.headers["location"]


@pytest.fixture(scope="module")
def provider() -> Iterator[ProviderServer]:
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    from oidc_provider_mock import run_server_in_thread

    with run_server_in_thread(require_nonce=True) as server:
        yield ProviderServer(f"http://localhost:{server.server_port}")


@pytest_asyncio.fixture
async def people(
    database_url: str, engine: Engine, settings: Settings, tmp_path: Path, provider: ProviderServer
) -> AsyncIterator[People]:
    given = {
        "oidc_issuer": provider.url,
        "oidc_client_id": "freshet",
        "oidc_client_secret": SecretStr("shared with the provider"),
        "oidc_label": "Works account",
        "oidc_roles": {"kb-editors": ["editor"], "it": ["admin"]},
    }
    async with AsyncExitStack() as stack:
        with_provider = settings.model_copy(update=given)
        api = await start_api(database_url, engine, with_provider, tmp_path, "redis://127.0.0.1:1/0", stack)
        yield People(api, stack)


async def come_back(people: People, provider: ProviderServer, sub: str) -> tuple[httpx.AsyncClient, httpx.Response]:
    """The whole way of one browser."""
    browser = await people.browser()
    started = await browser.get("/v1/oidc/sso/start?next=/ask")
    assert started.status_code == 303
    return browser, await browser.get(provider.consent(started.headers["location"], sub))


async def sign_in(people: People, provider: ProviderServer, sub: str) -> httpx.AsyncClient:
    browser, returned = await come_back(people, provider, sub)
    assert (returned.status_code, returned.headers["location"]) == (303, "/ask")
    browser.headers[CSRF_HEADER] = (await browser.get("/v1/session")).json()["csrf_token"]
    return browser


def run_out(engine: Engine) -> None:
    """What the provider said is no longer good."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET renew_at = now()"))


async def test_people_are_told_how_to_sign_in(people: People) -> None:
    told = (await (await people.browser()).get("/v1/sign-in-ways")).json()
    shown = {"name": "sso", "label": "Works account", "start_url": "/v1/oidc/sso/start"}
    assert told == {"local": True, "providers": [shown]}


async def test_the_browser_is_sent_with_state_nonce_and_a_challenge(people: People, provider: ProviderServer) -> None:
    started = await (await people.browser()).get("/v1/oidc/sso/start")
    address = urlsplit(started.headers["location"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}" == provider.url
    assert (asked["client_id"], asked["code_challenge_method"]) == ("freshet", "S256")
    assert asked["redirect_uri"] == "http://freshet.test/v1/oidc/sso/callback"
    assert all(len(asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    cookie = started.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert asked["nonce"] not in cookie


async def test_who_signs_in_there_has_an_account_here(people: People, provider: ProviderServer) -> None:
    provider.put("u1", preferred_username="Mia", name="Mia M.", email="mia@x.example", groups=["kb-editors", "public"])
    browser = await sign_in(people, provider, "u1")
    told = (await browser.get("/v1/session")).json()
    assert (told["user"], told["display_name"]) == ("mia", "Mia M.")
    assert (told["roles"], told["groups"]) == (["editor", "employee"], ["kb-editors"])
    account = (await people.api.call("GET", "/v1/users/mia")).json()
    assert (account["origin"], account["email"]) == ("sso", "mia@x.example")
    assert (await browser.get("/v1/dead-letters")).status_code == 200
    assert (await browser.put("/v1/session/password", json={"old": "x", "new": "long enough"})).status_code == 409


async def test_a_group_removed_there_is_gone_when_the_token_has_run_out(
    people: People, provider: ProviderServer, engine: Engine
) -> None:
    provider.put("u2", preferred_username="tom", groups=["kb-editors", "finance"])
    browser = await sign_in(people, provider, "u2")
    bearer = people.api.token("editor", "employee", user="tom", groups=["kb-editors", "finance"])
    provider.put("u2", preferred_username="tom", groups=["finance"])
    run_out(engine)
    told = (await browser.get("/v1/session")).json()
    assert (told["roles"], told["groups"]) == (["employee"], ["finance"])
    answer = await people.api.client.get("/v1/session", headers={"Authorization": f"Bearer {bearer}"})
    assert (answer.json()["roles"], answer.json()["groups"]) == (["employee"], ["finance"])


async def test_a_session_ends_when_the_provider_no_longer_vouches(
    people: People, provider: ProviderServer, engine: Engine
) -> None:
    provider.put("u3", preferred_username="kim")
    browser = await sign_in(people, provider, "u3")
    provider.revoke("u3")
    assert (await browser.get("/v1/session")).status_code == 200
    run_out(engine)
    assert (await browser.get("/v1/session")).status_code == 401


async def test_while_the_provider_is_away_nobody_is_let_in_by_what_has_run_out(
    people: People, provider: ProviderServer, engine: Engine
) -> None:
    provider.put("u4", preferred_username="lee")
    browser = await sign_in(people, provider, "u4")
    run_out(engine)
    known = people.api.app.state.identity.providers["sso"]
    metadata = known._metadata
    known._metadata = (metadata[0], {**metadata[1], "token_endpoint": "http://127.0.0.1:1/token"})
    answer = await browser.get("/v1/session")
    assert (answer.status_code, answer.json()["service"]) == (503, "sign-in provider")
    known._metadata = metadata
    assert (await browser.get("/v1/session")).status_code == 200


async def test_a_session_without_a_refresh_token_ends_with_the_id_token(people: People, engine: Engine) -> None:
    from oidc_provider_mock import run_server_in_thread

    with run_server_in_thread(issue_refresh_token=False) as server:
        other = ProviderServer(f"http://localhost:{server.server_port}")
        known = people.api.app.state.identity.providers["sso"]
        object.__setattr__(known.settings, "issuer", other.url)
        other.put("u9", preferred_username="uma")
        await sign_in(people, other, "u9")
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT expires_at - created_at <= interval '61 minutes', renew_at FROM sessions")
        )
        assert row.one() == (True, None)


async def test_the_same_person_keeps_the_account_under_another_name(people: People, provider: ProviderServer) -> None:
    provider.put("u5", preferred_username="ana")
    await sign_in(people, provider, "u5")
    provider.put("u5", preferred_username="ana.married")
    browser = await sign_in(people, provider, "u5")
    assert (await browser.get("/v1/session")).json()["user"] == "ana"


async def test_nobody_takes_over_an_account_by_its_name(people: People, provider: ProviderServer) -> None:
    await people.add("boss", ["admin"])
    provider.put("u6", preferred_username="boss")
    browser, returned = await come_back(people, provider, "u6")
    assert returned.headers["location"] == "/?sign_in_error=taken"
    assert (await browser.get("/v1/session")).status_code == 401


async def test_a_deactivated_account_stays_out(people: People, provider: ProviderServer) -> None:
    provider.put("u7", preferred_username="zoe")
    browser = await sign_in(people, provider, "u7")
    await people.api.call("PATCH", "/v1/users/zoe", json={"active": False})
    assert (await browser.get("/v1/session")).status_code == 401
    _, returned = await come_back(people, provider, "u7")
    assert returned.headers["location"] == "/?sign_in_error=deactivated"


async def test_groups_and_roles_of_the_provider_are_changed_there(people: People, provider: ProviderServer) -> None:
    provider.put("u8", preferred_username="ivy")
    await sign_in(people, provider, "u8")
    refused = await people.api.call("PATCH", "/v1/users/ivy", json={"roles": ["admin"]})
    assert (refused.status_code, "change it there" in refused.json()["detail"]) == (409, True)


@pytest.mark.parametrize("tampered", ["other browser", "other state", "no code", "twice"])
async def test_a_way_back_that_was_not_begun_here_leads_nowhere(
    people: People, provider: ProviderServer, tampered: str
) -> None:
    browser = await people.browser()
    started = await browser.get("/v1/oidc/sso/start")
    address = provider.consent(started.headers["location"], "u1")
    if tampered == "other browser":
        browser = await people.browser()
    elif tampered == "other state":
        address = address.replace("state=", "state=x")
    elif tampered == "no code":
        address = address.replace("code=", "error=")
    else:
        await browser.get(address)
    returned = await browser.get(address)
    assert returned.headers["location"] in {"/?sign_in_error=expired", "/?sign_in_error=refused"}
    if tampered != "twice":
        assert (await browser.get("/v1/session")).status_code == 401


async def test_a_code_of_another_sign_in_is_refused_by_its_nonce(people: People, provider: ProviderServer) -> None:
    mine, theirs = await people.browser(), await people.browser()
    here = (await mine.get("/v1/oidc/sso/start")).headers["location"]
    there = provider.consent((await theirs.get("/v1/oidc/sso/start")).headers["location"], "u1")
    stolen = parse_qs(urlsplit(there).query)["code"][0]
    state = parse_qs(urlsplit(here).query)["state"][0]
    returned = await mine.get("/v1/oidc/sso/callback", params={"code": stolen, "state": state})
    assert returned.headers["location"] == "/?sign_in_error=refused"


async def test_an_unknown_provider_is_not_found(api: Api) -> None:
    assert (await api.client.get("/v1/oidc/other/start")).status_code == 404
    assert (await api.client.get("/v1/oidc/other/callback")).status_code == 404


async def test_a_provider_that_is_away_is_a_sentence_on_the_sign_in_page(people: People) -> None:
    known = people.api.app.state.identity.providers["sso"]
    object.__setattr__(known.settings, "issuer", "http://127.0.0.1:1")
    started = await (await people.browser()).get("/v1/oidc/sso/start")
    assert started.headers["location"] == "/?sign_in_error=unavailable"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "", "ask",
        "/\t/evil.example", "/a\r\nSet-Cookie: x=y", "/ask\\..\\x",
    ],
)  # fmt: skip
def test_nobody_is_led_to_another_site(address: str) -> None:
    assert own_path(address) == "/"


@pytest.mark.parametrize(("given", "led"), [("/ask?q=1#x", "/ask?q=1#x"), ("/", "/"), ("/文", "/%E6%96%87")])
def test_own_paths_are_led_to(given: str, led: str) -> None:
    assert own_path(given) == led
