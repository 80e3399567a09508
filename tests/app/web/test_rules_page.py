"""The portal's rules, conversations and people in a real browser: an editor's whole way, and every page as it looks."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.app.conftest import Api
from tests.app.web.serving import in_browser, picture
from tests.browser import overflow, serious_findings

PAGES = ("conversations", "feedback", "rules", "rules/safety", "users", "groups", "keys", "sites", "audit")
WINDOWS = [("en-GB", "light", 1440), ("zh-CN", "dark", 390)]


def bearer(api: Api, *roles: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.token(*roles)}"}


def first_version(page: Page) -> None:
    """A rule set is made in the grid: a wrong cell is marked, a row is doubled and undone, it is saved."""
    page.get_by_role("button", name="New rule set").click()
    page.get_by_label("Name").fill("closing")
    page.get_by_role("dialog").get_by_role("button", name="New rule set").click()
    page.get_by_role("combobox", name="Add a condition").select_option("hour")
    cell = page.get_by_label("rule-1 hour")
    cell.fill("late")
    cell.press("Tab")
    expect(page.locator("td.a-wrong input[aria-invalid]")).to_have_count(1)
    cell.fill(">= 18")
    cell.press("Tab")
    page.get_by_role("button", name="Choose …").click()
    page.get_by_label("Action").select_option("warn")
    page.get_by_label("Text in English").fill("We are closed.")
    page.get_by_label("Text in Chinese").fill("我们已下班。")
    picture(page, "rules-action")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Everything is in order")).to_be_visible()
    cell.press("Control+d")
    expect(page.locator("tr[data-row]")).to_have_count(2)
    page.get_by_label("rule-1 hour").press("Control+z")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.get_by_text("Everything is in order")).to_be_visible()
    picture(page, "rules-grid")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("Saved as version 1")).to_be_visible()


def second_version(page: Page, service: str, headers: dict[str, str]) -> None:
    """Somebody else saves in between: nothing typed is lost, also on the way over another tab."""
    cell = page.get_by_label("rule-1 hour")
    cell.fill(">= 19")
    cell.press("Tab")
    page.get_by_role("tab", name="Try").click()
    with httpx.Client(base_url=service, headers=headers) as other:
        body = other.get("/v1/rules/closing").json()["newest"]["body"].replace("18", "20")
        saved = other.put("/v1/rules/closing", content=body, headers={"Content-Type": "application/yaml"})
        assert saved.status_code == 201, saved.text
    page.get_by_role("tab", name="Edit").click()
    expect(page.get_by_label("rule-1 hour")).to_have_value(">= 19")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_role("heading", name="Somebody else saved meanwhile")).to_be_visible()
    picture(page, "rules-collided")
    page.get_by_role("button", name="Save mine on top").click()
    expect(page.get_by_text("Saved as version 3")).to_be_visible()


def in_force(page: Page) -> None:
    """In shadow, compared, activated with a note."""
    page.get_by_role("tab", name="Versions").click()
    page.get_by_role("button", name="Put in shadow").first.click()
    expect(page.get_by_role("button", name="End shadow")).to_be_visible()
    page.get_by_role("button", name="Compare").first.click()
    expect(page.get_by_role("heading", name="Version 2 → version 3")).to_be_visible()
    picture(page, "rules-versions")
    page.get_by_role("button", name="Activate").first.click()
    page.get_by_role("dialog").get_by_label("Note").fill("agreed")
    page.get_by_role("dialog").get_by_role("button", name="Activate").click()
    expect(page.get_by_text("Active: Version 3")).to_be_visible()


async def test_an_editor_makes_a_rule_that_judges(api: Api, service: str) -> None:
    headers = bearer(api, "editor")

    def steps(page: Page) -> None:
        first_version(page)
        second_version(page, service, headers)
        in_force(page)

    await in_browser(
        f"{service}/admin/rules", steps, extra_http_headers=headers, viewport={"width": 1440, "height": 900}
    )
    state = (await api.call("GET", "/v1/rules/closing", "editor")).json()
    assert (state["active_version"], state["shadow_version"], state["newest"]["author"]) == (3, 3, "ann")
    tried = await api.call("POST", "/v1/rules/closing/try", "editor", json={"facts": {"hour": 19.5}})
    assert tried.json()["rule"] == "closing/3 rule-1"


@pytest.mark.parametrize(("language", "theme", "width"), WINDOWS)
async def test_every_page_is_whole_in_both_languages_and_themes(
    api: Api, service: str, language: str, theme: Any, width: int
) -> None:
    found: dict[str, Any] = {}

    def steps(page: Page) -> None:
        for name in PAGES:
            page.goto(f"{service}/admin/{name}")
            expect(page.locator("main h1").first).to_be_visible()
            expect(page.locator(".f-skeleton")).to_have_count(0)
            picture(page, f"{name.replace('/', '-')}-{language}")
            found[name] = (serious_findings(page), max(0, overflow(page)))

    options = {"viewport": {"width": width, "height": 900}, "color_scheme": theme, "locale": language}
    await in_browser(f"{service}/admin/rules", steps, extra_http_headers=bearer(api, "admin"), **options)
    assert {name: said for name, said in found.items() if said != ([], 0)} == {}
