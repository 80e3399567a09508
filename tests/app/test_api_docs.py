"""`/docs` works without any other host, under a policy that forbids inline script."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.app.conftest import Api

TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png", ".json": "application/json"}


class Page(HTMLParser):
    """The addresses a page names, and the script and style that stand in it."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        for name, value in attrs:
            if name in {"src", "href", "data-openapi"}:
                self.addresses.append(value or "")
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{name}={value}")

    def handle_data(self, data: str) -> None:
        if self._within in {"script", "style"} and data.strip():
            self.inline.append(data)


async def page_of(client: httpx.AsyncClient) -> tuple[httpx.Response, Page]:
    response = await client.get("/docs")
    page = Page()
    page.feed(response.text)
    return response, page


async def test_the_page_names_no_other_host_and_everything_it_names_is_there(api: Api) -> None:
    response, page = await page_of(api.client)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "//" not in response.text
    assert len(page.addresses) == 5
    for address in page.addresses:
        assert not urlsplit(address).netloc
        found = await api.client.get(urljoin("/docs", address))
        assert found.status_code == 200, address
        ending = address[address.rindex(".") :]
        assert found.headers["content-type"].startswith(TYPES[ending])
        assert found.content


async def test_the_page_runs_no_script_but_its_own_files(api: Api) -> None:
    response, page = await page_of(api.client)
    policy = response.headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert page.inline == []
    assert rules["default-src"] == "'none'"
    assert (rules["script-src"], rules["style-src"], rules["connect-src"]) == ("'self'", "'self'", "'self'")
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_swagger_ui_asks_no_validator_of_its_maker(api: Api) -> None:
    assert "validatorUrl: null" in (await api.client.get("/docs/start.js")).text


async def test_behind_a_prefix_the_page_names_its_assets_below_it(api: Api) -> None:
    api.app.root_path = "/freshet"
    _, page = await page_of(api.client)
    assert all(address.startswith("/freshet/") for address in page.addresses)


@pytest.mark.parametrize("name", ["__init__.py", "..%2fmain.py", "swagger-ui.css.map"])
async def test_only_what_the_page_names_is_served(api: Api, name: str) -> None:
    assert (await api.client.get(f"/docs/{name}")).status_code == 404
