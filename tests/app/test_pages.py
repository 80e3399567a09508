"""Pages are served to everyone, under headers that let nothing run but their own files."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from app import pages
from tests.app.conftest import Api

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("/", "/ask", "/ask/shared/a1", "/admin", "/admin/documents/7", "/agent", "/agent/c/1", "/demo")
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Page(HTMLParser):
    """The addresses a page names, and the script and style that stand in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.places: set[str] = set()
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        for name, value in attrs:
            if name in {"src", "href"}:
                self.addresses.append(value or "")
            if name == "id":
                self.places.add(f"#{value}")
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{name}={value}")

    def handle_data(self, data: str) -> None:
        if self._within in {"script", "style"} and data.strip():
            self.inline.append(data)


def script_of(text: str) -> str:
    return next(address for address in Page(text).addresses if re.search(r"-.{8}\.js$", address))


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_names_only_files_of_its_own_that_are_there(api: Api, path: str) -> None:
    response = await api.client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = Page(response.text)
    assert page.inline == []
    assert page.addresses
    within = {address for address in page.addresses if address.startswith("#")}
    assert within <= page.places
    for address in set(page.addresses) - within:
        assert re.fullmatch(r"/[a-z]\S*", address), address
        found = await api.client.get(address)
        assert found.status_code == 200, address
        assert found.headers["content-type"].startswith(TYPES[address[address.rindex(".") :]])


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_runs_nothing_foreign_and_is_framed_by_nobody(api: Api, path: str) -> None:
    headers = (await api.client.get(path)).headers
    rules = dict(rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert (rules["script-src"], rules["style-src"], rules["connect-src"]) == ("'self'", "'self'", "'self'")
    assert (rules["frame-ancestors"], rules["base-uri"]) == ("'none'", "'none'")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cache-control"] == "no-cache"


async def test_only_under_https_is_http_forbidden_from_then_on(api: Api) -> None:
    assert "strict-transport-security" not in (await api.client.get("/")).headers
    transport = httpx.ASGITransport(app=api.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://freshet.example") as client:
        assert "max-age=" in (await client.get("/")).headers["strict-transport-security"]


async def test_a_file_named_by_its_content_is_kept_for_ever_and_others_shortly(api: Api) -> None:
    script = script_of((await api.client.get("/ask")).text)
    assert "immutable" in (await api.client.get(script)).headers["cache-control"]
    assert (await api.client.get("/assets/theme.js")).headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("identity", None)])
async def test_a_file_comes_as_small_as_the_browser_takes_it(api: Api, accepted: str, encoding: str | None) -> None:
    texts = [(await api.client.get("/ask")).text, (await api.client.get("/admin")).text]
    shared = next(address for address in Page(texts[0]).addresses if address in texts[1] and "/mount-" in address)
    response = await api.client.get(shared, headers={"Accept-Encoding": accepted})
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["vary"] == "Accept-Encoding"


async def test_behind_a_prefix_the_page_and_its_files_are_below_it(api: Api) -> None:
    api.app.root_path = "/fresh&et"
    text = (await api.client.get("/ask")).text
    assert 'name="freshet-root" content="/fresh&amp;et"' in text
    assert all(address.startswith("/fresh&et/") for address in Page(text).addresses)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/assets/..%2findex.html",
            "/assets/..%2f..%2fpackage.json",
            "/assets/.htaccess",
            "/assets/nothing-aaaaaaaa.js",
        ),
        *("/assets/", "/index.html", "/askew", "/assets/theme.js.map", "/assets/theme.js%00.css"),
    ],
)
async def test_nothing_else_is_served(api: Api, path: str) -> None:
    assert (await api.client.get(path)).status_code == 404


async def test_any_site_may_load_the_widget(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "widget.js").write_text("void 0;")
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    response = await api.client.get("/widget.js")
    assert (response.status_code, response.text) == (200, "void 0;")
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["cache-control"] == "public, max-age=300"


async def test_pages_that_were_not_built_say_what_to_do(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    response = await api.client.get("/ask")
    assert response.status_code == 503
    assert "make setup" in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_machine_without_node_and_without_network_is_told_so_in_a_sentence(tmp_path: Path) -> None:
    nowhere = {"PATH": "/nowhere", "XDG_CACHE_HOME": str(tmp_path), "UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}
    command = [sys.executable, str(ROOT / "deploy" / "pages.py"), "build"]
    done = subprocess.run(command, capture_output=True, text=True, env=nowhere, check=False)
    assert done.returncode == 1
    assert "The pages need Node 20.19" in done.stderr
    assert "Traceback" not in done.stderr
