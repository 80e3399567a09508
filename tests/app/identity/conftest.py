"""People who sign in: accounts made over HTTP, and browsers that keep their cookies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest_asyncio

from app.identity.sessions import CSRF_HEADER
from tests.app.conftest import Api

PASSWORD = "correct horse battery"


@dataclass
class Browser:
    """A client with cookies; after `sign_in` it sends the CSRF token along."""

    client: httpx.AsyncClient
    session: dict[str, Any]

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.client.request(method, path, **more)


class People:
    """Makes accounts as an administrator would, and signs them in."""

    def __init__(self, api: Api, stack: AsyncExitStack) -> None:
        self.api = api
        self._stack = stack

    async def add(
        self, name: str, roles: Sequence[str] = ("employee",), groups: Sequence[str] = (), **more: Any
    ) -> dict[str, Any]:
        tenant = more.pop("tenant", "default")
        body = {"name": name, "roles": list(roles), "groups": list(groups), "password": PASSWORD, **more}
        response = await self.api.call("POST", "/v1/users", json=body, user="root", tenant=tenant)
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    async def browser(self, base_url: str = "http://freshet.test") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.api.app)
        return await self._stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=base_url))

    async def sign_in(self, name: str, password: str = PASSWORD, tenant: str = "default") -> Browser:
        client = await self.browser()
        body = {"tenant": tenant, "user": name, "password": password}
        response = await client.post("/v1/session", json=body)
        assert response.status_code == 200, response.text
        client.headers[CSRF_HEADER] = response.json()["csrf_token"]
        return Browser(client, response.json())


@pytest_asyncio.fixture
async def people(api: Api) -> AsyncIterator[People]:
    async with AsyncExitStack() as stack:
        yield People(api, stack)
