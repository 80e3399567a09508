"""Only pages of active sites may call, only the widget's routes, and nothing is ever allowed to everybody."""

from __future__ import annotations

import pytest

from tests.app.conftest import Api
from tests.app.widget.conftest import ORIGIN, Shop

CONVERSATION = "/v1/conversations/" + "0" * 32
USED = {
    "/v1/widget/session": "POST", "/v1/chat": "POST", "/v1/feedback": "POST", CONVERSATION: "GET",
    f"{CONVERSATION}/live": "GET", f"{CONVERSATION}/typing": "POST", f"{CONVERSATION}/read": "POST",
    f"{CONVERSATION}/transcript": "GET",
}  # fmt: skip
OTHERS = [
    "/v1/session",
    "/v1/search",
    "/v1/documents",
    "/v1/users",
    "/v1/agent/conversations",
    "/v1/conversations",
    "/",
]


def preflight(origin: str, method: str = "POST") -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization",
    }


@pytest.mark.parametrize("path", USED)
async def test_a_preflight_of_the_site_is_answered(shop: Shop, path: str) -> None:
    answer = await shop.api.client.options(path, headers=preflight(ORIGIN, USED[path]))
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-methods"] == USED[path]
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://shop.example.evil.example", "*", "https://SHOP.example"]
)
async def test_a_preflight_of_anybody_else_is_not(shop: Shop, origin: str) -> None:
    for path in USED:
        answer = await shop.api.client.options(path, headers=preflight(origin))
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", OTHERS)
async def test_no_other_route_is_open_to_other_origins(shop: Shop, path: str) -> None:
    for answer in (
        await shop.api.client.options(path, headers=preflight(ORIGIN)),
        await shop.api.client.get(path, headers={"Origin": ORIGIN}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_answers_and_refusals_can_be_read_by_the_site_and_by_nobody_else(shop: Shop) -> None:
    for body in ({}, {"site_key": shop.made["public_key"]}):
        allowed = await shop.api.client.post("/v1/widget/session", json=body, headers={"Origin": ORIGIN})
        assert allowed.headers["access-control-allow-origin"] == ORIGIN
        assert "Origin" in allowed.headers["vary"]
        other = await shop.api.client.post("/v1/widget/session", json=body, headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
        assert "Origin" in other.headers["vary"]


async def test_an_inactive_site_s_pages_are_strangers(shop: Shop) -> None:
    await shop.change(active=False)
    assert (await shop.api.client.options("/v1/chat", headers=preflight(ORIGIN))).status_code == 403


async def test_without_an_origin_nothing_changes(api: Api) -> None:
    answer = await api.call("POST", "/v1/chat", json={"message": "hello"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
