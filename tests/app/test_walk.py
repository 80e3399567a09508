"""The walk: every route × every role × every way of saying who one is × every tenant, and nothing leaks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import iter_route_contexts
from sqlalchemy import Engine, text

from app.auth import OPEN, ROUTES
from app.callers import EVERYONE, ROLES
from app.identity.sessions import CSRF_HEADER
from retrieval.model import Candidate
from tests.app.conftest import Api
from tests.app.identity.conftest import People

MARK = "only-for-the-first-tenant"
"""Stands in everything that the first tenant has."""

_FILLED: Mapping[str, str] = {
    "document_id": "a" * 26,
    "source": "shop",
    "key:path": "a/1",
    "name": "erp",
    "name:path": "erp",
    "letter_id": "1",
    "upload_id": "0" * 32,
    "provider": "sso",
    "key_id": "0" * 16,
    "site_id": "0" * 16,
    "turn_id": "0" * 32,
    "version": "1",
    "number": "1",
    "token": "T" * 24,
}

Route = tuple[str, str]


def routes_of(api: Api) -> list[Route]:
    """Every route; the one that signs out comes last."""
    found = []
    for context in iter_route_contexts(api.app.routes):
        path = context.path or ""
        if path != "/openapi.json":
            found += [(method, path) for method in context.methods or () if method != "HEAD"]
    return sorted(found, key=lambda route: (route == ("DELETE", "/v1/session"), route))


def filled(path: str, values: Mapping[str, str] = _FILLED) -> str:
    """`path` with something in the place of its parameters."""
    for name, value in {**_FILLED, **values}.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def is_let_in(route: Route, role: str, status: int) -> bool:
    """Whether the answer is what the table says: refused with 403, or let in."""
    if ROUTES[route] is OPEN or role in ROUTES[route]:
        return status not in {401, 403}
    return status == 403


@pytest_asyncio.fixture
async def people(api: Api) -> AsyncIterator[People]:
    async with AsyncExitStack() as stack:
        yield People(api, stack)


async def test_every_route_has_a_row_in_the_table_and_every_row_a_route(api: Api) -> None:
    assert set(routes_of(api)) == set(ROUTES)


@pytest.mark.parametrize("role", ROLES)
async def test_a_bearer_token_opens_the_routes_of_its_role_and_no_others(api: Api, role: str) -> None:
    answers = {route: (await api.call(route[0], filled(route[1]), role=role)).status_code for route in routes_of(api)}
    assert {route: status for route, status in answers.items() if not is_let_in(route, role, status)} == {}


@pytest.mark.parametrize("role", ROLES)
async def test_an_api_key_opens_the_routes_of_its_scope_and_no_others(api: Api, role: str) -> None:
    made = await api.call("POST", "/v1/api-keys", json={"name": "walk", "scopes": [role]})
    headers = {"Authorization": f"Bearer {made.json()['secret']}"}
    wrong = {}
    for route in routes_of(api):
        status = (await api.client.request(route[0], filled(route[1]), headers=headers)).status_code
        if not is_let_in(route, role, status):
            wrong[route] = status
    assert wrong == {}


@pytest.mark.parametrize("role", ROLES)
async def test_a_session_opens_the_routes_of_its_role_and_no_others(people: People, role: str) -> None:
    await people.add("walker", [role])
    browser = await people.sign_in("walker")
    wrong = {}
    for route in routes_of(people.api):
        if route == ("POST", "/v1/session"):
            continue
        status = (await browser.call(route[0], filled(route[1]))).status_code
        if not is_let_in(route, role, status):
            wrong[route] = status
    assert wrong == {}


async def test_a_session_without_its_csrf_token_changes_nothing(people: People) -> None:
    await people.add("walker", ["admin"])
    browser = await people.sign_in("walker")
    del browser.client.headers[CSRF_HEADER]
    wrong = {}
    for method, path in routes_of(people.api):
        status = (await browser.call(method, filled(path))).status_code
        if ROUTES[method, path] is not OPEN and (status == 403) != (method != "GET"):
            wrong[method, path] = status
    assert wrong == {}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer fk_nonsense"},
        {"Authorization": "Basic YTpi"},
        {"Cookie": "freshet_session=nonsense"},
    ],
)
async def test_no_route_but_the_open_ones_answers_a_stranger(api: Api, headers: dict[str, str]) -> None:
    wrong = {}
    for method, path in routes_of(api):
        status = (await api.client.request(method, filled(path), headers=headers)).status_code
        if (status != 401) != (ROUTES[method, path] is OPEN) and (method, path) != ("POST", "/v1/session"):
            wrong[method, path] = status
    assert wrong == {}


async def test_a_route_that_is_in_no_row_is_closed_to_everyone(api: Api) -> None:
    @api.app.get("/v1/forgotten")
    async def forgotten() -> str:
        return "secret"

    for role in EVERYONE:
        assert (await api.call("GET", "/v1/forgotten", role=role)).status_code == 403


@pytest.mark.parametrize("role", ROLES)
async def test_nothing_of_one_tenant_is_seen_or_changed_from_another(
    api: Api, engine: Engine, show: Callable[..., Candidate], role: str
) -> None:
    values = await furnish(api, engine, show)
    before = await seen(api, "default", "admin", values)
    assert sum(MARK in answer.text for answer in before.values()) >= 15, "the walk has something to find"
    found = {}
    for method, path in routes_of(api):
        answer = await api.call(method, filled(path, values), role=role, tenant="other", user="owner", groups=["staff"])
        if MARK in answer.text or answer.status_code >= 500:
            found[method, path] = answer.text
    assert found == {}
    after = await seen(api, "default", "admin", values)
    assert {route: answer.status_code for route, answer in after.items()} == {
        route: answer.status_code for route, answer in before.items()
    }
    assert [route for route in before if (MARK in before[route].text) != (MARK in after[route].text)] == []


async def seen(api: Api, tenant: str, role: str, values: Mapping[str, str]) -> dict[Route, httpx.Response]:
    """What the routes that only read answer somebody who may read all that was furnished."""
    who: dict[str, Any] = {"tenant": tenant, "user": "owner", "groups": ["staff"]}
    routes = [route for route in routes_of(api) if route[0] == "GET" and route[1] not in {"/metrics", "/openapi.json"}]
    return {route: await api.call(route[0], filled(route[1], values), role=role, **who) for route in routes}


async def furnish(api: Api, engine: Engine, show: Callable[..., Candidate]) -> dict[str, str]:
    """Give the first tenant one of everything; what stands in the place of each parameter then."""
    who: dict[str, Any] = {"user": "owner", "groups": ["staff"]}
    hit = show(api, source="shop", key="a/1", readers=["staff", "user:owner"], title=MARK, text=f"about {MARK}")
    api.candidates.append(hit)
    rules = f"# {MARK}\n{_RULES}"
    made: dict[str, httpx.Response] = {}
    furniture: list[tuple[str, str, str, dict[str, Any]]] = [
        ("user", "POST", "/v1/users", {"json": {"name": "erp", "display_name": MARK, "groups": ["staff"]}}),
        ("group", "PUT", "/v1/groups/erp", {"json": {"description": MARK}}),
        ("key", "POST", "/v1/api-keys", {"json": {"name": MARK, "scopes": ["editor"]}}),
        ("site", "POST", "/v1/sites", {"json": {"name": MARK, "origins": ["https://a.example"]}}),
        ("chat", "POST", "/v1/chat", {"json": {"message": f"What about {MARK}?"}}),
        ("pack", "PUT", "/v1/cleaning-packs/erp", {"content": f"# {MARK}\nsteps: [unicode]\n"}),
        ("rules", "PUT", "/v1/rules/erp", {"content": rules}),
        ("source", "PUT", "/v1/sources/erp", {"content": _CONTRACT}),
    ]
    for what, method, path, body in furniture:
        made[what] = await api.call(method, path, **who, **body)
    assert {what: answer.status_code for what, answer in made.items() if not answer.is_success} == {}
    with engine.begin() as connection:
        letter = connection.execute(text(_LETTER), {"reason": MARK}).scalar_one()
    conversations = f"/v1/conversations/{made['chat'].json()['conversation_id']}"
    return {
        "document_id": hit.document_id,
        "key_id": made["key"].json()["id"],
        "site_id": made["site"].json()["id"],
        "conversation_id": made["chat"].json()["conversation_id"],
        "letter_id": str(letter),
        "turn_id": made["chat"].json()["turn_id"],
        "token": (await api.call("POST", f"{conversations}/share", role="admin", **who)).json()["token"],
    }


_LETTER = """
INSERT INTO dead_letters (tenant, source, key, version, stage, reason, payload)
VALUES ('default', 'shop', 'b', 5, 'clean', :reason, '{}') RETURNING id
"""
_RULES = """\
tables:
  - table: t
    stage: before
    rules:
      - rule: late
        when: {hour: ">= 18"}
        then: {warn: {en: Late., zh: 晚了。}}
"""
_CONTRACT = f"""
# {MARK}
source: erp
connection: postgresql://reader:x@127.0.0.1:1/erp
tables: [public.items]
documents:
- kind: item
  sql: SELECT id, name FROM items
  key: [id]
  title: "{{name}}"
  text: "{{name}}"
  readers: [staff]
"""
