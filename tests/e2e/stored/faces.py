"""The pages of every face, each person in a session of its own, all of them watched."""

from __future__ import annotations

from collections.abc import Collection

from playwright.sync_api import Browser, Page

from app.identity.passwords import SAMPLE_PASSWORD
from tests.e2e.pages import enter
from tests.e2e.stored.planting import AGENT, AGENT_PASSWORD, Planting
from tests.e2e.stored.watch import Watch

_TALL = {"width": 1600, "height": 5000}
"""So that lists, which draw only what is in sight, draw everything."""


class Faces:
    """Pages by who looks at them."""

    def __init__(self, browser: Browser, planting: Planting) -> None:
        self.watch = Watch(planting.product.url)
        self._browser, self._planting = browser, planting
        self._agent = f"{planting.run}-{AGENT}"
        self._passwords = {"admin": planting.admin_password, self._agent: AGENT_PASSWORD}
        self._pages: dict[str, Page] = {}

    def page(self, user: str) -> Page:
        """The page of this person ("" for nobody), opened with the first call."""
        if user not in self._pages:
            password = self._passwords.get(user, SAMPLE_PASSWORD)
            self._pages[user] = enter(self._browser, self._planting.product, user, password, viewport=_TALL)
            self.watch.follow(self._pages[user].context)
        return self._pages[user]

    def agent(self) -> Page:
        """The page of the agent whose display name is a payload."""
        return self.page(self._agent)

    def go(self, user: str, path: str) -> Page:
        """This person's page at `path`, once nothing loads there any more."""
        page = self.page(user)
        page.goto(path)
        page.locator("main, #app > *").first.wait_for()
        return self.settle(page)

    def settle(self, page: Page) -> Page:
        """Wait until nothing loads any more, and look."""
        page.wait_for_timeout(250)
        page.locator("[aria-busy=true]").first.wait_for(state="detached")
        self.watch.look(page)
        return page

    def read(self, page: Page, expected: Collection[int], least: int = 1) -> None:
        """AssertionError unless these payloads, at least so many, come to be read on the page within ten seconds."""
        assert len(expected) >= least, f"{len(expected)} payloads are to be on {page.url}"
        seen: set[int] = set()
        for _ in range(50):
            seen |= self.watch.look(page)
            if seen.issuperset(expected):
                return
            page.wait_for_timeout(200)
        raise AssertionError(f"not to be read on {page.url}: payloads {sorted(set(expected) - seen)}")

    def press(self, page: Page, role: str, name: str) -> None:
        """Press the last tab or button of that name, and look at what comes."""
        page.get_by_role("tab" if role == "tab" else "button", name=name).last.click()
        self.settle(page)

    def close(self) -> None:
        """Leave every page."""
        for page in self._pages.values():
            page.context.close()
