"""The built widget in a real Chromium, on a page of another origin with a strict policy, against the real API."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.sync_api import Page, expect

from retrieval.model import Candidate
from tests.app.conftest import Api
from tests.app.web.serving import in_browser, picture
from tests.app.widget.conftest import Shop, open_shop
from tests.browser import overflow, serious_findings

WIDGET = Path(__file__).resolve().parents[3] / "app" / "web" / "dist" / "widget.js"
BUDGET_BYTES = 30 * 1024


def test_the_widget_is_within_its_budget_and_brings_nothing_that_a_strict_policy_forbids() -> None:
    script = WIDGET.read_bytes()
    assert len(gzip.compress(script, 9)) <= BUDGET_BYTES
    assert [word for word in (b"eval(", b"new Function", b"postMessage", b"document.cookie") if word in script] == []


@dataclass
class Host:
    """A foreign site that carries the widget by one line."""

    url: str
    site: Shop


@pytest.fixture
def pages() -> Iterator[dict[str, Any]]:
    """A web server of a host: `key` and `service` fill in its one line."""
    told: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            line = f'<script async src="{told["service"]}/widget.js" data-site="{told["key"]}"></script>'
            body = (
                f"<!doctype html><html lang=en><head><title>Shop</title>{line}</head><body><h1>Shop</h1></body></html>"
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            policy = f"default-src 'none'; script-src {told['service']}; connect-src {told['service']}"
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told["origin"] = f"http://127.0.0.1:{server.server_address[1]}"
    yield told
    server.shutdown()
    server.server_close()


@pytest_asyncio.fixture
async def host(api: Api, service: str, pages: dict[str, Any]) -> Host:
    site = await open_shop(api, "Shop", pages["origin"])
    pages |= {"service": service, "key": site.made["public_key"]}
    return Host(pages["origin"], site)


async def test_a_visitor_asks_by_keyboard_and_finds_the_answer_again_after_a_reload(
    host: Host, show: Callable[..., Candidate]
) -> None:
    text = "The Aurora Duo has a warranty of 24 months. Boilers are covered for 60 months."
    passage = show(
        host.site.api, source="faq", key="w", readers=["public"], title="Warranty of the Aurora Duo", text=text
    )
    host.site.api.candidates.append(passage)

    def steps(page: Page) -> None:
        launcher = page.get_by_role("button", name="Chat with us")
        launcher.focus()
        page.keyboard.press("Enter")
        box = page.get_by_role("textbox", name="Write a message…")
        expect(box).to_be_focused()
        picture(page, "empty")
        page.keyboard.type("How long is the warranty of the Aurora Duo?")
        page.keyboard.press("Enter")
        log = page.get_by_role("log")
        expect(log.get_by_text("24 months").first).to_be_visible()
        picture(page, "answer")
        page.reload()
        expect(page.get_by_role("log").get_by_text("24 months").first).to_be_visible()
        assert serious_findings(page) == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Chat with us")).to_be_focused()
        assert page.evaluate("Object.keys(Freshet).sort().join()") == "close,destroy,identify,open"
        page.evaluate("Freshet.destroy()")
        expect(page.locator("freshet-chat")).to_have_count(0)

    # axe itself is the only inline script here, and goes past the policy by the debugger.
    assert await in_browser(host.url, steps) == []


async def test_a_slot_is_asked_for_with_a_fitting_input_in_chinese_on_a_phone(host: Host) -> None:
    def steps(page: Page) -> None:
        page.evaluate("Freshet.open()") if page.evaluate("'Freshet' in window") else page.get_by_role("button").click()
        page.get_by_role("button", name="More").click()
        page.keyboard.press("Enter")
        box = page.get_by_role("textbox", name="输入消息…")
        box.fill("我的订单到哪了")
        box.press("Enter")
        expect(page.get_by_label("订单号", exact=True)).to_be_visible()
        picture(page, "slot")
        assert overflow(page) <= 0
        assert serious_findings(page) == []

    size = {"width": 390, "height": 844}
    assert await in_browser(host.url, steps, viewport=size, color_scheme="dark", has_touch=True) == []


async def test_a_person_takes_over_answers_and_gives_back(host: Host, service: str) -> None:
    headers = {"Authorization": f"Bearer {host.site.api.token('agent', user='ben')}"}

    def steps(page: Page) -> None:
        page.get_by_role("button", name="Chat with us").click()
        box = page.get_by_role("textbox", name="Write a message…")
        box.fill("I want to talk to a person, please")
        box.press("Enter")
        log = page.get_by_role("log")
        expect(log.get_by_text("You are number 1 in line.").first).to_be_visible()
        picture(page, "waiting")
        with httpx.Client(base_url=f"{service}/v1/agent/conversations", headers=headers) as agent:
            conversation = page.evaluate(
                "Object.entries(localStorage).find(([key]) => key.endsWith('.conversation'))[1]"
            )
            assert agent.post(f"/{conversation}/claim").is_success
            assert agent.post(f"/{conversation}/reply", json={"text": "Ben here, how can I help?"}).is_success
            expect(log.get_by_text("Ben here, how can I help?")).to_be_visible()
            box = page.get_by_role("textbox", name="Write to ben…")
            box.fill("My machine leaks")
            box.press("Enter")
            expect(log.get_by_text("My machine leaks")).to_be_visible()
            expect(log.locator("[aria-busy=true]")).to_have_count(0)
            picture(page, "agent")
            assert agent.post(f"/{conversation}/give-back").is_success
            expect(log.get_by_text("The assistant is answering again.")).to_be_visible()

    await in_browser(host.url, steps)


async def test_a_page_that_is_none_of_the_site_s_is_told_so(host: Host) -> None:
    await host.site.change(origins=["https://elsewhere.example"])

    def steps(page: Page) -> None:
        page.get_by_role("button", name="Chat with us").click()
        expect(page.get_by_role("alert")).to_be_visible()

    await in_browser(host.url, steps)
