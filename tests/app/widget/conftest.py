"""A site with a widget, and pages of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest_asyncio

from tests.app.conftest import Api

ORIGIN = "https://shop.example"


@dataclass
class Shop:
    """A site of the default tenant as an administrator made it."""

    api: Api
    made: dict[str, Any]

    async def visit(self, origin: str = ORIGIN, **body: Any) -> httpx.Response:
        headers = {"Origin": origin} if origin else {}
        given = {"site_key": self.made["public_key"], **body}
        return await self.api.client.post("/v1/widget/session", json=given, headers=headers)

    async def chat(self, token: str, origin: str = ORIGIN, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", **({"Origin": origin} if origin else {})}
        return await self.api.client.post("/v1/chat", json=body, headers=headers)

    async def change(self, **changed: Any) -> httpx.Response:
        return await self.api.call("PATCH", f"/v1/sites/{self.made['id']}", json=changed)


@pytest_asyncio.fixture
async def shop(api: Api) -> Shop:
    return await open_shop(api, "Shop", ORIGIN)


async def open_shop(api: Api, name: str, origin: str, tenant: str = "default") -> Shop:
    made = await api.call("POST", "/v1/sites", json={"name": name, "origins": [origin]}, tenant=tenant)
    assert made.status_code == 201, made.text
    return Shop(api, made.json())
