"""A real Chromium for tests of the pages, and what axe says of a page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

expect.set_options(timeout=20_000)
ROOT = Path(__file__).resolve().parents[1]
_AXE = ROOT / "app" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET = (
    "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic",
)  # fmt: skip
_RUN_AXE = """
async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations
    .filter(one => one.impact === 'serious' || one.impact === 'critical')
    .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.target.join(' ')).join(' | '));
}
"""
"""Inside shadow roots too; only what axe calls serious or critical."""


@cache
def chromium_program() -> str:
    """The Chromium (or Chrome) of this machine; "" where there is none."""
    return next((found for name in _PROGRAMS if (found := shutil.which(name))), "")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium; where none is installed, tests skip (in CI they fail)."""
    program = chromium_program()
    if not program and os.environ.get("CI") != "true":
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium as root refuses its sandbox
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*_QUIET, *sandbox])
        try:
            yield browser
        finally:
            browser.close()


def open_context(browser: Browser, base_url: str, **options: Any) -> BrowserContext:
    """A browser session of its own: no cookies, no storage; `options` as Playwright's new_context takes them."""
    context = browser.new_context(base_url=base_url, **{"locale": "en-GB", "reduced_motion": "reduce", **options})
    context.set_default_timeout(20_000)
    return context


def sign_in(context: BrowserContext, user: str, password: str) -> None:
    """Sign in as the page does; AssertionError with the answer where it is refused."""
    answer = context.request.post("/v1/session", data={"user": user, "password": password})
    assert answer.ok, answer.text()


def serious_findings(page: Page) -> list[str]:
    """What axe calls serious or critical on the page as it stands: rule and places."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_RUN_AXE)
    return found


def overflow(page: Page) -> int:
    """By how many CSS pixels the page is wider than its window; at most 0 where nothing scrolls sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
