"""Accounts, groups, keys and sites over HTTP: what is accepted, and what each list says."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from app import api_client
from app.cli import build
from app.identity.sites import identity_secret, origin_of, site_of_key
from retrieval.errors import RejectedError
from retrieval.model import Candidate
from tests.app.conftest import SECRET, Api
from tests.app.identity.conftest import People


async def test_accounts_are_listed_by_name_over_pages_and_found_by_part_of_a_name(people: People) -> None:
    for name, shown in (("chen", "陈静"), ("ada", "Ada L."), ("ben", "")):
        await people.add(name, display_name=shown, email=f"{name}@x.example")
    first = (await people.api.call("GET", "/v1/users", params={"limit": 2})).json()
    rest = (await people.api.call("GET", "/v1/users", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [user["name"] for user in first["items"] + rest["items"]] == ["ada", "ben", "chen"]
    assert rest["next_cursor"] is None
    for query, found in (("陈", ["chen"]), ("BEN@", ["ben"]), ("%", []), ("a", ["ada", "ben", "chen"])):
        items = (await people.api.call("GET", "/v1/users", params={"query": query})).json()["items"]
        assert [user["name"] for user in items] == found
    assert "password" not in json.dumps(first)


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""}, {"name": "user:ann"}, {"name": "key:x"}, {"name": "a b"}, {"name": "../x"}, {"name": "<b>"},
        {"name": "ann", "roles": ["root"]}, {"name": "ann", "groups": ["user:bob"]}, {"name": "ann", "groups": ['a"b']},
        {"name": "ann", "password": "short"}, {"name": "ann", "password": "x" * 300}, {"name": "ann", "origin": "sso"},
        {"name": "ann", "display_name": "x" * 250},
    ],
)  # fmt: skip
async def test_an_account_that_cannot_be_is_refused(api: Api, body: dict[str, object]) -> None:
    assert (await api.call("POST", "/v1/users", json=body)).status_code == 422


async def test_an_account_without_a_role_is_a_customer_s_and_a_name_is_taken_once(people: People) -> None:
    made = await people.add("ann", roles=[], display_name=" a\u202eb\n c ")
    assert (made["roles"], made["display_name"], made["active"], made["origin"]) == (
        ["customer"],
        "ab c",
        True,
        "local",
    )
    assert (await people.api.call("POST", "/v1/users", json={"name": "ANN"}, user="root")).status_code == 409
    assert (await people.api.call("GET", "/v1/users/nobody", user="root")).status_code == 404


async def test_groups_count_members_and_documents_those_that_nobody_declared_too(
    people: People, show: Callable[..., Candidate]
) -> None:
    await people.add("ann", groups=["finance"])
    show(people.api, source="erp", key="p/1", readers=["finance", "public", "user:ann"])
    show(people.api, source="erp", key="p/2", readers=["finance", "board"])
    await people.api.call("PUT", "/v1/groups/finance", json={"description": "Money"})
    await people.api.call("PUT", "/v1/groups/empty", json={})
    assert (await people.api.call("GET", "/v1/groups")).json()["items"] == [
        {"name": "board", "description": "", "members": 0, "documents": 1},
        {"name": "empty", "description": "", "members": 0, "documents": 0},
        {"name": "finance", "description": "Money", "members": 1, "documents": 2},
    ]
    assert (await people.api.call("PUT", "/v1/groups/public", json={})).status_code == 422
    assert (await people.api.call("PUT", "/v1/groups/user:ann", json={})).status_code == 422


async def test_a_group_with_slashes_in_its_name_is_described_and_deleted_as_any_other(people: People) -> None:
    """Identity providers name groups so; deleting one takes it from everybody's sessions and tokens."""
    await people.add("ann", groups=["/sales/europe"])
    path = f"/v1/groups/{quote('/sales/europe', safe='')}"
    assert (await people.api.call("PUT", path, json={"description": "Sales"})).status_code == 204
    [group] = (await people.api.call("GET", "/v1/groups")).json()["items"]
    assert (group["name"], group["description"], group["members"]) == ("/sales/europe", "Sales", 1)
    assert (await people.api.call("DELETE", path)).status_code == 204
    assert (await people.api.call("GET", "/v1/groups")).json()["items"] == []


async def test_a_key_is_shown_once(api: Api, engine: Engine) -> None:
    made = await api.call("POST", "/v1/api-keys", json={"name": "sync", "scopes": ["editor"], "groups": ["b", "a"]})
    secret = made.json()["secret"]
    assert secret.startswith("fk_")
    listed = (await api.call("GET", "/v1/api-keys")).json()["items"]
    assert listed == [{name: value for name, value in made.json().items() if name != "secret"}]
    assert listed[0]["groups"] == ["a", "b"]
    assert secret.startswith(listed[0]["beginning"])
    with engine.connect() as connection:
        assert secret not in str(connection.execute(text("SELECT * FROM api_keys")).all())
    assert (await api.call("POST", "/v1/api-keys", json={"name": "sync", "scopes": ["editor"]})).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a", "scopes": []}, {"name": " ", "scopes": ["editor"]}, {"name": "a", "scopes": ["root"]},
        {"name": "a", "scopes": ["editor"], "expires_at": "2001-01-01T00:00:00Z"},
        {"name": "a", "scopes": ["editor"], "expires_at": "2999-01-01T00:00:00"},
        {"name": "a", "scopes": ["editor"], "groups": ["user:ann"]},
    ],
)  # fmt: skip
async def test_a_key_that_cannot_be_is_refused(api: Api, body: dict[str, object]) -> None:
    assert (await api.call("POST", "/v1/api-keys", json=body)).status_code == 422


async def test_a_site_is_made_changed_and_deleted(api: Api, engine: Engine) -> None:
    body = {"name": "Shop", "origins": ["https://Shop.example/", "http://localhost:8080"], "greeting": {"zh": "您好"}}
    made = (await api.call("POST", "/v1/sites", json=body)).json()
    assert made["origins"] == ["https://shop.example", "http://localhost:8080"]
    assert made["identity_secret"] == identity_secret(SECRET, made["id"])
    assert made["public_key"].startswith("pk_")
    path = f"/v1/sites/{made['id']}"
    shown = (await api.call("GET", path)).json()
    assert shown == {name: value for name, value in made.items() if name != "identity_secret"}
    changed = await api.call("PATCH", path, json={"active": False, "origins": ["https://a.example:443"]})
    assert (changed.json()["active"], changed.json()["origins"]) == (False, ["https://a.example"])
    with engine.connect() as connection:
        site = site_of_key(connection, made["public_key"])
        assert site is not None
        assert (site.tenant, site.active, site.greeting) == ("default", False, {"zh": "您好"})
    assert (await api.call("POST", "/v1/sites", json=body)).status_code == 409
    assert (await api.call("DELETE", path)).status_code == 204
    assert (await api.call("GET", path)).status_code == 404


@pytest.mark.parametrize(
    "given",
    ["*", "https://*.example", "shop.example", "https://", "https://a/b", "https://u:p@a", "javascript:x",
     "https://a b", "https://a:99999", "null", "ftp://a", "https://a?x"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(given: str) -> None:
    with pytest.raises(RejectedError, match="origin"):
        origin_of(given)


@pytest.mark.parametrize(
    ("given", "origin"),
    [("https://bücher.example", "https://xn--bcher-kva.example"), ("http://[::1]:80", "http://[::1]")],
)
def test_origins_are_as_browsers_write_them(given: str, origin: str) -> None:
    assert origin_of(given) == origin


def test_accounts_on_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, object]] = []

    def answer(_: object, method: str, path: str, **more: object) -> object:
        if method == "POST":
            sent.append(dict(more["json"]))  # type: ignore[call-overload]
            return {"name": "ann", "roles": ["editor"]}
        return {"items": [{"name": "ann", "roles": ["editor"], "groups": ["a"], "active": False}], "next_cursor": None}

    monkeypatch.setattr(api_client.ApiClient, "_json", answer)
    add = ["users", "add", "ann", "--role", "editor", "--group", "a", "--password-stdin"]
    told = CliRunner().invoke(build(add), add, input="a long password\n")
    assert (told.exit_code, told.stdout) == (0, "ann: editor\n")
    assert (sent[0]["password"], sent[0]["roles"], sent[0]["groups"]) == ("a long password", ["editor"], ["a"])
    made = CliRunner().invoke(build(add), add[:-1])
    assert f"password {sent[1]['password']}" in made.stdout
    shown = CliRunner().invoke(build(["users"]), ["users", "list"]).stdout
    assert "ann" in shown
    assert "(not active)" in shown
