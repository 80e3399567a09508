"""Parts are killed while people work in the pages: a state is shown, never an error page, and it heals by itself."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.pages import enter
from tests.product import Product, wait_until

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("settled")]

QUESTION = "What does the Piccola cost?"
ANSWER = "649.00"
HEALED = 120_000
BIG_BYTES = 14 * 1024 * 1024
PIECE_BYTES = 4 * 1024 * 1024
"""What the page sends at once."""


def kill(product: Product, part: str) -> None:
    os.kill(product.pids()[part], signal.SIGKILL)


def ask(page: Page) -> None:
    field = page.locator("main textarea").first
    field.fill(QUESTION)
    field.press("Enter")


@pytest.mark.parametrize(
    ("part", "told"),
    [("milvus", "A part of the service is not answering"), ("api", "The connection was lost")],
)
def test_a_question_waits_for_a_part_that_was_killed(browser: Browser, product: Product, part: str, told: str) -> None:
    reader, visitor = enter(browser, product, "ada"), enter(browser, product, "")
    complaints: list[str] = []
    for page in (reader, visitor):
        page.on("pageerror", lambda error: complaints.append(str(error)))
    reader.goto("/ask")
    visitor.goto("/demo")
    visitor.get_by_role("button", name="Chat with us").click()
    box = visitor.get_by_role("textbox", name="Write a message…")
    expect(box).to_be_enabled()
    box.fill(QUESTION)
    kill(product, part)
    ask(reader)
    box.press("Enter")
    expect(reader.get_by_text(told)).to_be_visible()
    expect(reader.locator(".q-answer").last).to_contain_text(ANSWER, timeout=HEALED)
    expect(visitor.get_by_role("log").locator(".w-answer").last).to_contain_text(ANSWER, timeout=HEALED)
    assert complaints == []
    for page in (reader, visitor):
        page.context.close()


def test_the_system_page_shows_what_was_started_again_without_a_reload(
    browser: Browser, product: Product, admin_password: str
) -> None:
    page = enter(browser, product, "admin", admin_password)
    page.goto("/admin/system")
    expect(page.get_by_text("Everything answers")).to_be_visible()
    restarts = page.get_by_role("row", name=re.compile("^milvus")).get_by_role("cell").nth(4)
    before = int(restarts.inner_text())
    kill(product, "milvus")
    expect(restarts).to_have_text(str(before + 1), timeout=HEALED)
    expect(page.get_by_text("Everything answers")).to_be_visible(timeout=HEALED)
    page.context.close()
    wait_until(lambda: httpx.get(f"{product.url}/readyz", timeout=5).status_code == 200, 120, "readiness")


def test_an_upload_goes_on_where_it_was_cut(browser: Browser, product: Product, tmp_path: Path) -> None:
    page = enter(browser, product, "eve")
    file = tmp_path / "cut.html"
    said = "<h1>Wimbrel</h1><p>The Wimbrel crate is stored in bay nine-tenths.</p>"
    file.write_text(f"{said}<!-- {'x' * (BIG_BYTES - len(said) - 9)} -->", encoding="utf-8")
    arrived: list[int] = []

    def watched(route: Route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        offset = int(route.request.headers["upload-offset"])
        if len(arrived) == 1:
            kill(product, "api")
        elif len(arrived) == 2:
            page.context.set_offline(offline=True)
        arrived.append(offset)
        return route.continue_()

    page.route("**/v1/uploads/*", watched)
    page.goto("/admin/documents")
    page.locator("input[type=file]").first.set_input_files(file)
    dialog = page.get_by_role("dialog").last
    field = dialog.get_by_role("combobox", name="Readers")
    field.fill("employees")
    field.press("Enter")
    dialog.get_by_role("button", name="Upload 1 file").click()
    waits = page.get_by_text("No connection; goes on by itself")
    expect(waits).to_be_visible()
    while len(arrived) <= 2:  # the API is started again
        page.wait_for_timeout(200)
    expect(waits).to_be_visible()
    page.context.set_offline(offline=False)
    expect(page.locator(".a-upload").filter(has_text="cut.html")).to_contain_text("Searchable", timeout=120_000)
    assert arrived == sorted(arrived)
    assert arrived.count(0) == 1
    assert set(arrived) == set(range(0, BIG_BYTES, PIECE_BYTES))
    page.context.close()
