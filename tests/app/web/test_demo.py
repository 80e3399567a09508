"""The demo shop in a real Chromium: the widget blocks nothing, and answers for the customer who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import Engine

from app.settings import Settings
from app.widget.sample_site import add_sample_site
from retrieval.model import Candidate
from tests.app.conftest import Api
from tests.app.web.serving import in_browser, picture
from tests.browser import overflow, serious_findings

_PAINTED = "new Promise(done => new PerformanceObserver(done).observe({type: 'paint', buffered: true})).then(() => 1)"
ORDER = """\
# Order SO-10303

- Status (订单状态): shipped
- Shipment (物流): Nordpost TRK771339, sent 2026-11-05, on its way
"""


@pytest.fixture
def shop(engine: Engine, settings: Settings, service: str) -> str:
    """The demo shop's address, with its site."""
    add_sample_site(engine, settings.model_copy(update={"port": urlsplit(service).port}))
    return f"{service}/demo"


@pytest.mark.parametrize(("language", "theme", "width"), [("en-GB", "light", 1440), ("zh-CN", "dark", 390)])
async def test_the_shop_is_whole_in_both_languages_and_themes(shop: str, language: str, theme: str, width: int) -> None:
    def steps(page: Page) -> None:
        expect(page.locator("freshet-chat")).to_have_count(1)
        expect(page.locator("#customer")).to_be_visible()
        assert overflow(page) <= 0
        assert serious_findings(page) == []
        picture(page, f"demo-{language}")
        page.locator("[data-chat]").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        expect(page.get_by_role("dialog").get_by_text("Tassberg").first).to_be_visible()
        picture(page, f"demo-{language}-open")
        page.get_by_role("dialog").press("Escape")
        page.evaluate("document.querySelector('#machines').scrollIntoView()")
        picture(page, f"demo-{language}-machines")

    size = {"width": width, "height": 900}
    complaints = await in_browser(shop, steps, viewport=size, color_scheme=theme, locale=language)
    assert complaints == []


async def test_the_page_paints_while_the_widget_is_still_on_its_way(shop: str) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    def steps(page: Page) -> None:
        page.route("**/widget.js", hold)
        page.goto("/demo", wait_until="commit")
        page.evaluate(_PAINTED)
        assert page.locator("freshet-chat").count() == 0
        held[0].continue_()
        expect(page.locator("freshet-chat")).to_have_count(1)

    await in_browser(shop, steps)


async def test_the_order_is_told_to_its_customer_and_to_nobody_else(
    api: Api, shop: str, show: Callable[..., Candidate]
) -> None:
    readers = ["user:lucas.meier", "service"]
    api.candidates.append(
        show(api, source="erp", key="o", readers=readers, title="Order SO-10303: shipped", text=ORDER)
    )

    def ask(page: Page) -> None:
        box = page.get_by_role("textbox", name="Write a message…")
        box.fill("What is the status of order SO-10303?")
        box.press("Enter")

    def steps(page: Page) -> None:
        page.locator("[data-chat]").click()
        ask(page)
        log = page.get_by_role("log")
        expect(log.locator(".w-answer").nth(1)).to_be_visible()
        expect(log.locator("[aria-busy=true]")).to_have_count(0)
        expect(log.get_by_text("TRK771339")).to_have_count(0)
        page.locator("#customer").select_option("lucas.meier")
        expect(log.locator(".w-mine")).to_have_count(0)
        ask(page)
        expect(log.get_by_text("shipped").first).to_be_visible()
        picture(page, "demo-order")

    size = {"width": 1440, "height": 900}
    assert await in_browser(shop, steps, viewport=size) == []
