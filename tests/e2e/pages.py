"""Every page of the product, who looks at it, what is opened on it, and when it counts as shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, expect

from app.identity.passwords import SAMPLE_PASSWORD
from tests.browser import open_context, sign_in
from tests.product import Product


@dataclass(frozen=True, slots=True)
class Place:
    """One page: `user` signs in before ("" for nobody); `steps` are what is done there before one looks."""

    name: str
    path: str
    user: str = ""
    steps: Callable[[Page], None] | None = None


def _cited_page(page: Page) -> None:
    field = page.locator("main textarea").first
    field.fill("What does error E14 mean?")
    field.press("Enter")
    page.locator(".q-text .f-cite:enabled").first.click()
    page.locator(".q-panel").wait_for()


def _own_order(page: Page) -> None:
    page.locator("#customer").select_option("lucas.meier")
    page.locator("[data-chat]").click()
    field = page.locator("freshet-chat textarea")
    field.fill("Where is my order SO-10303?")
    field.press("Enter")
    page.locator("freshet-chat .w-chip").first.wait_for()


def _waiting_customer(page: Page) -> None:
    """Somebody on the demo shop asks for a person; the conversation is opened, and claimed where it can be."""
    browser = page.context.browser
    assert browser is not None
    shop = open_context(browser, page.url.split("/agent")[0], locale="en-GB").new_page()
    shop.goto("/demo")
    shop.locator("[data-chat]").click()
    for words in ("How do I descale the Aurora Duo?", "I would like to talk to a person, please"):
        field = shop.locator("freshet-chat textarea")
        field.fill(words)
        field.press("Enter")
        expect(shop.locator("freshet-chat .w-answer .w-bubble[aria-busy=false]").last).to_be_visible()
    shop.locator("freshet-chat").get_by_text("You are number").first.wait_for()
    shop.context.close()
    page.locator("a.i-row").last.click()
    page.keyboard.press("c")
    page.locator("form.i-reply").wait_for()


def _first_row(page: Page) -> None:
    """What opens beside the list, or the page that the row leads to."""
    page.locator(".f-table-row").first.press("Enter")


PLACES = (
    Place("sign-in", "/"),
    Place("home", "/", "eve"),
    Place("demo", "/demo"),
    Place("demo-order", "/demo", "", _own_order),
    Place("ask", "/ask", "ada"),
    Place("ask-cited", "/ask", "ada", _cited_page),
    Place("agent", "/agent", "ben"),
    Place("agent-conversation", "/agent", "ben", _waiting_customer),
    Place("admin-documents", "/admin/documents", "admin"),
    Place("admin-document", "/admin/documents", "admin", _first_row),
    Place("admin-sources", "/admin/sources", "admin"),
    Place("admin-source", "/admin/sources", "admin", _first_row),
    Place("admin-cleaning", "/admin/cleaning", "admin"),
    Place("admin-cleaning-pack", "/admin/cleaning", "admin", _first_row),
    Place("admin-rules", "/admin/rules", "admin"),
    Place("admin-rule-set", "/admin/rules/safety", "admin"),
    Place("admin-conversations", "/admin/conversations", "admin"),
    Place("admin-conversation", "/admin/conversations", "admin", _first_row),
    Place("admin-feedback", "/admin/feedback", "admin"),
    Place("admin-users", "/admin/users", "admin"),
    Place("admin-groups", "/admin/groups", "admin"),
    Place("admin-keys", "/admin/keys", "admin"),
    Place("admin-sites", "/admin/sites", "admin"),
    Place("admin-audit", "/admin/audit", "admin"),
    Place("admin-dead-letters", "/admin/dead-letters", "admin"),
    Place("admin-system", "/admin/system", "admin"),
)


def enter(browser: Browser, product: Product, user: str, password: str = SAMPLE_PASSWORD, **options: object) -> Page:
    """A page in a session of its own, signed in as `user` ("" for nobody)."""
    context = open_context(browser, product.url, **options)
    if user:
        sign_in(context, user, password)
    return context.new_page()


def open_place(page: Page, place: Place) -> None:
    """Go there and wait until its heading stands and nothing loads any more."""
    page.goto(place.path)
    page.locator("main, #app > *").first.wait_for()
    _settled(page)
    if place.steps:
        place.steps(page)
        _settled(page)


def _settled(page: Page) -> None:
    page.wait_for_timeout(600)
    expect(page.locator("[aria-busy=true], .f-skeleton")).to_have_count(0)
    page.wait_for_function("[...document.images].every(image => image.complete)")
