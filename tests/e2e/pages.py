"""Every page of the product, who looks at it, and what must be on it before it counts as shown."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from app.identity.passwords import SAMPLE_PASSWORD
from tests.browser import open_context, sign_in
from tests.product import Product


@dataclass(frozen=True, slots=True)
class Place:
    """One page: `user` signs in before ("" for nobody)."""

    name: str
    path: str
    user: str = ""


PLACES = (
    Place("sign-in", "/"),
    Place("home", "/", "eve"),
    Place("demo", "/demo"),
    Place("ask", "/ask", "ada"),
    Place("agent", "/agent", "ben"),
    Place("admin-documents", "/admin/documents", "admin"),
    Place("admin-sources", "/admin/sources", "admin"),
    Place("admin-cleaning", "/admin/cleaning", "admin"),
    Place("admin-rules", "/admin/rules", "admin"),
    Place("admin-conversations", "/admin/conversations", "admin"),
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
    page.wait_for_timeout(600)
    page.locator("[aria-busy=true]").first.wait_for(state="detached")
