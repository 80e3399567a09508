"""The faces in a real Chromium on the whole product: people ask, open the cited words, upload, and are helped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.identity.passwords import SAMPLE_PASSWORD
from tests.browser import overflow, serious_findings
from tests.e2e.pages import PLACES, Place, enter, open_place
from tests.product import Product

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("settled")]

WIDTHS = (360, 1440, 2560)


def test_an_employee_asks_and_opens_the_cited_words_on_the_page_of_the_pdf(browser: Browser, product: Product) -> None:
    page = enter(browser, product, "ada")
    page.goto("/ask")
    page.get_by_role("textbox", name="question").first.fill("What does error E14 mean?")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile(r"^Source 1")).click()
    panel = page.get_by_role("complementary").last
    expect(panel).to_contain_text(re.compile("Error|E14"))
    page.get_by_role("button", name="Good answer").click()
    page.reload()
    expect(page.locator("body")).to_contain_text("E14")
    page.context.close()


def test_a_visitor_asks_in_the_widget_and_the_answer_survives_a_reload(browser: Browser, product: Product) -> None:
    page = enter(browser, product, "")
    page.goto("/demo")
    page.get_by_role("button", name=re.compile("chat", re.IGNORECASE)).last.click()
    field = page.get_by_role("textbox").last
    field.fill("What does the Piccola cost?")
    field.press("Enter")
    expect(page.get_by_text("649.00").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("649.00").first).to_be_attached()
    page.context.close()


def test_an_editor_uploads_a_file_that_becomes_searchable(browser: Browser, product: Product, tmp_path: Path) -> None:
    note = tmp_path / "zimbel-note.md"
    note.write_text("# Zimbel note\n\nThe Zimbel valve opens at 7 bar.\n", encoding="utf-8")
    page = enter(browser, product, "eve")
    page.goto("/admin/documents")
    page.locator("input[type=file]").first.set_input_files(note)
    dialog = page.get_by_role("dialog").last
    dialog.get_by_role("button", name="employees").click()
    dialog.get_by_role("button", name="Upload 1 file").click()
    expect(page.get_by_role("row").filter(has_text="zimbel-note.md")).to_contain_text("Searchable", timeout=60_000)
    page.context.close()


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_page_is_accessible_and_never_wider_than_its_window(
    browser: Browser, product: Product, admin_password: str, place: Place
) -> None:
    problems = []
    password = admin_password if place.user == "admin" else SAMPLE_PASSWORD
    for locale, scheme in (("en-GB", "light"), ("zh-CN", "dark")):
        page = enter(browser, product, place.user, password, locale=locale, color_scheme=scheme)
        open_place(page, place)
        problems += [f"{locale} {scheme}: {finding}" for finding in serious_findings(page)]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if (wider := overflow(page)) > 0:
                problems.append(f"{locale} {width}: {wider} px wider than the window")
        page.context.close()
    assert problems == []
